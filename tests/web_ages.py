"""Views for those who are old enough, and sign-up forms that ask, whatever the framework: each adapter runs these."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from lxml import html

from consentguard.cookies import AGE, on_host
from consentguard.guard import Guard

HERE = "https://clinic.example.com"
SCREEN = '[age]\nthreshold = 18\nmode = "screen"\n'
ATTEST = SCREEN.replace('"screen"', '"attest"')
NOBODY = SCREEN.replace('"screen"', '"not_directed"')
VIEWS = ("function", "coroutine", "class")
ADULT = {"birth_month": "7", "birth_year": "1931"}
CHILD = {"birth_month": "7", "birth_year": "2019"}
KNOWN = ("name", "email", "next")
COOKIE = on_host(AGE, secure=True)


@dataclass(frozen=True)
class Site:
    """A running site. `/function`, `/coroutine` and `/class` answer `Welcome` to who is old enough; `/told` says what
    its template is told. `/sign-up` asks for a name, an address and for what the policy wants to know; it answers with
    the key of the account, which `/sign-in?key=` signs in, and leads whoever is too young to our page. `dump` gives all
    that its database holds.
    """

    app: Callable[..., Any]
    guard: Callable[[], Guard]
    dump: Callable[[], str]
    subject: str

    def visitor(self, address: str = "192.0.2.1", **cookies: str) -> httpx.Client:
        """A browser with its own cookies."""
        sent = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Accept-Language": "en"}
        transport = httpx.WSGITransport(self.app, remote_addr=address, raise_app_exceptions=False)
        return httpx.Client(transport=transport, base_url=HERE, headers=sent, cookies=cookies)

    def screened(self, month: str, year: str, address: str = "192.0.2.1") -> httpx.Client:
        """A browser whose visitor has answered on our page."""
        client = self.visitor(address)
        assert client.post("/privacy/en/age", data={"month": month, "year": year}).status_code == 303
        return client

    def claims(self) -> list[str]:
        """The outcomes that are in the evidence, the oldest first."""
        waiting = self.guard().stores.entries.unsealed(None, 1000)
        return [entry.details for entry in waiting if entry.act == "age.screened"]


Build = Callable[[str], Site]


def asked(answer: httpx.Response) -> list[str]:
    """The names of the fields of age in a form."""
    page = html.document_fromstring(answer.text)
    return [field.get("name") for field in page.xpath("//form//*[@name]") if field.get("name") not in KNOWN]


class Ages:
    """The tests. A subclass has the fixture `build`, which makes a site of a section `[age]`."""

    @pytest.mark.parametrize("view", VIEWS)
    def test_a_view_asks_who_has_not_said_their_age(self, build: Build, view: str) -> None:
        """They are led to the question and from there back to where they were; then they see the view."""
        site = build(SCREEN)
        visitor = site.visitor()
        sent = visitor.get(f"/{view}?page=2&next=https://evil.example")
        assert sent.status_code == 303
        way = f"%2F{view}%3Fpage%3D2%26next%3Dhttps%3A%2F%2Fevil.example"
        assert sent.headers["Location"] == f"/privacy/en/age?next={way}"
        assert "no-store" in sent.headers["Cache-Control"]
        question = html.document_fromstring(visitor.get(sent.headers["Location"]).text)
        (onward,) = question.xpath("//input[@name='next']/@value")
        answered = visitor.post("/privacy/en/age", data={"month": "3", "year": "1980", "next": onward})
        (back,) = html.document_fromstring(visitor.get(answered.headers["Location"]).text).xpath(
            f"//a[starts-with(@href, '/{view}')]/@href"
        )
        seen = visitor.get(back)
        assert (seen.status_code, seen.text) == (200, "Welcome")
        assert "private" in seen.headers["Cache-Control"]
        assert "Cookie" in seen.headers["Vary"]

    @pytest.mark.parametrize("view", VIEWS)
    def test_a_view_is_not_for_who_is_too_young(self, build: Build, view: str) -> None:
        """A page with 403 that says so kindly, with a way on, and that no cache keeps."""
        refused = build(SCREEN).screened("3", "2019").get(f"/{view}")
        assert refused.status_code == 403
        assert "Not yet" in refused.text
        assert "mailto:privacy@clinic.example.com" in refused.text
        assert "no-store" in refused.headers["Cache-Control"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"Accept": "application/json"},
            {"Accept": "*/*", "X-Requested-With": "XMLHttpRequest"},
            {"Accept": "*/*", "Sec-Fetch-Dest": "empty"},
        ],
    )
    def test_a_program_is_told_in_json(self, build: Build, headers: dict[str, str]) -> None:
        """403 both before an answer, with where to give one, and after a refusal; nothing is redirected."""
        site = build(SCREEN)
        unknown = site.visitor().get("/function", headers=headers)
        assert (unknown.status_code, unknown.json()["age"], unknown.json()["ask"]) == (
            403,
            "unknown",
            "/privacy/en/age",
        )
        assert "no-store" in unknown.headers["Cache-Control"]
        young = site.screened("3", "2019").get("/function", headers=headers)
        assert (young.status_code, young.json()["age"], "ask" in young.json()) == (403, "under", False)

    def test_a_view_that_nobody_is_asked_for_is_closed(self, build: Build) -> None:
        """`not_directed` has no question and no page; a view that waits for an answer is a mistake of the site's."""
        site = build(NOBODY)
        assert site.visitor().get("/privacy/en/age").status_code == 404
        assert site.visitor().get("/function").status_code == 500

    def test_a_template_is_told_and_caches_too(self, build: Build) -> None:
        """Nothing before an answer; the page that asks is one visitor's own."""
        site = build(SCREEN)
        before, adult, child = site.visitor(), site.screened("3", "1980"), site.screened("3", "2019", "192.0.2.2")
        assert [each.get("/told").text for each in (before, adult, child)] == ["unknown", "over", "under"]
        answer = before.get("/told")
        assert ("private" in answer.headers["Cache-Control"], "Cookie" in answer.headers["Vary"]) == (True, True)

    @pytest.mark.parametrize("end", ["", "A", "AA"])
    def test_a_tampered_cookie_says_nothing(self, build: Build, end: str) -> None:
        """Whoever changes a letter of it, or takes that of a refusal for the contrary, is asked."""
        site = build(SCREEN)
        child = site.screened("3", "2019")
        kept = child.cookies[COOKIE]
        assert "under" in kept
        for forged in (kept.replace("under", "over") + end, kept[:-1] + end + "=", kept.replace(".18.", ".1.") + end):
            assert site.visitor(**{COOKIE: forged}).get("/function").status_code == 303
        assert site.visitor(**{AGE: kept}).get("/function").status_code == 303  # not of this host alone

    def test_a_sign_up_asks_once(self, build: Build) -> None:
        """Nothing is filled in and no age is told; the outcome is on record of the new account, and is not asked."""
        site = build(SCREEN)
        visitor = site.visitor()
        page = visitor.get("/sign-up")
        assert asked(page) == ["birth_month", "birth_year"]
        assert "18" not in page.text
        form = html.document_fromstring(page.text)
        assert form.xpath("//input[@name='birth_year']/@value[. != ''] | //option[@selected]/@value[. != '']") == []
        made = visitor.post("/sign-up", data={"name": "Ada", **ADULT})
        assert made.status_code == 200
        assert COOKIE in visitor.cookies
        guard = site.guard()
        claim = guard.stores.age_claims.latest(guard.pseudonyms.of(_subject(site, made.text)))
        assert claim is not None
        assert (claim.outcome, claim.method, claim.recheck_on) == ("over", "screen", None)
        assert asked(visitor.get("/sign-up")) == []
        assert "private" in page.headers["Cache-Control"]

    def test_the_question_goes_with_its_answer(self, build: Build) -> None:
        """A form with another mistake comes back without it, and is sent again without it."""
        site = build(SCREEN)
        visitor = site.visitor()
        again = visitor.post("/sign-up", data={"name": "", **ADULT})
        assert (again.status_code, asked(again), "1931" in again.text) == (422, [], False)
        made = visitor.post("/sign-up", data={"name": "Ada"})
        assert made.status_code == 200
        assert len(site.claims()) == 2  # of the browser, and of the account

    def test_who_is_too_young_gets_no_account_and_no_second_try(self, build: Build) -> None:
        """Not by sending the form again, nor with another date, nor with cleared cookies, nor on our page."""
        site = build(SCREEN)
        child = site.visitor()
        sent = child.post("/sign-up", data={"name": "Kim", **CHILD})
        assert (sent.status_code, sent.headers["Location"]) == (302, "/privacy/age")
        for form in (CHILD, ADULT, {}):
            assert child.post("/sign-up", data={"name": "Kim", **form}).status_code == 302
        anew = site.visitor()
        refused = anew.post("/sign-up", data={"name": "Kim", **ADULT})
        assert (refused.status_code, "You can answer in 24 hours" in refused.text) == (422, True)
        assert anew.post("/privacy/en/age", data={"month": "7", "year": "1931"}).status_code == 429
        assert len(site.claims()) == 1
        assert site.visitor("192.0.2.9").post("/sign-up", data={"name": "Ada", **ADULT}).status_code == 200

    @pytest.mark.parametrize(
        ("month", "year"),
        [
            ("", "1980"), ("3", ""), ("13", "1980"), ("٣", "1980"), ("3", "१९८०"), ("3", "+198"), ("3", "19_8"),
            ("3", "0001"), ("3", "9999"), ("3", "1" * 10_000), ("3", "1980\x00"), ("03", "1980"),
        ],
    )  # fmt: skip
    def test_what_is_no_date_is_put_right(self, build: Build, month: str, year: str) -> None:
        """The form comes back with what to put right, and nothing is stored."""
        site = build(SCREEN)
        visitor = site.visitor()
        answer = visitor.post("/sign-up", data={"name": "Ada", "birth_month": month, "birth_year": year})
        assert (answer.status_code, asked(answer)) == (422, ["birth_month", "birth_year"])
        assert re.search(r"Choose the month|Write the year|check the month|Null characters", answer.text)
        assert (site.claims(), dict(visitor.cookies)) == ([], {})

    def test_no_birth_date_is_in_the_database_the_log_or_the_session(
        self, build: Build, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither of an account, nor of a refusal, nor of a form that was sent back."""
        caplog.set_level("DEBUG")
        site = build(SCREEN)
        before = set(site.dump().splitlines())  # where a key may happen to be such a number
        for number, year in enumerate(("1931", "2019", "1932")):
            visitor = site.visitor(f"192.0.2.{number}")
            visitor.get("/remembered")
            form = {"name": "" if year == "1932" else "Kim", "birth_month": "7", "birth_year": year}
            sent = visitor.post("/sign-up", data=form)
            written = [line for line in site.dump().splitlines() if line not in before]
            kept = " ".join((*written, caplog.text, str(sent.headers), str(dict(visitor.cookies))))
            assert "age.screened" in kept
            assert not re.search(rf"(?<![0-9a-zA-Z.]){year}(?![0-9a-zA-Z])", kept)

    def test_a_yes_is_not_ticked_beforehand(self, build: Build) -> None:
        """The statement names the age; without the tick nothing is made, and with it the record says how."""
        site = build(ATTEST)
        visitor = site.visitor()
        page = visitor.get("/sign-up")
        assert asked(page) == ["old_enough"]
        assert "I am 18 or older." in page.text
        assert html.document_fromstring(page.text).xpath("//input[@checked]") == []
        assert visitor.post("/sign-up", data={"name": "Ada"}).status_code == 422
        made = visitor.post("/sign-up", data={"name": "Ada", "old_enough": "y"})
        guard = site.guard()
        claim = guard.stores.age_claims.latest(guard.pseudonyms.of(_subject(site, made.text)))
        assert claim is not None
        assert (claim.method, claim.assurance) == ("attest", "affirmed")

    def test_a_policy_that_asks_nobody_has_no_question_in_its_form(self, build: Build) -> None:
        """Whatever is sent, an account is made and nothing is recorded of an age."""
        site = build(NOBODY)
        visitor = site.visitor()
        assert asked(visitor.get("/sign-up")) == []
        assert visitor.post("/sign-up", data={"name": "Kim", **CHILD}).status_code == 200
        assert site.claims() == []


def _subject(site: Site, key: str) -> Any:
    from consentguard.records import SubjectRef

    return SubjectRef(site.subject, key)
