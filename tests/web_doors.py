"""What every site does over HTTP, whatever its framework: tests that each adapter runs on a site of its own."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from io import BytesIO
from urllib.parse import quote
from zipfile import ZipFile

import httpx
import pyotp
import pytest
from lxml import html

from consentguard.guard import Guard
from consentguard.records import Message, SubjectRef
from consentguard.twofactor import otp
from consentguard.web.messages import FORM_LIMIT

OURS = "https://clinic.example.com"
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": OURS}
SECTIONS = """
[purposes.analytics]
title = { en = "Statistics", es = "Estadísticas" }
basis = "consent"
[cookies.analytics]
purpose = "analytics"
names = ["_ga"]
lifetime = "P1Y"
[rights.access]
channels = ["page"]
[age]
threshold = 18
mode = "screen"
guardian_contact = true
[age.guardian]
[twofactor]
"""
"""What a policy needs so that every page is there."""
META = {"secret": "an app's secret", "identify": lambda _: ()}
"""A platform that calls."""
ASK = {"right": "access", "email": "ada@example.org"}
PAGES = (
    "preferences",
    "receipt",
    "withdraw",
    "requests",
    "requests/new/access",
    "age",
    "report-minor",
    "guardian",
    "second-factor",
)


@dataclass(frozen=True)
class Door:
    """A running site. `broken` takes something away from it for a while: the mail, the keyring or the tables.

    `person` makes an account with an e-mail address, and says who that is to the policy.
    """

    client: httpx.Client
    guard: Callable[[], Guard]
    mails: Callable[[], list[Message]]
    broken: Callable[[str], AbstractContextManager[None]]
    person: Callable[[str], SubjectRef]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A visit."""
        return self.client.get(f"/privacy/{path}", headers=headers)

    def post(
        self, path: str, form: object = None, headers: dict[str, str] | None = None, **rest: object
    ) -> httpx.Response:
        """A form sent from one of the site's pages, unless `headers` say otherwise."""
        sent = FROM_OUR_PAGE if headers is None else headers
        return self.client.post(f"/privacy/{path}", data=form, headers=sent, **rest)  # type: ignore[arg-type]

    def decide(self, body: object) -> httpx.Response:
        """A decision, as our script sends it."""
        return self.client.post("/privacy/api/choice", json=body, headers=FROM_OUR_PAGE)

    def shown(self) -> str:
        """The version that visitors are asked by."""
        version: str = self.client.get("/privacy/api/choice").json()["policy"]
        return version

    def acts(self) -> int:
        """How many acts the evidence has: what was refused has left none."""
        return self.guard().stores.entries.waiting()


