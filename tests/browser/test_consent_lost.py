"""A choice is never silently lost: with the server down a refusal counts at once, and an acceptance is sent again."""

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.consent_kit import (
    ACCEPT,
    BANNER,
    DIALOG,
    FRAMEWORKS,
    REFUSE,
    SENT,
    VOICE,
    open_dialog,
    running,
    until,
    visiting,
)
from tests.browser.consent_sites import HOST

AGREES = "consentGuard.allows('analytics')"
ALLOWED = f"consentguard => {AGREES}"
WAITING = "localStorage.getItem('cg_waiting') !== null"
TAKEN_DOWN = "localStorage.getItem('cg_waiting') === null"

every_shop = pytest.mark.parametrize("framework", FRAMEWORKS)


@every_shop
def test_a_choice_outlives_a_server_that_is_down(
    framework: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The server is killed under an open page and started again: each decision is on record once, as it was made."""
    with running(framework, tmp_path_factory.mktemp(framework)) as shop, visiting(browser, shop.url) as page:
        page.goto("/")
        shop.stop()
        page.locator(ACCEPT).click()
        expect(page.locator(BANNER)).to_be_hidden()
        expect(page.locator(VOICE)).not_to_be_empty()
        assert page.evaluate("[consentGuard.allows('analytics'), window.tracked || 0]") == [False, 0]
        assert page.evaluate(WAITING)

        shop.start()
        page.goto("/other")
        until(page, TAKEN_DOWN)
        assert page.evaluate(ALLOWED)
        assert [record["method"] for record in shop.decisions()] == ["accept"]

        page.goto("/")
        until(page, "window.tracked")
        open_dialog(page, "footer a[href*=preferences]")
        shop.stop()
        page.locator(f"{DIALOG} button[value=refuse]").click()
        until(page, "!consentGuard.allows('analytics')")
        until(page, "!document.cookie.includes('_ga')")
        assert page.evaluate("document.cookie.includes('cg_refused')")

        shop.start()
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text("refused")
        until(page, TAKEN_DOWN)
        until(page, "!document.cookie.includes('cg_refused')")
        assert [record["method"] for record in shop.decisions()] == ["accept", "withdraw"]


@every_shop
def test_what_is_taken_back_in_part_is_refused_until_the_server_knows(
    framework: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The mark that can only refuse stands for it meanwhile, at the server too; then what is left counts again."""
    with running(framework, tmp_path_factory.mktemp(framework)) as shop, visiting(browser, shop.url) as page:
        page.goto("/")
        page.locator(ACCEPT).click()
        until(page, AGREES)
        page.context.route(SENT, lambda route: route.abort())
        page.evaluate("consentGuard.decide(['analytics'])")
        until(page, f"!{AGREES}")
        assert page.evaluate("document.cookie.includes('cg_refused')")
        page.goto("/reads")
        expect(page.locator("#told")).to_have_text("refused")
        page.context.unroute(SENT)
        page.goto("/")
        until(page, TAKEN_DOWN)
        until(page, f"{AGREES} && !document.cookie.includes('cg_refused')")
        assert [record["method"] for record in shop.decisions()] == ["accept", "save"]


@every_shop
def test_an_answer_that_got_lost_leaves_one_record(
    framework: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The server took it down and its answer never came: it is sent again on the next page, and counted once."""
    with running(framework, tmp_path_factory.mktemp(framework)) as shop, visiting(browser, shop.url) as page:
        page.goto("/")

        def lose(route: Route) -> None:
            headers = {**route.request.headers, "Host": f"{HOST}:{shop.port}"}
            sent = route.request.post_data or ""
            httpx.post(
                f"http://127.0.0.1:{shop.port}/privacy/api/choice", content=sent, headers=headers, trust_env=False
            )
            route.abort()

        page.context.route(SENT, lose)
        with page.expect_event("requestfailed"):
            page.locator(REFUSE).click()
        assert len(shop.decisions()) == 1
        page.context.unroute(SENT)
        page.goto("/")
        until(page, TAKEN_DOWN)
        until(page, "document.cookie.includes('cg_choice')")
        assert len(shop.decisions()) == 1
