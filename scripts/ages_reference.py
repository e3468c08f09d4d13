"""Writes docs/reference/ages.md from the table of ages: `python -m scripts.ages_reference [--check]`.

With `--check` nothing is written: a page that is not what the table makes of it fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

from consentguard.law.ages import AgeLimit, age_limits
from scripts.made_page import write_or_check

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "ages.md"
INTRODUCTION = """\
# Ages

From which age on the law of a place lets people decide alone. `consentguard ages` prints it for any day. This page is
made from `src/consentguard/law/ages.toml` by `python -m scripts.ages_reference`. It is no legal advice: look at the
source before you rely on a row.

- A row holds from its first to its last day, both included. Of several regions that hold a place, the narrowest that
  has a row counts: a member state before the EU.
- The first day is the one from which the source shows the age to hold. Where the law is older, the days before it go by
  the wider region, which is stricter, or count as unknown.
- What no source shows is not here and counts as **unknown**: then the strictest age of the table holds. So it is for a
  visitor whose place nobody knows.
- *Sourced*: `primary` is read in the law or an official list itself, `secondary` in what somebody else says of it.
- *For*: the age to `consent` to the use of one's data, or to have it sold (`sale`). No row is about contracts.

| Place | Age | For | Service | From | To | Sourced | Checked on | Source |
|---|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page, as MyST Markdown."""
    return INTRODUCTION + "".join(map(_row, age_limits()))


def _row(row: AgeLimit) -> str:
    source = f"{row.source}. *{row.note[0].upper()}{row.note[1:]}.*" if row.note else f"{row.source}."
    until = row.until or ""
    cells = (row.place, row.threshold, row.basis, row.service.replace("_", " "), row.since, until, row.sourced)
    return f"| {' | '.join(map(str, cells))} | {row.checked_on} | {source} |\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it."""
    return write_or_check(PAGE, page(), "scripts.ages_reference", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
