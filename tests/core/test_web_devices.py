"""The browsers in which somebody gave a second factor: remembered or not, listed, ended, and never restored."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from consentguard.assurance import Evidence
from consentguard.cookies import FACTOR
from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.web.assurance import Browser as Shown
from consentguard.web.circumstances import Circumstances
from tests.core.test_web_twofactor import ANA, EVA, STEP, Browser, answers, form_of, led_to, sheet, site
from tests.web_policy import BareHost

DEVICES = "factor_devices"
REMEMBERS = '[twofactor]\nremember_for = "P30D"\n'
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Somebody's browser, on a site that remembers it for thirty days where they ask for it."""
    return _browser(tmp_path, monkeypatch, REMEMBERS)


def _browser(folder: Path, monkeypatch: pytest.MonkeyPatch, section: str) -> Browser:
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    clock = FrozenClock()
    return Browser(Guard(site(folder, section, clock), MemoryStores()), clock)


def enrol(browser: Browser) -> None:
    """Set a factor up, and forget the browser in which that was done."""
    browser.enrolled()
    assert browser.who
    for session in browser.guard.sessions.of(browser.who):
        browser.guard.sessions.end(browser.who, session.id)


def given(browser: Browser, **fields: str) -> None:
    """Give the next code in this browser."""
    browser.clock.tick(STEP)
    browser.post("verify", code=browser.code(), **fields)


def shown(browser: Browser) -> Shown:
    """What the browser shows of a second factor now."""
    return Shown(
        guard=Guard(browser.guard.site, browser.guard.stores),
        cookies=dict(browser.cookies),
        subject=lambda: browser.who,
        circumstances=Circumstances(sign_in=lambda: browser.sign_in, required=lambda: True),
    )


def sign_out(browser: Browser) -> None:
    """As the adapters do when a framework says that somebody signed out."""
    browser.guard.sessions.leave(browser.cookies.get(FACTOR, ""))


def test_a_new_sign_in_does_not_inherit_a_session(browser: Browser) -> None:
    """Neither its proof, which counts for minutes, nor the session behind it."""
    enrol(browser)
    given(browser)
    assert shown(browser).admitted()[0] == "ok"
    browser.sign_in = "second"
    assert shown(browser).proof is None
    assert shown(browser).admitted()[0] == "verify"


def test_a_copied_cookie_jar_restores_nothing(browser: Browser) -> None:
    """Of whoever signed out: their whole jar, the host's session too, is worth no step-up and, in minutes, no page."""
    enrol(browser)
    given(browser)
    jar = dict(browser.cookies)
    assert shown(browser).step_up() == "ok"
    sign_out(browser)
    browser.cookies = jar
    assert shown(browser).step_up() == "verify"
    browser.clock.tick(dt.timedelta(minutes=5))
    assert shown(browser).admitted()[0] == "verify"


def test_a_copied_jar_of_a_remembered_device_is_no_step_up(browser: Browser) -> None:
    """The device is known again, and that is all: nothing grave follows from it."""
    enrol(browser)
    given(browser, remember="yes")
    jar = dict(browser.cookies)
    sign_out(browser)
    browser.cookies = jar
    assert shown(browser).step_up() == "verify"
    browser.sign_in = "second"
    assert shown(browser).step_up() == "verify"
    assert shown(browser).admitted()[0] == "ok"


def test_a_device_is_remembered_for_as_long_as_the_policy_says(browser: Browser) -> None:
    """Through other sign-ins, and no longer."""
    enrol(browser)
    given(browser, remember="yes")
    sign_out(browser)
    browser.sign_in = "second"
    browser.clock.tick(30 * DAY - STEP)
    assert shown(browser).admitted()[0] == "ok"
    browser.clock.tick(STEP)
    assert shown(browser).admitted()[0] == "verify"


def test_a_device_is_remembered_no_longer_than_the_policy_says_now(browser: Browser) -> None:
    """A period that was taken out of the policy, or made shorter, ends those that were given before."""
    enrol(browser)
    given(browser, remember="yes")
    sign_out(browser)
    assert shown(browser).session is not None
    browser.clock.tick(2 * DAY)
    sessions = shown(browser).guard.sessions
    for remember, found in ((3 * DAY, True), (DAY, False), (None, False)):
        sessions.remember = remember
        assert browser.who
        assert (sessions.find(browser.who, browser.cookies[FACTOR], browser.sign_in) is not None) is found


def test_a_remembered_device_is_no_factor_that_was_given(browser: Browser) -> None:
    """It has no moment in another sign-in, however lately the code was given: whoever resets gives one anew."""
    enrol(browser)
    given(browser, remember="yes")
    assert shown(browser).factor_at() == browser.clock.now()
    sign_out(browser)
    assert shown(browser).session is not None
    assert shown(browser).factor_at() is None


def test_a_factor_is_set_up_by_who_signed_in_lately(browser: Browser) -> None:
    """A session that was left open, or stolen, gets no factor of its own; nor does one of unknown age."""
    now = browser.clock.now()
    for since, factor, may in (
        (now, None, True),
        (now - 16 * MINUTE, None, False),
        (None, None, False),
        (None, Evidence(method="otp", source="django-otp"), False),
        (None, Evidence(method="password", at=now, source="oidc"), True),
        (now - 16 * MINUTE, Evidence(method="otp", at=now, source="allauth"), True),
    ):
        known = Circumstances(signed_in_at=partial(_same, since), elsewhere=partial(_same, [factor] if factor else []))
        assert replace(shown(browser), circumstances=known).may_begin() is may


