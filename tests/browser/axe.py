"""Axe in a page: put in once, and asked for violations alone."""

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from scripts.chromium import WIDTHS

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BEST_PRACTICE = "best-practice"
LOOKS: dict[str, tuple[tuple[Literal["light", "dark"], int], ...]] = {
    "en": (("light", WIDTHS["desktop"]), ("dark", WIDTHS["phone"])),
    "es": (("dark", WIDTHS["desktop"]), ("light", WIDTHS["phone"])),
}
"""Colours and a width by language. A page in both is seen in all four: neither of the two depends on the words."""


def check(page: Page, what: str = "", *, context: Any = None, best_practice: bool = True) -> None:
    """Fail for any violation of WCAG 2.2 AA that a machine can find, and of what axe calls best practice.

    `what` says in the failure which state of the page it was; `context` is the part of the page that is looked at.
    """
    there = page.evaluate("'axe' in window")
    options = {"runOnly": [*TAGS, BEST_PRACTICE] if best_practice else TAGS, "resultTypes": ["violations"]}
    results = (Axe("") if there else Axe()).run(page, context=context, options=options)
    assert results.violations_count == 0, f"{what}: {results.generate_report()}"
