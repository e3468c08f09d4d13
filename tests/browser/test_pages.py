"""The example sites' pages in a real browser: accessible, readable on a phone, and speaking to nobody else."""

import pytest
from playwright.sync_api import Browser

from scripts.chromium import PAGES, WIDTHS, Shown, opened
from tests.browser.axe import check

OURS = [shown for shown in PAGES if "admin" not in shown.name]  # the frameworks' own admins are not ours to mend


@pytest.mark.parametrize("shown", OURS, ids=lambda shown: f"{shown.site}-{shown.name}")
def test_a_page_is_fit_to_be_read(shown: Shown, browser: Browser, site_urls: dict[str, str]) -> None:
    """Axe finds no violation at either width, a phone need not scroll sideways, and no other origin is asked."""
    base_url = site_urls[shown.site]
    with opened(browser, shown, base_url, WIDTHS["desktop"]) as page:
        assert page.url.endswith(shown.path), "redirected: the page was not the one on show"
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        check(page, "desktop")
        page.set_viewport_size({"width": WIDTHS["phone"], "height": 900})
        page.reload()
        check(page, "phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS["phone"]
    assert asked
    assert [url for url in asked if not url.startswith(base_url)] == []
