"""What stands before pages in every framework where the policy requires a second factor: tests for each adapter."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from lxml import html

from consentguard import records
from consentguard.guard import Guard
from consentguard.records import SubjectRef, new_id
from consentguard.twofactor import otp
from tests.core.passkey_kit import Authenticator
from tests.web_doors import FROM_OUR_PAGE, OURS

RULES = """
[twofactor]
methods = ["totp", "webauthn"]
required_for = ["staff"]
remember_for = "P30D"
"""
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
DATA = {"Accept": "application/json"}
FACTOR = "/privacy/second-factor"
WAYS = ("/page", "/payout", "/admin/", FACTOR, f"{FACTOR}/setup", "/privacy/account")
DAYS = dt.timedelta(days=1)
NOT_GRAVE = {
    "requests.enter", "requests.assign", "requests.extend", "requests.refuse", "minors.add", "holds.add",
    "restrictions.lift", "evidence.verify",
}  # fmt: skip
"""What staff do in an admin without a second factor of the last minutes: `GRAVE` says why."""


def an_app(guard: Guard, who: SubjectRef) -> records.Authenticator:
    """An authenticator app that somebody has, whose secret nobody knows."""
    now = guard.clock.now()
    return records.Authenticator(
        id=new_id(now), subject=guard.pseudonyms.of(who), state="active", secret=b"sealed", created_at=now
    )


@dataclass
class Gate:
    """A running site with a view `/page`, one `/payout` behind `step_up("payout", 300)`, an `/admin/`, and `/login`,
    `/logout`.

    `login` is sent who signs in; `subject` says who that is to the policy. `staff` has to have a second factor,
    `customer` has not. `queries` counts what a block asks the database for our tables, `dump` gives all that stands in
    it. `later` moves the clock.
    """

    client: httpx.Client
    guard: Callable[[], Guard]
    subject: Callable[[str], SubjectRef]
    queries: Callable[[], AbstractContextManager[Sequence[str]]]
    later: Callable[[dt.timedelta], None]
    dump: Callable[[], str]

    def sign_in(self, who: str) -> None:
        """Sign somebody in, as the site does."""
        assert self.client.post("/login", data={"who": who}).status_code < 400

    def sign_out(self) -> None:
        """Sign them out, as the site does."""
        assert self.client.post("/logout").status_code < 400

    def enrol(self, who: str) -> tuple[str, ...]:
        """Set a factor up, elsewhere than in this browser; the recovery codes."""
        guard, subject = self.guard(), self.subject(who)
        key = guard.twofactor.enrol(subject).key.replace(" ", "")
        code = pyotp.HOTP(key).generate_otp(otp.step_at(guard.clock.now()))
        return guard.twofactor.activate(subject, code).recovery_codes

    def right_code(self, who: str) -> str:
        """Set an app up, elsewhere than in this browser; a code of it, a step after that."""
        guard, subject = self.guard(), self.subject(who)
        codes = pyotp.HOTP(guard.twofactor.enrol(subject).key.replace(" ", ""))
        guard.twofactor.activate(subject, codes.generate_otp(otp.step_at(guard.clock.now())))
        return codes.generate_otp(otp.step_at(guard.clock.now()) + 1)

    def row(self, who: str) -> records.Authenticator:
        """What is kept of their factor."""
        [found] = self.guard().stores.authenticators.of(self.guard().pseudonyms.of(self.subject(who)))
        return found

    def give(self, code: str, **fields: str) -> httpx.Response:
        """Give a recovery code in this browser."""
        return self.client.post(FACTOR, data={"answer": "recover", "code": code, **fields}, headers=FROM_OUR_PAGE)

    def passkey(self, device: Authenticator, ceremony: str, path: str, answer: str) -> httpx.Response:
        """Give a passkey, or a new one, with a form of ours, as our script does."""
        asked = self.client.post(f"{FACTOR}/passkeys/options", json={"ceremony": ceremony}, headers=FROM_OUR_PAGE)
        given = device.make if ceremony == "register" else device.use
        credential = given(asked.json()["options"])
        return self.client.post(path, data={"answer": answer, "credential": credential}, headers=FROM_OUR_PAGE)

    def begin(self) -> httpx.Response:
        """Begin to set a factor up in this browser."""
        return self.client.post(f"{FACTOR}/setup", data={"answer": "start"}, headers={**FROM_OUR_PAGE, **PAGE})

    def page(self, path: str = "/page") -> httpx.Response:
        """A page, as a browser asks for it."""
        return self.client.get(path, headers=PAGE)

    def data(self, path: str = "/page", method: str = "GET") -> httpx.Response:
        """The same, as a program asks for it."""
        return self.client.request(method, path, headers=DATA)

    def set_up(self) -> tuple[str, str]:
        """Set a factor up in this browser; the key of the app, and the code that did it."""
        self.client.post(f"{FACTOR}/setup", data={"answer": "start"}, headers=FROM_OUR_PAGE)
        shown = html.document_fromstring(self.page(f"{FACTOR}/setup").text)
        key = re.sub(r"\s", "", shown.xpath("//dl//dd")[0].text_content())
        code = pyotp.HOTP(key).generate_otp(otp.step_at(self.guard().clock.now()))
        done = self.client.post(f"{FACTOR}/setup", data={"answer": "activate", "code": code}, headers=FROM_OUR_PAGE)
        assert "Your recovery codes" in done.text
        return key, code

    def way(self, path: str, headers: dict[str, str]) -> list[str]:
        """Where one is led from a path, one after the other, until something answers; at most as far as to sign in."""
        seen = [path]
        while seen[-1].partition("?")[0] not in ("/login", "/admin/login/"):
            answer = self.client.get(seen[-1], headers=headers)
            if not answer.is_redirect:
                assert answer.status_code in (200, 403, 404)
                break
            assert answer.headers["Location"] not in seen
            seen.append(answer.headers["Location"])
        return seen


def place(answer: httpx.Response) -> tuple[str, dict[str, list[str]]]:
    """Where a redirect leads to, and what it says."""
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    parts = urlsplit(answer.headers["Location"])
    assert parts.netloc == ""
    return parts.path, parse_qs(parts.query)


class Gates:
    """The tests. A subclass has the fixture `gate`, whose policy has the RULES."""

    @pytest.fixture
    def gate(self) -> Iterator[Gate]:
        raise NotImplementedError

    def test_who_is_not_signed_in_meets_no_gate(self, gate: Gate) -> None:
        """The site's own rules are for them, and they are led in no circle."""
        assert gate.page().status_code == 200
        assert gate.data().status_code == 200
        assert gate.page(FACTOR).status_code == 403

    def test_who_need_not_have_a_factor_meets_no_gate(self, gate: Gate) -> None:
        """Neither on pages nor as a program."""
        gate.sign_in("customer")
        assert (gate.page().status_code, gate.data().status_code) == (200, 200)

    def test_who_has_no_factor_is_led_to_set_one_up(self, gate: Gate) -> None:
        """By one redirect, to a page that answers them, and back from there."""
        gate.sign_in("staff")
        path, said = place(gate.page("/page?a=1"))
        assert (path, said) == (FACTOR, {"next": ["/page?a=1"]})
        shown = gate.page(f"{FACTOR}?next=/page")
        assert shown.status_code == 200
        assert 'value="start"' in shown.text
        assert gate.page("/privacy/en/policy").status_code == 200
        gate.sign_out()
        assert gate.page().status_code == 200

    def test_who_gave_no_factor_is_led_to_give_it(self, gate: Gate) -> None:
        """Then the page answers; the account of our own too, which waited behind the gate like the rest."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        assert place(gate.page()) == (FACTOR, {"again": ["1"], "next": ["/page"]})
        assert gate.page(FACTOR).status_code == 200
        answer = gate.give(codes[0], next="/page")
        assert answer.headers["Location"] == "/page"
        assert gate.page().status_code == 200

    def test_a_program_is_told_what_is_missing(self, gate: Gate) -> None:
        """403 with a type, and no redirect that it would follow into a page; for a form of a script as well."""
        gate.sign_in("staff")
        for method in ("GET", "POST"):
            refused = gate.data(method=method)
            assert refused.status_code == 403
            said = refused.json()
            assert (said["error"], said["action"]) == ("second_factor_required", "enrol")
            assert said["url"].startswith(FACTOR)
        gate.enrol("staff")
        assert gate.data().json()["action"] == "verify"

    @pytest.mark.parametrize("who", ["", "customer", "staff", "enrolled", "disabled", "verified"])
    def test_nobody_is_led_in_a_circle(self, gate: Gate, who: str) -> None:
        """By two redirects at most to a page that answers, with or without a factor, lately signed in or not. A program
        is led nowhere but by our own pages, and by an admin to sign in.
        """
        codes = gate.enrol("staff") if who in ("enrolled", "disabled", "verified") else ()
        if who:
            gate.sign_in("customer" if who == "customer" else "staff")
        if who == "verified":
            gate.give(codes[0])
        for _ in range(100 if who == "disabled" else 0):
            gate.guard().twofactor.verify(gate.subject("staff"), "000000")
            gate.later(dt.timedelta(minutes=15))
        for path in (*WAYS, *WAYS):
            assert len(gate.way(path, PAGE)) <= 3
            assert len(gate.way(path, DATA)) <= 1 + (path not in ("/page", "/payout"))
            gate.later(dt.timedelta(minutes=3))

    def test_the_code_that_set_it_up_does_not_sign_in(self, gate: Gate) -> None:
        """It was used, and the next one will do."""
        gate.sign_in("staff")
        key, code = gate.set_up()
        gate.sign_out()
        gate.sign_in("staff")
        again = gate.client.post(FACTOR, data={"answer": "verify", "code": code}, headers=FROM_OUR_PAGE)
        assert (again.status_code, "was used already" in again.text) == (422, True)
        assert gate.page().status_code == 303
        code = self._next(gate, key)
        assert gate.client.post(FACTOR, data={"answer": "verify", "code": code}, headers=FROM_OUR_PAGE).is_redirect
        assert gate.page().status_code == 200

    def test_a_dump_of_the_database_opens_nothing(self, gate: Gate) -> None:
        """Neither the app's key nor a recovery code nor a token of a browser stands there, however it is written."""
        gate.sign_in("staff")
        key, _ = gate.set_up()
        codes = gate.guard().twofactor.renew_codes(gate.subject("staff"), self._next(gate, key)).recovery_codes
        secret, cookies = base64.b32decode(key), [each.value or "" for each in gate.client.cookies.jar]
        bare = [code.replace("-", "") for code in codes]
        tokens = [each for each in cookies if re.fullmatch(r"[A-Za-z0-9_-]{22}", each)]
        assert (len(bare), len(tokens)) == (10, 1)
        dump = gate.dump().lower()
        assert "consentguard_authenticator" in dump
        raw = [base64.urlsafe_b64decode(f"{each}==") for each in tokens]
        raw += [base64.b32decode(f"{each}======") for each in bare]
        written = [each.hex() for each in (secret, *raw)] + [base64.b64encode(each).decode() for each in (secret, *raw)]
        known = [key, *bare, *codes, *tokens, *written, *(hashlib.sha256(each.encode()).hexdigest() for each in bare)]
        assert [each for each in known if each.lower() in dump or each.lower().encode().hex() in dump] == []

    @staticmethod
    def _next(gate: Gate, key: str) -> str:
        """The app's next code, a step later."""
        gate.later(dt.timedelta(seconds=otp.PERIOD))
        return pyotp.HOTP(key).generate_otp(otp.step_at(gate.guard().clock.now()))

    def test_a_verified_person_costs_no_query(self, gate: Gate) -> None:
        """For minutes the signed proof speaks for them; then the row is read once, and speaks for minutes again."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        with gate.queries() as asked:
            assert gate.page().status_code == 200
        assert list(asked) == []
        gate.later(dt.timedelta(minutes=5))
        with gate.queries() as asked:
            assert gate.page().status_code == 200
        assert len(asked) == 1
        with gate.queries() as asked:
            assert gate.page().status_code == 200
        assert list(asked) == []

    def test_an_ended_session_is_seen_within_minutes(self, gate: Gate) -> None:
        """By pages when the proof runs out; by whatever is grave at once."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        assert gate.page("/payout").status_code == 200
        gate.guard().sessions.end_all(gate.subject("staff"))
        assert gate.page("/payout").status_code == 303
        gate.later(dt.timedelta(minutes=5))
        assert gate.page().status_code == 303

    def test_something_grave_asks_for_a_fresh_factor(self, gate: Gate) -> None:
        """Though one was given an hour ago, and by a program with a type of its own; then it answers."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        assert gate.page("/payout").status_code == 200
        gate.later(dt.timedelta(minutes=5, seconds=1))
        assert gate.page().status_code == 200
        assert place(gate.page("/payout")) == (FACTOR, {"again": ["1"], "next": ["/payout"]})
        refused = gate.data("/payout")
        assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_user_authentication")
        assert (refused.json()["scope"], refused.json()["action"]) == ("payout", "verify")
        assert gate.give(codes[1], next="/payout").headers["Location"] == "/payout"
        assert gate.page("/payout").status_code == 200

    def test_who_has_a_factor_gives_it_before_something_grave_whether_required_or_not(self, gate: Gate) -> None:
        """A password of the last minutes will do for who has none."""
        gate.sign_in("customer")
        assert gate.page("/payout").status_code == 200
        codes = gate.enrol("customer")
        assert gate.page().status_code == 200
        assert gate.page("/payout").status_code == 303
        gate.give(codes[0])
        assert gate.page("/payout").status_code == 200

    def test_a_sign_in_of_long_ago_is_asked_for_again(self, gate: Gate) -> None:
        """Of who has no second factor: to the site's own page, and back."""
        gate.sign_in("customer")
        gate.later(dt.timedelta(minutes=7))
        path, said = place(gate.page("/payout"))
        assert (path, said) == ("/login", {"next": ["/payout"]})
        assert gate.data("/payout").json()["action"] == "sign_in"

    def test_a_passkey_alone_opens_the_gate_and_renews_the_codes(self, gate: Gate) -> None:
        """Ten with the first passkey, ten others for the passkey given once more: no app is needed for any of it."""
        device = Authenticator(OURS)
        gate.sign_in("staff")
        first = gate.passkey(device, "register", f"{FACTOR}/passkeys", "register")
        assert gate.page().status_code == gate.page("/payout").status_code == 200
        assert 'value="renew_by_passkey"' in gate.page(FACTOR).text
        second = gate.passkey(device, "authenticate", FACTOR, "renew_by_passkey")
        codes = [re.findall(r"<code>(.+?)</code>", answer.text) for answer in (first, second)]
        assert [len(each) for each in codes] == [10, 10]
        gate.sign_out()
        gate.sign_in("staff")
        assert gate.give(codes[0][0]).status_code == 422
        assert gate.give(codes[1][0]).status_code == 303

    def test_a_factor_is_set_up_by_who_has_just_signed_in(self, gate: Gate) -> None:
        """A session that was left open is sent to sign in instead."""
        gate.sign_in("customer")
        assert place(gate.begin())[0] == f"{FACTOR}/setup"
        gate.later(dt.timedelta(minutes=16))
        assert place(gate.begin())[0] == "/login"

    def test_signing_out_ends_the_session(self, gate: Gate) -> None:
        """The next who signs in at the same machine gives a factor of their own; it is the same person here."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        gate.sign_out()
        gate.sign_in("staff")
        assert gate.page().status_code == 303
        assert list(gate.guard().sessions.of(gate.subject("staff"))) == []

    def test_a_copied_cookie_jar_restores_no_step_up(self, gate: Gate) -> None:
        """Every cookie of before the sign-out, put back: nothing grave follows from it, nor soon any page."""
        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        assert gate.page("/payout").status_code == 200
        jar = [(cookie.name, cookie.value or "") for cookie in gate.client.cookies.jar]
        gate.sign_out()
        gate.client.cookies.clear()
        for name, value in jar:
            gate.client.cookies.set(name, value)
        assert gate.data("/payout").status_code == 403
        gate.later(dt.timedelta(minutes=5))
        assert "Paid" not in gate.page("/payout").text

    def test_the_factor_of_one_person_is_none_of_another(self, gate: Gate) -> None:
        """Who signs in at the same machine without signing the other out gains nothing."""
        codes = gate.enrol("customer")
        gate.enrol("staff")
        gate.sign_in("customer")
        gate.give(codes[0])
        gate.sign_in("staff")
        assert gate.page().status_code == 303
        assert gate.page("/payout").status_code == 303

    @pytest.mark.parametrize("name", ["cg_proof", "cg_factor"])
    @pytest.mark.parametrize("value", ["x", "0.0.0", "1.1.a.b.otp.0.1.AAAAAAAAAAAAAAAAAAAAAA", "A" * 5000])
    def test_a_made_up_cookie_opens_nothing(self, gate: Gate, name: str, value: str) -> None:
        """The gate asks as if there were none."""
        gate.enrol("staff")
        gate.sign_in("staff")
        gate.client.cookies.set(name, value)
        assert gate.page().status_code == 303
        assert gate.page("/payout").status_code == 303
