"""Writes docs/reference/lint.md from the rules of lint: `python -m scripts.lint_reference [--check]`.

With `--check` nothing is written: a page that is not what the rules make of it fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from consentguard.manifest.lint import RULES, Rule

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "lint.md"
INTRODUCTION = """\
# Findings of lint

`consentguard lint` reports what is weak, contradictory or unlawful in a policy. An **error** makes the published policy
wrong or unlawful: the policy stays a watermarked draft until it is mended, or accepted with a reason and an end:

```toml
[accept.L-30BD]
reason = "under revision with counsel"
until = 2027-01-01
where = ["rights.erasure"]      # optional: only at or below these keys
```

A **warning** keeps nothing from being published. An accepted finding is a note until its acceptance lapses, then a
warning. What lint knows of the law are dated tables with their sources; none of it is legal advice.

This page is made from the rules by `python -m scripts.lint_reference`.
"""


def _index() -> Iterator[str]:
    yield "| id | severity | finding |"
    yield "|---|---|---|"
    for rule in RULES.values():
        yield f"| [`{rule.id}`](#{rule.id.lower()}) | {rule.severity} | {rule.title} |"


def _entry(rule: Rule) -> Iterator[str]:
    yield f"({rule.id.lower()})="
    yield f"## {rule.id}: {rule.title}"
    yield ""
    yield f"*{rule.severity.capitalize()}.* {rule.explanation}"
    yield ""
    yield f"Source: {rule.source}."
    yield ""


def page() -> str:
    """The whole page as MyST Markdown."""
    entries = (line for rule in RULES.values() for line in _entry(rule))
    return "\n".join([INTRODUCTION, *_index(), "", *entries]).rstrip() + "\n"


def main() -> int:
    """Write the page, or with `--check` say whether it is up to date."""
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), "utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text("utf-8") == page():
        return 0
    print(f"{PAGE} is out of date: run `python -m scripts.lint_reference`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
