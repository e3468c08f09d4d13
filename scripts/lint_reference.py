"""Writes a page for each finding of lint into docs/reference/lint: `python -m scripts.lint_reference [--check]`.

With `--check` nothing is written: a page that is missing, left over or not what the rules make of it fails.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from consentguard.findings import Finding
from consentguard.manifest.lint import RULES, Rule, lint
from consentguard.manifest.load import load

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "reference" / "lint"
POLICIES = ROOT / "example_projects" / "policies"
EXAMPLES_OF = dt.date(2026, 11, 21)
"""The day on which the examples are judged, so that a page does not change with the calendar."""
MOST_EXAMPLES = 2
INTRODUCTION = """\
# Findings of lint

`consentguard lint` reports what is weak, contradictory or unlawful in a policy. An **error** makes the published policy
wrong or unlawful: the policy stays a watermarked draft until it is mended, or accepted with a reason and an end. A
**warning** keeps nothing from being published.

What lint knows of the law are dated tables with their sources. The examples are from the policies in
`example_projects/policies`, which hold every weakness on purpose. These pages are made from the rules by
`python -m scripts.lint_reference`.
"""
ACCEPTANCE = """\
## To accept it for a time

```toml
[accept.{id}]
reason = "why it stands, for whoever reads the policy next"
until = 2027-06-30
where = ["{where}"]  # leave it out to accept it wherever it is found
```

Until that day the finding is a note, from then on a warning.
"""


def pages() -> dict[str, str]:
    """Every page by its file's name, as MyST Markdown."""
    return {"index.md": _index()} | {f"{rule.id}.md": "\n".join(_page(rule)) for rule in RULES.values()}


def _index() -> str:
    rows = (f"| [`{rule.id}`]({rule.id}.md) | {rule.severity} | {rule.title} |" for rule in RULES.values())
    listed = "\n".join(["```{toctree}", ":hidden:", "", *RULES, "```"])
    return "\n".join([INTRODUCTION, "| id | severity | finding |", "|---|---|---|", *rows, "", listed, ""])


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id}: {rule.title}\n"
    yield f"*{rule.severity.capitalize()}.* {rule.explanation}\n"
    found = _examples().get(rule.id, ())
    if found:
        yield "## What it says\n"
        yield from (f"- `{one.where}`: {one.message}{f'. *{one.hint}*' if one.hint else ''}" for one in found)
        yield ""
    yield f"## Source\n\n{rule.source}.\n"
    if rule.severity != "note" and not rule.id.startswith("L-ACCEPT"):
        yield ACCEPTANCE.format(id=rule.id, where=found[0].where if found else "categories.orders")


@cache
def _examples() -> dict[str, tuple[Finding, ...]]:
    """For each id a finding or two of the reference policies, one from each policy."""
    found: dict[str, list[Finding]] = {}
    for path in sorted(POLICIES.glob("*.toml")):
        first = {finding.id: finding for finding in reversed(lint(load(path), EXAMPLES_OF))}
        for name, finding in first.items():
            found.setdefault(name, []).append(finding)
    return {name: tuple(findings[:MOST_EXAMPLES]) for name, findings in found.items()}


def main() -> int:
    """Write the pages, or with `--check` say which are not up to date."""
    wanted = pages()
    if "--check" not in sys.argv[1:]:
        PAGES.mkdir(parents=True, exist_ok=True)
        for name, text in wanted.items():
            (PAGES / name).write_text(text, "utf-8")
        return 0
    standing = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    wrong = sorted(name for name in {*wanted, *standing} if wanted.get(name) != standing.get(name))
    if wrong:
        print(
            f"{', '.join(wrong)}: run `python -m scripts.lint_reference`, or delete what is left over", file=sys.stderr
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
