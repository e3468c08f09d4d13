"""Each state of the pages that ask for something, in a real browser: reached as a person does, and fit to be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from scripts.chromium import WIDTHS
from scripts.journeys import HOSTS, JOURNEYS, Journey, Walk, begin, impatient
from tests.browser.axe import LOOKS, check

COMPLAINTS = ("error", "warning")
STATES = {
    "consent": "preferences preferences-saved preferences-refused preferences-misread",
    "rights": "request request-mistaken request-sent confirm status-ready confirm-used",
    "asking": "request-guardian ask-mistaken account account-rectification account-erasure",
    "child": "age-under",
    "second_factor": "factor-stranger age age-mistaken age-over factor-none factor-passkeys factor-setup "
    "factor-setup-mistaken factor-codes factor-devices factor-given factor-codes-renewed factor-asked "
    "factor-asked-mistaken factor-recovered factor-removed factor-throttled",
    "strayed": "status-unknown refused-elsewhere",
}

every_site = pytest.mark.parametrize("site", HOSTS)
every_visitor = pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", True), ("en", False)], ids=["en", "es", "en-without-scripts"]
)
VISITORS = {
    "inbox-en": ("unified_inbox", "en", True),
    "gateway-es": ("sms_gateway", "es", True),
    "gateway-en-without-scripts": ("sms_gateway", "en", False),
}
"""Each site, each language, and no scripts, once: what the two sites show is rendered alike by both engines."""
LONGEST = "second_factor"
"""Walked with scripts once, since that takes as long as several others."""
each_journey_of_each_visitor = pytest.mark.parametrize(
    ("site", "language", "scripts", "name"),
    [
        pytest.param(*visitor, name, id=f"{name}-{who}")
        for who, visitor in VISITORS.items()
        for name in JOURNEYS
        if (name, who) != (LONGEST, "gateway-es")
    ],
)


@contextmanager
def walking(browser: Browser, url: str, site: str, language: str, *, scripts: bool = True) -> Iterator[Walk]:
    """A fresh visitor of the site, whose browser asks for this language."""
    context = browser.new_context(
        base_url=url, locale=language, java_script_enabled=scripts, reduced_motion="reduce", viewport=_seen_at(1280)
    )
    context.set_default_timeout(10_000)
    yield begin(context, site, language)
    context.close()


@each_journey_of_each_visitor
def test_a_journey_leads_through_pages_that_anybody_can_read(
    site: str, language: str, scripts: bool, name: str, browser: Browser, site_urls: dict[str, str]
) -> None:
    """Axe finds nothing, a phone need not scroll sideways, no policy is overstepped, and no script is needed."""
    with walking(browser, site_urls[site], site, language, scripts=scripts) as walk:
        assert _walked(walk, JOURNEYS[name], scripts=scripts) == STATES[name].split()


@every_site
@every_visitor
def test_whoever_tries_too_often_is_told_so_on_such_a_page_too(
    site: str, language: str, scripts: bool, browser: Browser, own_site_urls: dict[str, str]
) -> None:
    """The answer 429 is a page like the others, with the way back."""
    with walking(browser, own_site_urls[site], site, language, scripts=scripts) as walk:
        assert _walked(walk, impatient, scripts=scripts) == ["refused-too-many"]
        assert walk.page.locator(".privacy-onward a").get_attribute("href") == f"/privacy/{language}/age"


@pytest.mark.parametrize("state", ["factor-codes", "age-under"])
def test_what_is_printed_is_the_page_alone(state: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """No banner lies over recovery codes on paper, and no button that nobody can press there."""
    with walking(browser, site_urls["unified_inbox"], "unified_inbox", "en") as walk:
        journey = JOURNEYS["second_factor" if state == "factor-codes" else "child"](walk)
        next(each for each in journey if each == state)
        walk.page.emulate_media(media="print")
        expect(walk.page.locator("h1")).to_be_visible()
        for part in (".cg-banner", ".privacy-buttons", ".privacy-onward", ".consentguard-ways"):
            assert not any(each.is_visible() for each in walk.page.locator(part).all()), part


@every_site
def test_to_refuse_is_as_easy_as_to_accept(site: str, browser: Browser, site_urls: dict[str, str]) -> None:
    """The buttons are of one size and one look, and stand within one screen, at either width."""
    looks = "['color', 'backgroundColor', 'borderTopColor', 'borderTopWidth', 'fontSize', 'fontWeight', 'opacity']"
    with walking(browser, site_urls[site], site, "en") as walk:
        walk.visit("preferences")
        for width in WIDTHS.values():
            walk.page.set_viewport_size(_seen_at(width))
            accept, refuse = (walk.page.locator(f"button[value={answer}]") for answer in ("accept", "refuse"))
            sizes = [(box["width"], box["height"]) for box in (accept.bounding_box(), refuse.bounding_box()) if box]
            assert len(sizes) == 2
            assert sizes[0] == sizes[1]
            assert min(*sizes[0]) >= 44, "smaller than a finger"
            look = f"button => {looks}.map(name => getComputedStyle(button)[name])"
            assert accept.evaluate(look) == refuse.evaluate(look)


@every_site
@pytest.mark.parametrize("path", ["preferences", "requests", "age"])
def test_the_keyboard_goes_down_the_page_and_shows_where_it_is(
    site: str, path: str, browser: Browser, site_urls: dict[str, str]
) -> None:
    """Tab comes to every control in the order in which it is read, and each has an outline while it is there."""
    with walking(browser, site_urls[site], site, "en") as walk:
        walk.visit(path)
        stops = list(_tab_stops(walk.page))
        wanted = walk.page.locator("main :is(input:not([type=hidden]), select, button)").evaluate_all(
            "all => [...new Set(all.map(one => one.name + (one.type === 'radio' ? '' : one.value)))]"
        )
    assert [stop["name"] for stop in stops if stop["ours"]] == wanted
    places = [(stop["top"], stop["left"]) for stop in stops if stop["ours"]]
    assert places == sorted(places)
    assert [stop["name"] for stop in stops if stop["outline"] < 2] == []


def _walked(walk: Walk, journey: Journey, *, scripts: bool) -> list[str]:
    """Takes the journey, with a look at each state on the way; the states."""
    said, policies, states = list[str](), set[str](), list[str]()
    walk.page.on("console", lambda message: said.append(message.text) if message.type in COMPLAINTS else None)
    walk.page.on("pageerror", lambda error: said.append(str(error)))
    walk.page.on("response", lambda response: policies.update(_policy(response)))
    for state in journey(walk):
        _look(walk, state, scripts=scripts)
        states.append(state)
    assert [line for line in said if not line.startswith("Failed to load resource: the server responded")] == []
    assert policies
    assert all("default-src 'self'" in policy and "unsafe-inline" not in policy for policy in policies)
    return states


def _look(walk: Walk, state: str, *, scripts: bool) -> None:
    """Measures the page as it is. Axe is itself a script: where none may run, it cannot."""
    page = walk.page
    expect(page.locator(f".consentguard[lang={walk.language}]")).to_be_visible()
    for scheme, width in LOOKS[walk.language]:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(_seen_at(width))
        if scripts:
            check(page, f"{state}, {scheme}, {width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{state} scrolls sideways at {width}"


def _policy(response: Response) -> Iterator[str]:
    """The content security policy of an answer of the site that is a page."""
    page = response.request.is_navigation_request() and "html" in response.headers.get("content-type", "")
    if page and "elsewhere.test" not in response.url:
        yield response.headers.get("content-security-policy", "")


def _tab_stops(page: Page) -> Iterator[dict[str, Any]]:
    """Where Tab leads from the top of the page, until it leaves it."""
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const one = document.activeElement;
                if (one === document.body || one.closest('footer')) return null;
                const box = one.getBoundingClientRect(), style = getComputedStyle(one);
                return {
                    ours: one.closest('.privacy-form') !== null,
                    name: one.name === undefined ? one.textContent : one.name + (one.type === 'radio' ? '' : one.value),
                    top: box.top + scrollY, left: box.left,
                    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
                };
            }"""
        )
        if stop is None:
            return
        yield stop


def _seen_at(width: int) -> ViewportSize:
    return {"width": width, "height": 900}
