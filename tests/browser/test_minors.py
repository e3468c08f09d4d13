"""The pages for children and their guardians in a real browser: asked, answered, signed, taken back, and reported."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from secrets import token_hex

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import check
from tests.browser.consent_kit import Shop, visiting
from tests.browser.consent_sites import MAILS

STATES = (
    "attest attest-mistaken ask ask-mistaken asked answer answer-mistaken declaration standing withdrawn no-longer "
    "report report-mistaken reported"
)
SIGNED = "UPDATE consentguard_guardian_consent SET state = 'granted' WHERE state = 'noticed'"


def journey(page: Page, shop: Shop, language: str, *, mistakes: bool = True) -> Iterator[str]:
    """A child has a parent asked, who agrees, signs and takes it back; another parent reports a child's data.

    `mistakes` are left out where there were others before: an hour has an end to them.
    """

    def press(answer: str) -> None:
        with page.expect_navigation():
            page.locator(f".privacy-sheet button[value={answer}]").click()

    def fill(**fields: str) -> None:
        for name, value in fields.items():
            page.locator(f".privacy-sheet [name={name}]").fill(value)

    page.goto(f"/privacy/{language}/age")
    yield "attest"
    press("screen")
    yield "attest-mistaken"
    page.goto(f"/privacy/{language}/guardian")
    yield "ask"
    if mistakes:
        press("ask")
        yield "ask-mistaken"
    parent = f"parent-{token_hex(4)}@example.org"
    fill(child=f"child-{token_hex(4)}@example.org", guardian=parent)
    press("ask")
    yield "asked"
    page.goto(link_in(shop, parent))
    yield "answer"
    press("grant")
    yield "answer-mistaken"
    page.locator(".privacy-sheet input[type=checkbox]").first.check()
    press("grant")
    yield "declaration"
    with closing(sqlite3.connect(shop.folder / "site.sqlite3")) as database:
        database.execute(SIGNED)  # as if the signed form had come
        database.commit()
    page.reload()
    yield "standing"
    address = page.url
    press("withdraw")
    yield "withdrawn"
    page.goto(address)
    yield "no-longer"
    page.goto(f"/privacy/{language}/report-minor")
    yield "report"
    if mistakes:
        press("send")
        yield "report-mistaken"
    fill(known_by="child", name="A parent", email="parent@example.org", authority="I am their mother.")
    press("send")
    yield "reported"


def link_in(shop: Shop, to: str) -> str:
    """The address in the last mail to somebody."""
    for path in sorted((shop.folder / MAILS).iterdir(), reverse=True):
        for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            mail = message_from_bytes(part)
            if to in str(mail["To"]):
                text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
                return re.search(r"http\S+/guardian/\S+", text)[0]  # type: ignore[index]
    raise AssertionError(f"no mail to {to}")


@pytest.mark.parametrize(
    ("framework", "language", "scripts"),
    [("django", "en", True), ("flask", "ar", True), ("django", "en", False), ("flask", "en", False)],
    ids=["django-en", "flask-ar", "django-without-scripts", "flask-without-scripts"],
)
def test_a_child_and_their_guardian_walk_through_pages_that_anybody_can_read(
    framework: str, language: str, scripts: bool, browser: Browser, shops: dict[str, Shop]
) -> None:
    """Axe finds nothing by day and by night, a phone need not scroll sideways, and no script is needed."""
    shop, seen = shops[framework], list[str]()
    with visiting(browser, shop.url, locale=language, java_script_enabled=scripts) as page:
        for state in journey(page, shop, language, mistakes=scripts):
            seen.append(state)
            for scheme, width in (("light", 1280), ("dark", 390)):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 900})
                if scripts:
                    check(page, f"{state}, {scheme}, {width}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{state}, {width}"
    told = STATES.split()
    assert seen == (told if scripts else [each for each in told if each not in ("ask-mistaken", "report-mistaken")])