def test_no_factor_is_set_up_past_one_that_another_package_keeps(browser: Browser) -> None:
    """By the password alone, which whoever has the mailbox sets anew; after that factor, of whatever moment, it is."""
    assert browser.who
    now, policy = browser.clock.now(), browser.guard.site
    policy.host = BareHost(policy.host.root(), protected=frozenset({browser.who.key}))
    for given, may in (([], False), ([Evidence(method="otp", source="django-otp")], True)):
        known = Circumstances(signed_in_at=partial(_same, now), elsewhere=partial(_same, given))
        assert replace(shown(browser), circumstances=known).may_begin() is may


def _same(value: Any) -> Any:
    return value


def test_no_device_is_remembered_unless_the_policy_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no box to tick, and a form that says so all the same is not believed."""
    browser = _browser(tmp_path, monkeypatch, "[twofactor]\n")
    enrol(browser)
    assert [field.name for field in form_of(sheet(browser.get()), "verify").fields] == ["code"]
    given(browser, remember="yes")
    browser.sign_in = "second"
    assert shown(browser).admitted()[0] == "verify"


def test_a_code_given_again_keeps_the_device_remembered_under_another_token(browser: Browser) -> None:
    """The token before it is worth nothing any more."""
    enrol(browser)
    given(browser, remember="yes")
    old = dict(browser.cookies)
    given(browser)
    assert browser.cookies[FACTOR] != old[FACTOR]
    assert len(browser.guard.sessions.of(ANA)) == 1
    browser.cookies, browser.sign_in = old, "second"
    assert shown(browser).session is None


def test_the_devices_are_listed_and_one_is_ended(browser: Browser) -> None:
    """By roughly which browser it is; the one that looks is marked. What was ended asks for a code again."""
    enrol(browser)
    given(browser, remember="yes")
    elsewhere = dict(browser.cookies)
    browser.cookies = {}
    given(browser)
    page = sheet(browser.get(DEVICES))
    here, there = form_of(page, "end").fields[0].options
    assert (here.label, there.label) == ("Firefox, Linux (this one)", "Firefox, Linux")
    assert "Remembered until" in there.hint
    assert led_to(browser.post("end", DEVICES, device=there.value)).endswith("?done=end")
    assert sheet(browser.get(DEVICES, done="end")).notice == "It is ended."
    assert len(browser.guard.sessions.of(ANA)) == 1
    browser.cookies = elsewhere
    assert shown(browser).session is None


def test_nobody_ends_a_device_of_somebody_else(browser: Browser) -> None:
    """Though they know its id."""
    enrol(browser)
    given(browser)
    [session] = browser.guard.sessions.of(ANA)
    browser.cookies = {}
    browser.who = EVA
    enrol(browser)
    given(browser)
    browser.post("end", DEVICES, device=session.id)
    assert [each.id for each in browser.guard.sessions.of(ANA)] == [session.id]


def test_all_devices_are_ended_at_once(browser: Browser) -> None:
    """This one too; the evidence says so."""
    enrol(browser)
    given(browser)
    browser.post("end_all", DEVICES)
    assert list(browser.guard.sessions.of(ANA)) == []
    assert [entry.act for entry in browser.guard.stores.entries.unsealed(None, 99)][-1] == "factor.sessions_ended"


@pytest.mark.parametrize("answer", ["end", "end_all"])
def test_devices_are_ended_by_who_gave_a_code_lately(browser: Browser, answer: str) -> None:
    """A browser that was left open shows none, and ends none."""
    enrol(browser)
    given(browser)
    [session] = browser.guard.sessions.of(ANA)
    browser.clock.tick(dt.timedelta(minutes=16))
    assert answers(sheet(browser.get(DEVICES))) == []
    assert answers(sheet(browser.post(answer, DEVICES, device=session.id))) == []
    assert len(browser.guard.sessions.of(ANA)) == 1


def test_a_removed_factor_ends_every_session(browser: Browser) -> None:
    """In other browsers too, remembered or not, at once for whatever is grave."""
    enrol(browser)
    given(browser, remember="yes")
    elsewhere = dict(browser.cookies)
    browser.cookies = {}
    given(browser)
    browser.post("remove")
    browser.cookies = elsewhere
    assert shown(browser).session is None
    assert list(browser.guard.sessions.of(ANA)) == []


def test_a_code_that_was_compared_while_the_factor_went_opens_nothing(browser: Browser) -> None:
    """The epoch is read before the code is compared, so that what comes of it is of the epoch that has ended."""
    enrol(browser)
    visit = shown(browser)
    epoch = browser.guard.sessions.epoch(ANA)
    browser.guard.twofactor.remove(ANA)
    cookies = visit.given(epoch=epoch, factor="0" * 32, method="otp")
    browser.cookies = {cookie.name: cookie.value for cookie in cookies}
    assert shown(browser).session is None
    assert shown(browser).step_up() != "ok"


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 21, "A" * 22, "A" * 23, "A" * 10_000, "é" * 22, "A" * 21 + "\n", "\0" * 22, "'" * 22]
)
def test_what_is_no_token_finds_nothing(browser: Browser, token: str) -> None:
    """Whatever a browser sends."""
    enrol(browser)
    given(browser)
    browser.cookies = {FACTOR: token, "cg_proof": token}
    assert shown(browser).session is None
    assert shown(browser).admitted()[0] == "verify"
    browser.guard.sessions.leave(token)
    assert len(browser.guard.sessions.of(ANA)) == 1
