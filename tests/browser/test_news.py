"""Product news in a real browser: agreed to at sign-up, seen on the page of agreements, and ended from a mail."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from scripts.chromium import WIDTHS
from scripts.journeys import begin
from scripts.sites import SITES, Site, running

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SEND = {"unified_inbox": "send_news", "sms_gateway": "send-news"}
MOST = 24
"""Pixels that a box measures at the least in each direction (WCAG 2.5.8)."""


@pytest.fixture(params=SITES, ids=lambda site: site.name)
def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Path]]:
    """An example site with sample data of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv(request.param.port_variable, str(free.getsockname()[1]))
    with running(request.param, tmp_path):
        yield request.param, tmp_path


def test_news_are_agreed_to_taken_back_and_ended(site: tuple[Site, Path], browser: Browser) -> None:
    """Nothing is ticked beforehand; to take it back is one click, on the account or from a mail; and each page of the
    way is fit to be read.
    """
    served, folder = site
    context = browser.new_context(base_url=served.url, reduced_motion="reduce")
    walk = begin(context, served.name, "en")
    page = walk.page
    walk.visit("agreements")
    expect(page.get_by_role("heading", name="What you agreed to")).to_be_visible()
    _look(page)

    page.goto(walk.host.sign_up)
    expect(page.get_by_label("Month of birth")).to_have_value("")
    expect(page.get_by_label("Year of birth")).to_have_value("")
    _look(page, "main form")
    walk.visit(f"age?next={walk.host.sign_up}")
    walk.say_born(1980)
    walk.follow(walk.host.sign_up)
    expect(page.get_by_label("Month of birth")).to_have_count(0)
    box = page.get_by_label("I agree that", exact=False)
    expect(box).not_to_be_checked()
    expect(page.locator(".privacy-just-in-time")).to_contain_text("Product news")
    size = box.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= MOST
    _look(page, "main form")
    box.check()
    walk.fill(email="reader@example.org", **walk.host.guest)
    page.locator("main input[type=password]").last.press("Enter")
    page.wait_for_url(lambda url: "sign-up" not in url)

    assert served.run(folder, SEND[served.name], "News", "Something is new.").startswith("1 of ")
    page.goto(walk.host.outbox)
    found = re.search(r"/privacy/unsubscribe/[\w.-]+", page.content())
    assert found is not None

    walk.visit("agreements")
    _look(page)
    expect(page.locator(".privacy-facts")).to_contain_text("Since ")
    walk.press("news")
    expect(page.locator(".privacy-notice")).to_have_text("Your consent is taken back.")
    _look(page)
    assert served.run(folder, SEND[served.name], "News", "Something is new.").startswith("0 of ")

    page.goto(found[0])
    expect(page.get_by_role("heading", name="Unsubscribe")).to_be_visible()
    _look(page)
    walk.press("unsubscribe")
    expect(page.locator(".privacy-notice")).to_contain_text("Product news")
    _look(page)
    page.goto(found[0][:-1])
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    _look(page)
    context.close()


def _look(page: Page, part: str = ".consentguard") -> None:
    """Axe finds nothing in the part that is ours, and no screen scrolls sideways, by day and by night."""
    for scheme, width in product(SCHEMES, (*WIDTHS.values(), 320)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        results = Axe().run(page, context=part, options=WCAG)
        assert results.violations_count == 0, f"{page.url}, {scheme}, {width}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} scrolls sideways at {width}"
