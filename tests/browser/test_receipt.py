"""A visitor's receipt in a real browser, on both example sites: read, downloaded, and taken back in two clicks."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

SITES = ("unified_inbox", "sms_gateway")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1200, 320)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def look(page: Page) -> None:
    """Nothing that a machine can find is wrong, by day or night, and nothing scrolls sideways on a phone."""
    for scheme, width in product(SCHEMES, WIDTHS):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        results = Axe().run(page, options=WCAG)
        assert results.violations_count == 0, f"{scheme}, {width}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("site", SITES)
def test_a_receipt_is_read_downloaded_and_taken_back(
    site: str, browser: Browser, site_urls: dict[str, str], tmp_path: Path
) -> None:
    """Without any script of ours: the choice by its form, its receipt, the file, and one button that refuses it all."""
    visitor = browser.new_context(reduced_motion="reduce", java_script_enabled=True)
    page = visitor.new_page()
    page.goto(f"{site_urls[site]}/privacy/en/receipt")
    expect(page.get_by_text("This browser keeps no choice yet")).to_be_visible()
    look(page)

    page.goto(f"{site_urls[site]}/privacy/en/preferences")
    page.locator("main").get_by_role("button", name="Accept all").click()
    page.get_by_role("link", name="Receipt of your privacy choices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt of your privacy choices")
    look(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the receipt").click()
    waiting.value.save_as(tmp_path / "receipt.jsonld")
    number = json.loads((tmp_path / "receipt.jsonld").read_text("utf-8"))["receipt_id"]
    expect(page.get_by_text(number)).to_be_visible()

    page.get_by_role("button", name="Take back everything I agreed to").click()
    expect(page.get_by_text("What you agreed to is taken back.")).to_be_visible()
    look(page)
    page.get_by_label("Number of the receipt").fill("no number")
    page.get_by_role("button", name="Take back everything I agreed to").click()
    expect(page.get_by_text("There is no receipt with this number.").first).to_be_visible()
    look(page)
    visitor.close()
