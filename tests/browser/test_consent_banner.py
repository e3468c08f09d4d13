"""The banner and the preferences in a browser: as easy to refuse as to accept, and nobody is trapped or lost there."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.consent_kit import (
    ACCEPT,
    BANNER,
    DIALOG,
    FRAMEWORKS,
    REFUSE,
    VOICE,
    Shop,
    answer,
    names,
    open_dialog,
    until,
    visiting,
)

LOOKS = """button => {
    const look = Object.fromEntries(Object.entries(getComputedStyle(button)).filter(([name]) => isNaN(name)));
    // what follows from the text alone, and where the button stands
    for (const own of ['width', 'inlineSize', 'perspectiveOrigin', 'transformOrigin']) delete look[own];
    return look;
}"""
SHIFT = """
    window.shift = 0;
    new PerformanceObserver(list => { for (const one of list.getEntries()) shift += one.value; })
        .observe({type: 'layout-shift', buffered: true});
"""
FOCUSED = "document.activeElement"
OPENER = "footer a[href*=preferences]"
SITES = ("unified_inbox", "sms_gateway")

every_site = pytest.mark.parametrize("site", SITES)
every_shop = pytest.mark.parametrize("framework", FRAMEWORKS)


@pytest.fixture
def page(site: str, browser: Browser, site_urls: dict[str, str]) -> Any:
    """A fresh visitor's home page of an example site, with the banner."""
    with visiting(browser, site_urls[site]) as page:
        page.goto("/")
        expect(page.locator(BANNER)).to_be_visible()
        yield page


@every_site
def test_to_refuse_takes_what_to_accept_takes(site: str, page: Page) -> None:
    """The two buttons have the same computed style and size, a finger fits on each, and one click is all."""
    accept, refuse = page.locator(ACCEPT), page.locator(REFUSE)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert accept.evaluate(LOOKS) == refuse.evaluate(LOOKS)
        boxes = [box for box in (accept.bounding_box(), refuse.bounding_box()) if box]
        assert len(boxes) == 2
        assert boxes[0]["height"] == boxes[1]["height"] >= 44
        assert boxes[0]["width"] == boxes[1]["width"]
    answer(page, REFUSE)
    expect(page.locator(BANNER)).to_be_hidden()


@every_site
def test_the_banner_is_a_labelled_region_before_all_else(site: str, page: Page) -> None:
    """First in the body, so that the first Tab comes to it; it takes no focus and shuts nobody out of the page."""
    assert page.evaluate("document.body.firstElementChild.matches('[data-consent-banner]')")
    expect(page.get_by_role("region", name="Your privacy", exact=True)).to_be_visible()
    assert page.locator("[aria-modal]").count() == 0
    assert page.evaluate(f"{FOCUSED} === document.body")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.closest('.cg-banner') !== null")
    page.locator("main").click(position={"x": 5, "y": 5})


@every_site
def test_the_banner_of_a_page_that_comes_slowly_is_whole(
    site: str, browser: Browser, site_urls: dict[str, str]
) -> None:
    """The script is there while half of the banner is not: it waits for the rest, and complains of nothing."""

    def in_halves(route: Route) -> None:
        whole = route.fetch()
        early, changes, late = whole.text().partition("<div data-consent-changes")
        assert changes
        route.fulfill(response=whole, body=f'{early}<script src="/late.js"></script>{changes}{late}')

    def late(route: Route) -> None:
        time.sleep(1)  # by then the script has begun
        route.fulfill(body="", content_type="text/javascript")

    said = list[str]()
    with visiting(browser, site_urls[site]) as page:
        page.on("console", lambda message: said.append(message.text))
        page.route(f"{site_urls[site]}/", in_halves)
        page.route("**/late.js", late)
        page.goto("/")
        expect(page.locator(BANNER)).to_be_visible()
    assert said == []


@every_site
def test_the_banner_moves_nothing(site: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """The page's layout does not shift when it comes, and not when it goes."""
    with visiting(browser, site_urls[site]) as page:
        page.add_init_script(SHIFT)
        page.goto("/")
        expect(page.locator(BANNER)).to_be_visible()
        answer(page, REFUSE)
        expect(page.locator(BANNER)).to_be_hidden()
        assert (
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(shift))))")
            == 0
        )


