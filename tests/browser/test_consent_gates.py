"""What waits for consent does wait: no script, frame, cookie or foreign host before a choice or after a refusal."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.consent_kit import (
    ACCEPT,
    BANNER,
    FRAMEWORKS,
    REFUSE,
    Shop,
    answer,
    names,
    open_dialog,
    until,
    visiting,
    watch,
)

GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
FOUR = {"ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"}
RAN = "[window.tracked || 0, window.counted || 0]"

every_shop = pytest.mark.parametrize("framework", FRAMEWORKS)
every_site = pytest.mark.parametrize("site", ["unified_inbox", "sms_gateway"])


def foreign(asked: list[str], url: str) -> list[str]:
    return [address for address in asked if not address.startswith(url)]


@every_shop
def test_nothing_runs_before_a_choice_with_a_cold_or_a_warm_cache(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """No foreign host is asked and nothing is kept, also where the browser has the scripts from an earlier choice."""
    shop = shops[framework]
    with visiting(browser, shop.url) as page:
        asked = watch(page)
        for _ in range(2):
            page.goto("/", wait_until="networkidle")
            expect(page.locator(BANNER)).to_be_visible()
            assert foreign(asked, shop.url) == []
            assert names(page.context) == set()
            assert page.evaluate(RAN) == [0, 0]
        answer(page)
        until(page, "window.tracked && window.counted")
        page.context.clear_cookies()
        asked.clear()
        page.goto("/", wait_until="networkidle")
        expect(page.locator(BANNER)).to_be_visible()
        assert foreign(asked, shop.url) == []
        assert page.evaluate(RAN) == [0, 0]
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@every_site
def test_an_example_site_asks_nobody_else_and_keeps_nothing_before_a_choice(
    site: str, browser: Browser, site_urls: dict[str, str]
) -> None:
    """The gated scripts and the frame of its home page are its own, and wait all the same."""
    with visiting(browser, site_urls[site]) as page:
        asked = watch(page)
        page.goto("/", wait_until="networkidle")
        expect(page.locator(BANNER)).to_be_visible()
        assert foreign(asked, site_urls[site]) == []
        assert [address for address in asked if re.search(r"visits|depth|tour$", address)] == []
        assert names(page.context) <= {"session", "inbox_session", "inbox_csrf"}
        answer(page, REFUSE)
        asked.clear()
        page.goto("/", wait_until="networkidle")
        assert [address for address in asked if re.search(r"visits|depth|tour$", address)] == []
        with visiting(browser, site_urls[site]) as other:
            told = watch(other)
            other.goto("/")
            answer(other)
            expect(other.locator("iframe[data-consent]")).to_have_attribute("src", re.compile("tour"))
            other.wait_for_load_state("networkidle")
            assert {part for address in told if (part := address.rpartition("/")[2]) in ("visits.js", "depth.js")} == {
                "visits.js",
                "depth.js",
            }


@every_shop
def test_what_was_accepted_runs_once_under_a_strict_policy(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """At once and on the next page, a script with a nonce too, and the browser refuses nothing of it."""
    with visiting(browser, shops[framework].url) as page:
        page.goto("/")
        answer(page)
        for _ in range(2):
            until(page, "window.tracked && window.counted")
            assert page.evaluate(RAN) == [1, 1]
            expect(page.frame_locator("iframe[data-consent]").locator("h1")).to_be_visible()
            open_dialog(page, "footer a[href*=preferences]")
            assert page.evaluate("violations") == []
            page.goto("/")
        assert {"_ga", "_ga_ABC123", "cg_choice"} <= names(page.context)


@every_shop
def test_a_refusal_holds_on_the_next_page(framework: str, browser: Browser, shops: dict[str, Shop]) -> None:
    """Nothing runs, nobody is asked again, and no file of the banner is loaded any more."""
    shop = shops[framework]
    with visiting(browser, shop.url) as page:
        page.goto("/")
        answer(page, REFUSE)
        asked = watch(page)
        page.goto("/", wait_until="networkidle")
        expect(page.locator(BANNER)).to_be_hidden()
        assert page.evaluate(RAN) == [0, 0]
        assert foreign(asked, shop.url) == []
        assert [address for address in asked if "banner." in address] == []
        assert names(page.context) == {"cg_choice"}


@every_shop
def test_global_privacy_control_refuses_without_a_banner(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """Nobody is asked and nothing is written for it; an explicit choice outranks it, here and at the server."""
    shop = shops[framework]
    before = len(shop.decisions())
    with visiting(browser, shop.url, extra_http_headers={"Sec-GPC": "1"}) as page:
        page.context.add_init_script(GPC)
        asked = watch(page)
        page.goto("/", wait_until="networkidle")
        expect(page.locator(BANNER)).to_be_hidden()
        assert page.evaluate(RAN) == [0, 0]
        assert names(page.context) == set()
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert foreign(asked, shop.url) == []
        assert len(shop.decisions()) == before
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text("refused")
        open_dialog(page, "footer a[href*=preferences]")
        expect(page.locator("[data-consent-gpc]")).to_be_visible()
        answer(page, "dialog[open] button[value=accept]")
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text("allowed")
        page.goto("/")
        until(page, "window.tracked && window.counted")
        assert shop.decisions()[-1]["gpc"] is True


def layer(page: Page) -> list[list[Any]]:
    """What Google's tag would read, in its order."""
    found: list[list[Any]] = page.evaluate("(window.dataLayer || []).map(each => Array.from(each))")
    return found


@every_shop
def test_consent_mode_is_denied_first_and_then_updated(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """One default with four denied keys before any tag can run; an update on acceptance, and on the next page."""
    with visiting(browser, shops[framework].url) as page:
        page.goto("/")
        (default,) = layer(page)
        assert default[:2] == ["consent", "default"]
        assert {key for key, value in default[2].items() if value == "denied"} == FOUR
        answer(page)
        page.goto("/")
        first, second = layer(page)
        assert first == default
        assert second[:2] == ["consent", "update"]
        assert {key for key, value in second[2].items() if value == "granted"} == {"analytics_storage"}
        open_dialog(page, "footer a[href*=preferences]")
        answer(page, "dialog[open] button[value=refuse]")
        assert layer(page)[-1][1] == "update"
        assert {key for key, value in layer(page)[-1][2].items() if value == "denied"} == FOUR


def test_one_visitors_choice_does_not_leak_through_djangos_cache(browser: Browser, shops: dict[str, Shop]) -> None:
    """A page that reads consent is kept apart by cookies; one that does not is the same for all, and gates itself."""
    url = shops["django"].url
    with visiting(browser, url) as page:
        page.goto("/")
        answer(page, ACCEPT)
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text("allowed")
        page.goto("/")
        kept = page.locator("script[data-consent-guard]").get_attribute("nonce")
    with visiting(browser, url) as other:
        other.goto("/reads")
        expect(other.locator("#told")).to_have_text("refused")
        answered = other.goto("/", wait_until="networkidle")
        assert answered is not None
        assert "cg_choice" not in answered.headers.get("set-cookie", "")
        assert kept is not None
        expect(other.locator(BANNER)).to_be_visible()
        assert other.evaluate(RAN) == [0, 0]
