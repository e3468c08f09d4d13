"""Axe on all that visitors meet of consent: in light, in dark, right to left, at 320 pixels and at 200% zoom."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.consent_kit import BANNER, DIALOG, FRAMEWORKS, Shop, answer, clean, open_dialog, visiting

Scheme = Literal["light", "dark"]
LOOKS: dict[str, tuple[Scheme, int]] = {
    "light": ("light", 1280),
    "dark": ("dark", 1280),
    "narrow": ("light", 320),
    # a window of 1280 pixels at 200% has room for 640 of CSS
    "zoomed": ("dark", 640),
}
LOOKS_FROM_THE_RIGHT: dict[str, tuple[Scheme, int]] = {"light": ("light", 1280), "narrow": ("dark", 320)}


@contextmanager
def meeting(browser: Browser, url: str, language: str) -> Iterator[Page]:
    """A page with the banner and the placeholder of a frame, as a visitor of this language finds it."""
    with visiting(browser, url, locale=language) as page:
        page.goto("/")
        expect(page.locator(BANNER)).to_be_visible()
        expect(page.locator("[data-consent-placeholder]")).to_be_visible()
        yield page


def look(page: Page, looks: dict[str, tuple[Scheme, int]], what: str) -> None:
    """Axe finds nothing in any of these looks, and nothing scrolls sideways."""
    for name, (scheme, width) in looks.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900 * width // 1280 if name == "zoomed" else 900})
        clean(page, f"{what}, {name}")


def walk(page: Page, looks: dict[str, tuple[Scheme, int]], receipt: str) -> None:
    """The banner with the placeholder, the preferences before and after a choice, the receipt."""
    look(page, looks, "banner and placeholder")
    open_dialog(page)
    look(page, looks, "preferences")
    answer(page, f"{DIALOG} button[value=accept]")
    expect(page.locator(".cg-voice")).to_contain_text(".")
    look(page, dict(list(looks.items())[:1]), "what is said after a choice")
    page.goto(receipt)
    expect(page.locator(".privacy-facts")).to_be_visible()
    look(page, looks, "receipt")


@pytest.mark.parametrize("site", ["unified_inbox", "sms_gateway"])
def test_axe_finds_nothing_on_an_example_site(site: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """No violation of WCAG 2.2 AA or of what axe calls best practice, in the site's own layout."""
    with meeting(browser, site_urls[site], "en") as page:
        walk(page, LOOKS, "/privacy/en/receipt")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_axe_finds_nothing_in_a_language_from_the_right(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """The same in Arabic, and the banner and the dialog are laid out from the right."""
    with meeting(browser, shops[framework].url, "ar") as page:
        assert page.locator(BANNER).evaluate("banner => getComputedStyle(banner).direction") == "rtl"
        walk(page, LOOKS_FROM_THE_RIGHT, "/privacy/ar/receipt")