class Doors:
    """The tests. A subclass has the fixture `door`: a Door at OURS, whose policy has the SECTIONS."""

    @pytest.fixture
    def door(self) -> Iterator[Door]:
        raise NotImplementedError

    def test_every_page_is_served(self, door: Door) -> None:
        """Each page that asks for something: about one visitor, so kept nowhere, and not for search engines."""
        for path in PAGES:
            answer = door.get(f"en/{path}")
            assert answer.status_code == (403 if path == "second-factor" else 200)
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "ETag" not in answer.headers
            page = html.document_fromstring(answer.content)
            assert len(page.findall(".//h1")) == 1
            assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]

    def test_a_choice_is_made_without_any_token_or_script(self, door: Door) -> None:
        """The form as a browser sends it, past the framework's own token check; a reload does not repeat it."""
        page = html.document_fromstring(door.get("en/preferences").content)
        (form,) = page.forms
        answer = door.post("en/preferences", {**dict(form.form_values()), "answer": "accept"})
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/privacy/en/preferences")
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = next(cookie for cookie in answer.headers.get_list("Set-Cookie") if "cg_choice=" in cookie)
        assert cookie.strip().startswith("cg_choice=")  # Django 5.2 hands the server a space before it
        assert {"Secure", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Your choice is saved." in door.get("en/preferences?saved=1").text
        assert door.acts() == 1

    def test_no_cookie_before_a_choice(self, door: Door) -> None:
        """Looking sets none: neither ours, nor a token of the framework, nor a session."""
        for path in ("en/policy", *(f"en/{page}" for page in PAGES)):
            assert door.get(path).headers.get_list("Set-Cookie") == []

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.com"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "null"},
            {"Origin": "http://clinic.example.com"},
            {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
            {"Origin": "https://localhost", "Host": "localhost"},
            {"Referer": f"{OURS}/privacy/en/preferences"},
        ],
        ids=lambda headers: ", ".join(map(": ".join, headers.items())) or "nothing",
    )
    @pytest.mark.parametrize("path", ["en/preferences", "en/withdraw", "en/requests", "en/age", "api/choice"])
    def test_a_form_of_another_site_is_refused_and_changes_nothing(
        self, door: Door, path: str, headers: dict[str, str]
    ) -> None:
        """403, whatever the request says of the host; no cookie, no mail, no evidence."""
        answer = door.post(path, {"answer": "refuse", **ASK, "month": "1", "year": "1980"}, headers)
        assert answer.status_code == 403
        assert answer.headers.get_list("Set-Cookie") == []
        assert (door.acts(), door.mails()) == (0, [])

    def test_an_old_browser_behind_a_proxy_that_speaks_plain_http(self, door: Door) -> None:
        """The configured base URL counts, not what the proxy made of the request; over http no cookie is Secure."""
        sent = {"Origin": OURS, "Host": "clinic.example.com"}
        answer = door.client.post(
            "http://clinic.example.com/privacy/preferences", data={"answer": "refuse"}, headers=sent
        )
        assert answer.status_code == 303
        assert "Secure" not in answer.headers["Set-Cookie"]

    def test_head_options_and_the_rest(self, door: Door) -> None:
        """HEAD has the headers of GET, OPTIONS tells what is allowed, and nothing else is."""
        told = door.client.options("/privacy/en/requests")
        assert (told.status_code, told.headers["Allow"]) == (204, "GET, HEAD, POST, OPTIONS")
        seen = door.client.head("/privacy/en/requests")
        assert (seen.status_code, seen.headers["Cache-Control"]) == (200, "no-store")
        for method in ("PUT", "PATCH", "DELETE"):
            refused = door.client.request(method, "/privacy/en/policy", headers=FROM_OUR_PAGE)
            assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")

    def test_what_is_too_large_is_refused(self, door: Door) -> None:
        """413, with a length or without, and before anything is read into a form."""
        large = b"email=" + b"x" * FORM_LIMIT
        kind = {**FROM_OUR_PAGE, "Content-Type": "application/x-www-form-urlencoded"}
        assert door.client.post("/privacy/en/requests", content=large, headers=kind).status_code == 413
        unmeasured = door.client.post("/privacy/en/requests", content=iter([large]), headers=kind)
        assert 400 <= unmeasured.status_code < 500
        assert door.acts() == 0

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("application/x-www-form-urlencoded", b"email=%E9"),
            ("application/x-www-form-urlencoded", b"email=\xff\xfe"),
            ("application/x-www-form-urlencoded", b"right=access&email=a%00@example.org"),
            ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 1001)),
            ("multipart/form-data; boundary=x", b"--y\r\nContent-Disposition: nonsense"),
            ("multipart/form-data", b"\x00"),
            ("application/json", b"{"),
            ("text/plain", b"right=access"),
            ("nonsense", b"right=access"),
        ],
    )
    def test_what_is_no_form_is_refused(self, door: Door, kind: str, body: bytes) -> None:
        """A 4xx, never a 5xx, and nothing is written."""
        answer = door.client.post("/privacy/en/requests", content=body, headers={**FROM_OUR_PAGE, "Content-Type": kind})
        assert answer.status_code in (400, 415)
        assert (door.acts(), door.mails()) == (0, [])

    @pytest.mark.parametrize("path", ["requests/%00", "requests/confirm/a%00b", "policy?next=%00"])
    def test_an_address_of_nonsense_is_not_found(self, door: Door, path: str) -> None:
        """Neither a null character nor bytes that are no text reach a database."""
        assert 400 <= door.get(path).status_code < 500 or "?" in path

    @pytest.mark.parametrize(
        "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"]
    )
    def test_no_form_leads_to_another_site(self, door: Door, onward: str) -> None:
        """What stands in `next` is followed only where it is a path of this site."""
        form = {"month": "1", "year": "1980", "next": onward}
        answer = door.client.post(
            "/privacy/en/age", params={"next": onward}, data=form, headers=FROM_OUR_PAGE, follow_redirects=False
        )
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/privacy/en/age")
        assert "evil" not in answer.headers["Location"]

    def test_too_many_requests_wait(self, door: Door) -> None:
        """After ten in an hour a client is asked to wait; one mailbox got three mails, and no answer tells which."""
        answers = [door.post("en/requests", ASK).status_code for _ in range(11)]
        assert answers == [303] * 10 + [429]
        refused = door.post("en/requests", ASK)
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert len(door.mails()) == 3

    def test_a_right_is_asked_for_confirmed_and_granted(self, door: Door) -> None:
        """Form, mail, a link that only shows, a button that confirms, the state, and the copy as a file."""
        assert door.post("es/requests", ASK).headers["Location"] == "/privacy/es/requests?sent=1"
        (mail,) = door.mails()
        (link,) = re.findall(r"https://\S+", mail.text)
        assert link.startswith(f"{OURS}/privacy/es/requests/confirm/")
        before = door.acts()
        for _ in range(2):
            assert door.client.get(link).status_code == 200
        assert door.acts() == before
        confirmed = door.client.post(link, headers=FROM_OUR_PAGE)
        assert confirmed.status_code == 303
        ready = confirmed.headers["Location"]
        assert html.document_fromstring(door.client.get(ready).content).get("lang") == "es"
        before = door.acts()
        copy = door.client.post(ready, headers=FROM_OUR_PAGE)
        assert copy.headers["Content-Type"] == "application/zip"
        assert copy.headers["Content-Disposition"].startswith("attachment")
        assert copy.headers["Cache-Control"] == "no-store"
        assert "manifest.json" in ZipFile(BytesIO(copy.content)).namelist()
        assert door.acts() == before + 2, "the download has begun, and its last byte was taken"
        assert door.client.post(ready, headers=FROM_OUR_PAGE).status_code == 410
        assert door.client.post(link, headers=FROM_OUR_PAGE).status_code == 404

    def test_a_mailed_link_takes_the_second_factor_of_who_has_one(self, door: Door) -> None:
        """Of nobody else's hands: not signed in, then without the factor, then with it; the link works as before."""
        who, site = door.person(ASK["email"]), door.guard().site
        key = door.guard().twofactor.enrol(who).key.replace(" ", "")
        code = pyotp.HOTP(key).generate_otp(otp.step_at(door.guard().clock.now()))
        codes = door.guard().twofactor.activate(who, code).recovery_codes
        door.post("en/requests", ASK)
        (link,) = re.findall(r"https://\S+/confirm/\S+", door.mails()[-1].text)
        here = link.removeprefix(OURS)

        def refused(url: str) -> str:
            shown, sent = door.client.get(url), door.client.post(url, headers=FROM_OUR_PAGE)
            assert (shown.status_code, sent.status_code, sent.headers["Cache-Control"]) == (403, 403, "no-store")
            return sent.text

        site.settings = replace(site.settings, reauthenticate="/again")
        assert f"/again?next={here}" in refused(link)
        now = dt.datetime.now(dt.UTC)
        site.settings = replace(site.settings, subject=lambda _: who.key, signed_in_at=lambda _: now)
        assert f"/privacy/second-factor?again=1&amp;next={quote(here, safe='')}" in refused(link)
        given = door.post("second-factor", {"answer": "recover", "code": codes[0], "next": here})
        assert given.headers["Location"] == here
        ready = door.client.post(link, headers=FROM_OUR_PAGE).headers["Location"]
        kept = list(door.client.cookies.jar)
        door.client.cookies.clear()
        refused(ready)
        for cookie in kept:
            door.client.cookies.jar.set_cookie(cookie)
        copy = door.client.post(ready, headers=FROM_OUR_PAGE)
        assert copy.headers["Content-Type"] == "application/zip"
        assert "manifest.json" in ZipFile(BytesIO(copy.content)).namelist()

    def test_an_account_is_open_to_whoever_is_signed_in(self, door: Door) -> None:
        """Nobody else; it gives a copy at once to who signed in lately, and to nobody who did so long ago."""
        assert door.get("en/account").status_code in (303, 404)
        site, now = door.guard().site, dt.datetime.now(dt.UTC)
        site.settings = replace(site.settings, subject=lambda _: "1", signed_in_at=lambda _: now)
        shown = door.get("en/account")
        assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
        assert "/privacy/en/account/rights/access" in shown.text
        copy = door.post("en/account/rights/access")
        assert copy.headers["Content-Type"] == "application/zip"
        assert "manifest.json" in ZipFile(BytesIO(copy.content)).namelist()
        acts, long_ago = door.acts(), now - dt.timedelta(minutes=16)
        site.settings = replace(site.settings, signed_in_at=lambda _: long_ago, reauthenticate="/again?x=1")
        refused = door.post("en/account/rights/access")
        assert (refused.status_code, door.acts(), door.mails()) == (403, acts, [])
        assert "/again?x=1&amp;next=/privacy/en/account/rights/access" in refused.text
        forged = door.post("en/account/rights/access", headers={"Sec-Fetch-Site": "cross-site"})
        assert (forged.status_code, door.acts()) == (403, acts)

    def test_a_link_in_a_mail_begins_with_the_configured_base_url(self, door: Door) -> None:
        """Whoever asks under another host's name gets no link to it."""
        sent = {**FROM_OUR_PAGE, "Host": "localhost", "X-Forwarded-Host": "evil.example"}
        assert door.post("requests", ASK, sent).status_code == 303
        (mail,) = door.mails()
        assert f"{OURS}/privacy/" in mail.text
        assert "localhost" not in mail.text
        assert "evil" not in mail.text

    def test_while_the_mail_is_down_a_request_stays_open(self, door: Door) -> None:
        """The visitor sees no difference; the mail is owed, and goes out when the server is back."""
        with door.broken("mail"):
            assert door.post("en/requests", ASK).status_code == 303
        assert door.mails() == []
        [owing] = door.guard().stores.requests.owing(10)
        assert (owing.state, owing.owes) == ("received", "confirmation")
        later = door.guard()
        later.clock = _Later()
        assert later.rights.send_owed() == (1, 0)
        assert len(door.mails()) == 1

    @pytest.mark.parametrize("what", ["keyring", "tables"])
    def test_without_what_it_needs_a_form_is_closed(
        self, door: Door, what: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """503 without details; the log says what to do, and the policy is served as ever."""
        with door.broken(what):
            refused = door.post("en/requests", ASK)
            assert refused.status_code == 503
            assert "no such table" not in refused.text
            assert "consentguard_" not in refused.text
            assert (
                door.client.post("/privacy/api/choice", json={"accepted": []}, headers=FROM_OUR_PAGE).status_code == 503
            )
            assert door.get("en/policy").status_code == 200
        assert "hint" in caplog.text
        assert door.mails() == []

    def test_a_decision_that_is_sent_again_is_one_record(self, door: Door) -> None:
        """The same nonce and content: one record, and the same answer. Another content under it: 409, and no record."""
        decision = {"accepted": ["analytics"], "policy": door.shown(), "nonce": "0123456789abcdef" * 2}
        first, again = door.decide(decision), door.decide(decision)
        assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
        assert door.decide({**decision, "accepted": []}).status_code == 409
        assert door.acts() == 1

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"accepted": ["nothing"]}, 422),
            ({"accepted": ["analytics/nothing"]}, 422),
            ({"accepted": ["analytics"]}, 409),
            ({"accepted": ["analytics"], "policy": "0" * 16}, 409),
            ({"accepted": ["analytics"], "method": "reject"}, 422),
            ({"accepted": [], "method": "gpc"}, 400),
            ({"accepted": [], "method": "scroll"}, 400),
            ({"accepted": [], "nonce": "../../etc/passwd"}, 400),
            ({"accepted": [], "record": "0" * 32}, 400),
            ({"accepted": ["analytics\0"]}, 400),
            ([], 400),
        ],
    )
    def test_what_is_no_decision_is_refused_with_a_reason(self, door: Door, body: object, status: int) -> None:
        """Unknown purposes and services, versions that do not hold, forged ids and methods: nothing is written."""
        answer = door.decide(body)
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True)
        assert (door.acts(), answer.headers.get_list("Set-Cookie")) == (0, [])

    @pytest.mark.parametrize(
        "cookies",
        [
            "cg_choice=junk",
            "cg_choice=0.0.0000000000000000.AAAAAAAAAAAAAAAAAAAAAA.analytics.1.AAAAAAAAAAAAAAAAAAAAAA",
            f"cg_choice={'x' * 7000}",
            "cg_refused=junk",
            f"cg_refused={'0' * 16}.zzzzzzz",
            "cg_refused=; cg_choice=",
            'cg_choice="\\377"; cg_refused="\\000"',
        ],
    )
    def test_cookies_that_are_made_up_accept_nothing(self, door: Door, cookies: str) -> None:
        """Neither a page nor a program is answered with an error, and nobody is taken to have agreed."""
        sent = {**FROM_OUR_PAGE, "Cookie": cookies}
        choice = door.client.get("/privacy/api/choice", headers=sent)
        assert choice.status_code == 200
        assert not choice.json()["choice"] or choice.json()["choice"]["accepted"] == []
        for page in ("preferences", "receipt", "withdraw"):
            assert door.client.get(f"/privacy/en/{page}", headers=sent).status_code == 200
        assert door.client.post("/privacy/api/choice", json={"accepted": []}, headers=sent).status_code == 200

    def test_more_decisions_from_one_address_than_an_hour_allows(self, door: Door) -> None:
        """As many as an hour allows are taken, all others are told to wait, and one decision stays one record."""
        decision = {"accepted": [], "nonce": "0123456789abcdef" * 2}
        statuses = [door.decide(decision).status_code for _ in range(700)]
        assert statuses == [200] * 600 + [429] * 100
        assert door.acts() == 1

    def test_a_receipt_is_read_downloaded_and_taken_back(self, door: Door) -> None:
        """The browser's own: the number on the page, a file in JSON-LD, and one form that refuses everything."""
        made = door.decide({"accepted": ["analytics"], "policy": door.shown()})
        record = made.json()["choice"]["record"]
        page = html.document_fromstring(door.get("en/receipt").content)
        assert record in page.text_content()
        file = door.get("receipt.jsonld")
        assert file.headers["Content-Type"] == "application/ld+json"
        assert file.headers["Content-Disposition"].startswith("attachment")
        assert file.headers["Cache-Control"] == "no-store"
        assert file.json()["record"]["withdrawal_method"]["exercised_at"] == f"{OURS}/privacy/withdraw"
        [form] = page.xpath("//form[contains(@action, 'withdraw')]")
        back = door.client.post(form.action, data=dict(form.form_values()), headers=FROM_OUR_PAGE)
        assert (back.status_code, back.headers["Location"]) == (303, "/privacy/en/withdraw?done=1")
        assert door.client.get("/privacy/api/choice").json()["choice"]["accepted"] == []
        assert door.acts() == 2

    @pytest.mark.parametrize("number", ["", "x", "0123456789abcdef" * 2, "0" * 9000, "<b>", "a\u0301" * 16])
    def test_a_number_of_no_receipt_is_refused(self, door: Door, number: str) -> None:
        """422, and the page does not repeat it."""
        answer = door.post("en/withdraw", {"receipt": number})
        assert answer.status_code == 422
        assert len(number) < 3 or number not in answer.text
        assert door.acts() == 0

    def test_programs_get_json(self, door: Door) -> None:
        """Also where they are refused: by where they come from, their method, their body, their missing token."""
        document = door.get("api/openapi.json")
        assert document.json()["openapi"].startswith("3.1")
        refusals = {
            403: door.client.post("/privacy/api/choice", json={"accepted": []}),
            405: door.client.request("DELETE", "/privacy/api/choice", headers=FROM_OUR_PAGE),
            413: door.client.post("/privacy/api/choice", content=b"1" * (FORM_LIMIT + 1), headers=FROM_OUR_PAGE),
            401: door.client.post("/privacy/api/requests", json=ASK),
        }
        for status, answer in refusals.items():
            assert answer.status_code == status
            assert answer.json()["error"]


class _Later:
    """A clock that is an hour ahead: mails of the last minutes are left to whoever is sending them."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
