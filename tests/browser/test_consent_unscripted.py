"""Without JavaScript the banner is a form: it asks, takes the answer, comes back to the page, and asks no more."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.consent_kit import ACCEPT, BANNER, FRAMEWORKS, REFUSE, Shop, names, visiting, watch

every_shop = pytest.mark.parametrize("framework", FRAMEWORKS)


@every_shop
@pytest.mark.parametrize(("button", "outcome"), [(ACCEPT, "allowed"), (REFUSE, "refused")])
def test_the_banner_works_as_a_form(
    framework: str, button: str, outcome: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """Shown where nobody has chosen, gone afterwards, and the server heeds the answer; nothing gated runs."""
    shop = shops[framework]
    with visiting(browser, shop.url, java_script_enabled=False) as page:
        asked = watch(page)
        page.goto("/other")
        expect(page.locator(BANNER)).to_be_visible()
        boxes = [box for box in (page.locator(BANNER).bounding_box(), page.locator("header").bounding_box()) if box]
        assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"], "it hides a part of the page"
        with page.expect_navigation():
            page.locator(button).click()
        assert page.url == f"{shop.url}/other"
        expect(page.locator(BANNER)).to_be_hidden()
        assert names(page.context) == {"cg_choice"}
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text(outcome)
        page.goto("/")
        expect(page.locator(BANNER)).to_be_hidden()
        assert [address for address in asked if not address.startswith(shop.url)] == []
