"""The pages of passkeys, as one browser walks them with a device in software."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Form, Sheet
from consentguard.web.twofactor import ROUTES as FACTOR_ROUTES
from consentguard.web.twofactor.passkeys import ROUTES
from tests.core import test_web_twofactor as codes
from tests.core.passkey_kit import Authenticator
from tests.core.test_web_twofactor import ANA, EVA, answers, form_of, led_to, sheet
from tests.web_policy import POLICY, BareHost

ORIGIN = "https://shop.example.com"
BOTH = '[twofactor]\nmethods = ["totp", "webauthn"]\n'
ALONE = '[twofactor]\nmethods = ["webauthn"]\n'
BY_NAME = {route.name: route for route in (*FACTOR_ROUTES, *ROUTES)}
FACTOR_PAGE, PASSKEYS_PAGE = "/privacy/factor/en", "/privacy/factor_passkeys/en"
LATER = dt.timedelta(minutes=16)


@dataclass
class Browser(codes.Browser):
    """The same, which can speak JSON as our script does, with a device at hand."""

    PAGES: ClassVar = BY_NAME
    HEADERS: ClassVar = {"Content-Type": "application/json"}

    def ask(self, ceremony: object, body: bytes | None = None) -> Outbound:
        """What our script asks for."""
        sent = json.dumps({"ceremony": ceremony}).encode() if body is None else body
        return self._send("POST", "passkey_options", "", body=sent)

    def options(self, ceremony: str) -> dict[str, Any]:
        outbound = self.ask(ceremony)
        assert (outbound.status, outbound.private) == (200, True)
        options: dict[str, Any] = outbound.json["options"]  # type: ignore[index]
        return options

    def register(self, device: Authenticator, **fields: str) -> Outbound:
        answer = device.make(self.options("register"))
        return self.post("register", "factor_passkeys", credential=answer, **fields)

    def use(self, device: Authenticator, **fields: str) -> Outbound:
        answer = device.use(self.options("authenticate"))
        return self.post("passkey", credential=answer, **fields)

    def renew(self, device: Authenticator) -> Outbound:
        answer = device.use(self.options("authenticate"))
        return self.post("renew_by_passkey", credential=answer)

    def acts(self) -> list[str]:
        return [entry.act for entry in self.guard.stores.entries.unsealed(None, 100)]

    def registered(self) -> Authenticator:
        """Add a passkey, forget the proof, and wait."""
        device = Authenticator(ORIGIN)
        assert self.register(device).status in (200, 303)
        self.cookies.clear()
        self.clock.tick(codes.STEP)
        return device


def opened(folder: Path, section: str = BOTH, base_url: str = ORIGIN) -> Browser:
    (folder / "privacy.toml").write_text(f"{POLICY}\n{section}", "utf-8")
    clock = FrozenClock()
    site = Site(BareHost(folder), {"base_url": base_url}, clock=clock)
    return Browser(Guard(site, MemoryStores()), clock)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, keyring().dumps())


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return opened(tmp_path)


def passkey_form(page: Sheet) -> Form:
    return next(form for form in page.forms if form.data)


@pytest.mark.parametrize(("section", "there"), [("", False), ("[twofactor]", False), (ALONE, True), (BOTH, True)])
def test_the_pages_are_there_where_the_policy_offers_passkeys(tmp_path: Path, section: str, *, there: bool) -> None:
    """And nowhere else."""
    site = opened(tmp_path, section).guard.site
    assert [route.enabled(site) for route in ROUTES] == [there, there]


def test_from_nothing_to_a_verified_browser(browser: Browser) -> None:
    """Add a passkey, see the recovery codes once, and be verified; next time the passkey is asked for."""
    assert [link.url for link in sheet(browser.get()).onward] == [PASSKEYS_PAGE]
    page = sheet(browser.get("factor_passkeys"))
    form = passkey_form(page)
    assert (answers(page), form.action, form.data["passkey"]) == (["register"], PASSKEYS_PAGE, "register")
    assert form.data["options"] == "/privacy/passkey_options"
    assert page.script == "/privacy/static/passkeys.js"
    device = Authenticator(ORIGIN)
    assert len(sheet(browser.register(device, label="blue key")).codes) == 10
    assert answers(sheet(browser.get())) == ["renew_by_passkey", "start", "remove"]
    browser.cookies.clear()
    page = sheet(browser.get())
    assert (answers(page), page.script) == (["passkey", "recover"], "/privacy/static/passkeys.js")
    assert passkey_form(page).data["passkey"] == "authenticate"
    assert led_to(browser.use(device)) == f"{FACTOR_PAGE}?done=passkey"
    page = sheet(browser.get(done="passkey"))
    assert (page.notice, answers(page)) == (
        "Thank you. The passkey was right.",
        ["renew_by_passkey", "start", "remove"],
    )


def test_a_page_leads_on_to_where_somebody_was_going(browser: Browser) -> None:
    """After a passkey, and after the set-up; never to another site."""
    device = Authenticator(ORIGIN)
    page = sheet(browser.register(device, next="/payout"))
    assert page.onward[0].url == "/payout"
    browser.cookies.clear()
    page = sheet(browser.get(next="/payout"))
    hidden = dict(passkey_form(page).hidden)
    assert hidden.pop("credential") == ""
    assert led_to(browser.use(device, **hidden)) == "/payout"
    assert led_to(browser.use(device, next="https://evil.example/")).startswith(FACTOR_PAGE)


def test_without_a_script_the_page_says_what_to_do(browser: Browser) -> None:
    """The form says it beforehand, the answer to an empty one says it again, and the other ways stay."""
    browser.registered()
    page = sheet(browser.get())
    assert "JavaScript" in passkey_form(page).text
    page = sheet(browser.post("passkey", credential=""), 422)
    assert (page.notice_kind, answers(page)) == ("problem", ["passkey", "recover"])
    assert "Try again" in page.notice
    page = sheet(browser.post("passkey", credential="x" * 10_240), 422)
    assert page.notice_kind == "problem"


def test_a_wrong_answer_is_told_and_verifies_nobody(browser: Browser) -> None:
    """As is one that was taken before."""
    device = browser.registered()
    answer = device.use(browser.options("authenticate"))
    assert led_to(browser.post("passkey", credential=answer))
    browser.cookies.clear()
    page = sheet(browser.post("passkey", credential=answer), 422)
    assert (page.notice_kind, answers(page)) == ("problem", ["passkey", "recover"])
    assert browser.cookies == {}


def test_a_copy_is_told_what_it_is(browser: Browser) -> None:
    """So that its owner uses another way, and removes it."""
    device = browser.registered()
    device.count = 0
    assert "copy" in sheet(browser.use(device), 422).notice


def test_whoever_has_a_second_factor_gives_it_before_adding_a_passkey(browser: Browser) -> None:
    """Whatever kind it is: neither page nor script gives them anything before, and the answer is not taken."""
    browser.enrolled()
    challenge = browser.get("factor_passkeys")
    assert led_to(challenge).startswith(f"{FACTOR_PAGE}?again=1&next=%2Fprivacy%2Ffactor_passkeys")
    assert browser.ask("register").status == 409
    assert led_to(browser.post("register", "factor_passkeys", credential="{}")).startswith(FACTOR_PAGE)
    browser.post("verify", code=browser.code())
    assert led_to(browser.register(Authenticator(ORIGIN))) == f"{PASSKEYS_PAGE}?done=register"
    assert sheet(browser.get("factor_passkeys", done="register")).notice == "The passkey is added."
    browser.clock.tick(LATER)
    assert browser.ask("register").status == 409
    assert led_to(browser.get("factor_passkeys")).startswith(FACTOR_PAGE)


def test_an_app_is_set_up_beside_a_passkey(browser: Browser) -> None:
    """By who gave the passkey lately; then either will do, and each can go by itself."""
    device = browser.registered()
    assert led_to(browser.post("start", "factor_setup")) == FACTOR_PAGE
    browser.use(device)
    assert led_to(browser.post("start", "factor_setup")).startswith("/privacy/factor_setup")
    browser.key = sheet(browser.get("factor_setup")).facts[0].value.replace(" ", "")
    assert led_to(browser.post("activate", "factor_setup", code=browser.code())) == FACTOR_PAGE
    assert answers(sheet(browser.get())) == ["renew_by_passkey", "renew", "remove_app", "remove"]
    browser.cookies.clear()
    browser.clock.tick(codes.STEP)
    assert answers(sheet(browser.get())) == ["passkey", "verify", "recover"]
    assert answers(sheet(browser.post("remove_app"))) == ["passkey", "verify", "recover"]
    browser.use(device)
    browser.post("remove_app")
    browser.use(device)
    assert answers(sheet(browser.get())) == ["renew_by_passkey", "start", "remove"]
    assert browser.guard.twofactor.codes_left(ANA) == 10


def test_new_recovery_codes_are_made_for_a_passkey_that_is_given_once_more(browser: Browser) -> None:
    """By who gave a factor lately; the old ones count no more, and the page shows the new ones this once."""
    device = browser.registered()
    sheet(browser.renew(device))
    assert browser.guard.twofactor.codes_left(ANA) == 10
    assert browser.acts().count("factor.codes_renewed") == 0, "the passkey was not given here before"
    browser.use(device)
    page = sheet(browser.get())
    assert (form_of(page, "renew_by_passkey").title, page.script != "") == ("New recovery codes", True)
    wrong = sheet(browser.post("renew_by_passkey", credential=""), 422)
    assert (wrong.notice_kind, browser.acts().count("factor.codes_renewed")) == ("problem", 0)
    shown = sheet(browser.renew(device))
    assert (len(shown.codes), shown.notice) == (10, "The old recovery codes count no more.")
    browser.clock.tick(LATER)
    assert sheet(browser.renew(device)).codes == (), "given lately is not given now"
    assert browser.acts().count("factor.codes_renewed") == 1
    browser.cookies.clear()
    assert led_to(browser.post("recover", code=shown.codes[0]))


def test_a_passkey_is_renamed_and_removed(browser: Browser) -> None:
    """The chosen one, and what it was used for ends; with the last one the second factor is off."""
    device = Authenticator(ORIGIN)
    browser.register(device, label="phone")
    browser.clock.tick(codes.STEP)
    browser.register(Authenticator(ORIGIN), label="")
    page = sheet(browser.get("factor_passkeys"))
    assert answers(page) == ["rename", "drop", "register"]
    first, second = form_of(page, "rename").fields[0].options
    assert (first.label, second.label) == ("phone", "A passkey without a name")
    assert first.hint == "Added on March 28, 2026. Never used."
    assert sheet(browser.post("rename", "factor_passkeys", label="x"), 422).errors
    assert led_to(browser.post("rename", "factor_passkeys", passkey=first.value, label="<b>red</b>"))
    assert form_of(sheet(browser.get("factor_passkeys")), "rename").fields[0].options[0].label == "<b>red</b>"
    assert led_to(browser.post("drop", "factor_passkeys", passkey=second.value)) == f"{PASSKEYS_PAGE}?done=drop"
    assert led_to(browser.get("factor_passkeys")).startswith(FACTOR_PAGE), "what it was given for is ended"
    browser.use(device)
    assert "Last used on" in form_of(sheet(browser.get("factor_passkeys")), "rename").fields[0].options[0].hint
    assert led_to(browser.post("drop", "factor_passkeys", passkey=first.value)) == f"{FACTOR_PAGE}?done=remove"
    assert sheet(browser.get(done="remove")).notice == "Your second factor is removed."


def test_nobody_touches_the_passkey_of_another(browser: Browser) -> None:
    """However its id was learnt."""
    browser.registered()
    [anas] = browser.guard.passkeys.of(ANA)
    browser.who = EVA
    browser.register(Authenticator(ORIGIN))
    for answer in ("rename", "drop"):
        assert sheet(browser.post(answer, "factor_passkeys", passkey=anas.id, label="mine"), 422).errors
    assert list(browser.guard.passkeys.of(ANA)) == [anas]


def test_nobody_in_particular_gets_nothing(browser: Browser) -> None:
    """A passkey belongs to an account."""
    browser.who = None
    assert sheet(browser.get("factor_passkeys"), 403).forms == ()
    assert sheet(browser.post("register", "factor_passkeys", credential="{}"), 403).forms == ()
    assert [browser.ask(ceremony).status for ceremony in ("register", "authenticate")] == [403, 403]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ceremony": "other"}', b'{"ceremony": 1}', b"\xff" * 10_240])
def test_what_is_no_question_is_answered_so(browser: Browser, body: bytes) -> None:
    """And no challenge is kept."""
    assert browser.ask(None, body).status == 400


def test_there_is_nothing_to_use_before_there_is_a_passkey(browser: Browser) -> None:
    """Nor does the page offer it."""
    assert browser.ask("authenticate").status == 404
    assert led_to(browser.post("passkey", credential="{}")) == FACTOR_PAGE


def test_a_language_that_the_site_lacks_is_not_found(browser: Browser) -> None:
    """As with every page."""
    assert browser.get("factor_passkeys", "fr").status == 404


def test_a_policy_with_passkeys_alone_asks_for_no_app(tmp_path: Path) -> None:
    """Neither before there is a passkey nor after."""
    browser = opened(tmp_path, ALONE)
    page = sheet(browser.get())
    assert (answers(page), [link.url for link in page.onward]) == ([], [PASSKEYS_PAGE])
    assert "passkey" in page.lead[1]
    device = browser.registered()
    browser.use(device)
    assert answers(sheet(browser.get())) == ["renew_by_passkey", "remove"]


def test_a_site_that_no_browser_makes_passkeys_for_offers_codes_alone(tmp_path: Path) -> None:
    """Such as one at an IP address; a recovery code still lets in who has none but passkeys."""
    browser = opened(tmp_path)
    browser.registered()
    there = Browser(browser.guard, browser.clock)
    there.guard = Guard(
        Site(BareHost(tmp_path), {"base_url": "http://127.0.0.1:8000"}, clock=browser.clock), browser.guard.stores
    )
    assert answers(sheet(there.get())) == ["recover"]
    assert answers(sheet(there.post("passkey", credential="{}"))) == ["recover"]
    there.who = EVA
    page = sheet(there.get())
    assert (answers(page), page.onward) == (["start"], ())
    assert there.ask("register").status == 409


def test_a_session_that_was_left_open_adds_no_passkey(tmp_path: Path) -> None:
    """As a first factor: whoever signed in an hour ago does so again before."""
    browser = opened(tmp_path)
    browser.idle = dt.timedelta(hours=1)
    assert browser.ask("register").status == 403
    assert browser.get("factor_passkeys").status == 403
    browser.idle = dt.timedelta()
    assert browser.ask("register").status == 200