@every_site
def test_nothing_is_ticked_before_the_visitor_ticks_it(site: str, page: Page) -> None:
    """Neither a purpose nor a service; and what is saved is what was ticked, per service."""
    open_dialog(page)
    boxes = page.locator(f"{DIALOG} input[type=checkbox]")
    assert boxes.count() > 0
    for box in boxes.all():
        expect(box).not_to_be_checked()
    page.locator(f"{DIALOG} input[name=accepted]").first.check()
    ticked = page.locator(f"{DIALOG} input[name=accepted]").first.input_value()
    answer(page, f"{DIALOG} button[value=save]")
    open_dialog(page, OPENER)
    checked = page.locator(f"{DIALOG} input[name=accepted]:checked")
    assert [box.input_value() for box in checked.all()] == [ticked]
    assert page.evaluate("name => consentGuard.allows(name)", ticked.rpartition("/")[2])


@every_site
def test_tab_stays_in_the_dialog_and_escape_leads_back(site: str, page: Page) -> None:
    """None of 40 Tabs leaves it, forwards or back; Escape returns the focus to what opened it, and decides nothing."""
    page.locator(OPENER).focus()
    page.keyboard.press("Enter")
    expect(page.locator(DIALOG)).to_be_visible()
    for key in ("Tab", "Shift+Tab"):
        for _ in range(40):
            page.keyboard.press(key)
            assert page.evaluate(f"{FOCUSED}.closest('dialog') !== null"), f"{key} left the dialog"
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)
    expect(page.locator(OPENER)).to_be_focused()
    expect(page.locator(BANNER)).to_be_visible()
    assert "cg_choice" not in names(page.context)


@every_site
@pytest.mark.parametrize("way", ["accept", "refuse", "save"])
def test_the_focus_is_never_lost(site: str, way: str, page: Page) -> None:
    """After a choice by the keyboard the focus is on something of the page and not on its body, and what became of the
    choice is said aloud.
    """
    page.keyboard.press("Tab")
    if way == "save":
        open_dialog(page)
        page.locator(f"{DIALOG} button[value=save]").focus()
    else:
        page.locator(f"{BANNER} button[value={way}]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(VOICE)).to_contain_text("saved")
    assert page.evaluate(f"{FOCUSED} !== document.body && {FOCUSED} !== document.documentElement")
    assert page.evaluate(f"{FOCUSED}.getClientRects().length") > 0


@every_site
def test_consent_is_taken_back_in_two_clicks_from_any_page(site: str, page: Page) -> None:
    """The link that stands on every page, and the button to refuse; the page need not be loaded again."""
    answer(page)
    page.goto("/privacy/en/policy")
    page.locator(OPENER).last.click()
    answer(page, f"{DIALOG} button[value=refuse]")
    expect(page.locator(DIALOG)).to_have_count(0)
    assert page.evaluate("Object.values(consentGuard.config.purposes).flat().some(consentGuard.allows)") is False


@every_shop
def test_withdrawal_removes_cookies_of_a_parent_domain(
    framework: str, browser: Browser, shops: dict[str, Shop]
) -> None:
    """Those that a pattern names, such as `_ga_*`, wherever they were set; and what is not named stays."""
    shop = shops[framework]
    with visiting(browser, shop.url) as page:
        page.goto("/")
        answer(page)
        until(page, "document.cookie.includes('_ga_ABC123')")
        page.goto("/other")
        page.evaluate("document.cookie = '_ga_DEEP=1; Path=/other; Domain=example.localhost'")
        page.evaluate("document.cookie = '_gather=1; Path=/'")
        open_dialog(page, OPENER)
        answer(page, f"{DIALOG} button[value=refuse]")
        until(page, "!document.cookie.includes('_ga_')")
        assert names(page.context) == {"cg_choice", "_gather"}
        assert shop.decisions()[-1]["method"] == "withdraw"


@every_shop
def test_a_frame_is_allowed_where_it_stands(framework: str, browser: Browser, shops: dict[str, Shop]) -> None:
    """One click on the placeholder shows it, allows its service alone, and the focus goes to the frame."""
    with visiting(browser, shops[framework].url) as page:
        page.goto("/")
        answer(page, "[data-consent-allow]")
        expect(page.frame_locator("iframe[data-consent]").locator("h1")).to_be_visible()
        expect(page.locator("[data-consent-placeholder]")).to_be_hidden()
        assert page.evaluate(f"{FOCUSED}.matches('iframe')")
        assert page.evaluate("['video', 'player', 'analytics'].map(consentGuard.allows)") == [True, True, False]
        assert page.evaluate("violations") == []
