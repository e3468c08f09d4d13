"""The example sites' pages in a real browser: accessible, and readable on a phone."""

import pytest
from playwright.sync_api import Browser

from scripts.chromium import PAGES, WIDTHS, Shown, opened
from tests.browser.axe import check

OURS = [shown for shown in PAGES if "admin" not in shown.name]  # the frameworks' own admins are not ours to mend

every_page = pytest.mark.parametrize("shown", OURS, ids=lambda shown: f"{shown.site}-{shown.name}")
every_width = pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())


@every_page
@every_width
def test_axe_finds_nothing(shown: Shown, width: int, browser: Browser, site_urls: dict[str, str]) -> None:
    """No violation of WCAG 2.2 AA that a machine can find."""
    with opened(browser, shown, site_urls[shown.site], width) as page:
        assert page.url.endswith(shown.path), "redirected: the page was not the one on show"
        check(page)


@every_page
def test_nothing_scrolls_sideways_on_a_phone(shown: Shown, browser: Browser, site_urls: dict[str, str]) -> None:
    """At 390 pixels the page is no wider than the screen."""
    with opened(browser, shown, site_urls[shown.site], WIDTHS["phone"]) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"]


@every_page
def test_a_page_speaks_to_its_own_site_alone(shown: Shown, browser: Browser, site_urls: dict[str, str]) -> None:
    """Nothing is fetched from any other origin."""
    with opened(browser, shown, site_urls[shown.site], WIDTHS["desktop"]) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
    assert asked
    assert [url for url in asked if not url.startswith(site_urls[shown.site])] == []
