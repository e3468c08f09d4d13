"""The pages of the second factor, from setting one up to taking it away, as one browser walks them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pyotp
import pytest

from consentguard.cookies import FACTOR, PROOF
from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.records import SubjectRef
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard.twofactor import otp
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Form, Sheet
from consentguard.web.twofactor import ROUTES
from tests.web_policy import POLICY, BareHost, url_for

BY_NAME = {route.name: route for route in ROUTES}
ANA = SubjectRef("user", "12")
EVA = SubjectRef("user", "13")
STEP = dt.timedelta(seconds=otp.PERIOD)
FACTOR_PAGE, SETUP_PAGE = "/privacy/factor", "/privacy/factor_setup"


@dataclass
class Browser:
    """Somebody's browser on a site whose stores are in memory and whose clock stands still."""

    PAGES: ClassVar = BY_NAME
    HEADERS: ClassVar = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}

    guard: Guard
    clock: FrozenClock
    who: SubjectRef | None = ANA
    cookies: dict[str, str] = field(default_factory=dict)
    key: str = ""
    sign_in: str = "first"
    idle: dt.timedelta = dt.timedelta()
    """How long ago they signed in."""

    def get(self, name: str = "factor", language: str = "en", **query: str) -> Outbound:
        return self._send("GET", name, language, query=query)

    def post(self, answer: str, name: str = "factor", language: str = "en", **fields: str) -> Outbound:
        form = {key: [value] for key, value in {"answer": answer, **fields}.items()}
        return self._send("POST", name, language, form=form)

    def _send(self, method: str, name: str, language: str, **content: Any) -> Outbound:
        outbound = self.PAGES[name].endpoint(
            Guard(self.guard.site, self.guard.stores),
            Inbound(
                method=method,
                params={"language": language} if language else {},
                cookies=dict(self.cookies),
                headers=self.HEADERS,
                circumstances=Circumstances(
                    sign_in=lambda: self.sign_in, signed_in_at=lambda: self.clock.now() - self.idle
                ),
                subject=lambda: self.who,
                url_for=url_for,
                **content,
            ),
        )
        for cookie in outbound.cookies:
            self.cookies[cookie.name] = cookie.value
        return outbound

    def code(self) -> str:
        """What the phone shows."""
        return pyotp.HOTP(self.key).generate_otp(otp.step_at(self.clock.now()))

    def wrong(self) -> str:
        """A code that the phone does not show within a minute."""
        step, codes = otp.step_at(self.clock.now()), pyotp.HOTP(self.key)
        near = {codes.generate_otp(step + away) for away in range(-2, 3)}
        return next(code for code in (f"{number:06}" for number in range(10)) if code not in near)

    def enrolled(self) -> tuple[str, ...]:
        """Set a factor up, forget the proof, and wait for the next code; the recovery codes."""
        self.post("start", "factor_setup")
        self.key = self.get("factor_setup").page.facts[0].value.replace(" ", "")
        codes: tuple[str, ...] = self.post("activate", "factor_setup", code=self.code()).page.codes
        self.cookies.clear()
        self.clock.tick(STEP)
        return codes

    def disable(self) -> None:
        """Guess until the factor takes no code any more."""
        for _ in range(100):
            self.post("verify", code=self.wrong())
            self.clock.tick(dt.timedelta(minutes=15))


def site(folder: Path, section: str = "[twofactor]\n", clock: FrozenClock | None = None) -> Site:
    (folder / "privacy.toml").write_text(f"{POLICY}\n{section}", "utf-8")
    return Site(BareHost(folder), clock=clock)


@pytest.fixture
def idle(browser: Browser) -> Browser:
    """Of somebody who signed in an hour ago."""
    browser.idle = dt.timedelta(hours=1)
    return browser


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    clock = FrozenClock()
    return Browser(Guard(site(tmp_path, clock=clock), MemoryStores()), clock)


def sheet(outbound: Outbound, status: int = 200) -> Sheet:
    """The page of an answer that is one, which nobody but the visitor may keep."""
    assert (outbound.status, outbound.private) == (status, True)
    page: Sheet = outbound.page
    return page


def answers(page: Sheet) -> list[str]:
    """What the forms of a page can be answered with."""
    return [button.value for form in page.forms for button in form.buttons]


def form_of(page: Sheet, answer: str) -> Form:
    return next(form for form in page.forms if form.buttons[0].value == answer)


def led_to(outbound: Outbound) -> str:
    """Where a redirect leads, which a reload does not repeat."""
    assert (outbound.status, outbound.private) == (303, True)
    return outbound.redirect


@pytest.mark.parametrize(
    ("section", "without"),
    [
        ("", set(BY_NAME)),
        ("[twofactor]", set()),
        ('[twofactor]\nmethods = ["totp"]', set()),
        ('[twofactor]\nmethods = ["webauthn"]', {"factor_setup"}),
        ('[twofactor]\nmethods = ["recovery_codes"]', set(BY_NAME)),
    ],
)
def test_the_pages_are_there_where_the_policy_offers_a_factor(tmp_path: Path, section: str, without: set[str]) -> None:
    """Without the section there is none, and without codes no page that sets an app up."""
    its = site(tmp_path, section)
    assert {route.name for route in ROUTES if not route.enabled(its)} == without


def test_nobody_in_particular_is_sent_home(browser: Browser) -> None:
    """A second factor belongs to an account: who is not signed in sees no form, and sends none."""
    browser.who = None
    for outbound in (browser.get(), browser.get("factor_setup"), browser.post("start", "factor_setup")):
        page = sheet(outbound, 403)
        assert (page.forms, [link.url for link in page.onward]) == ((), ["/privacy/home"])


def test_a_language_that_the_site_lacks_is_not_found(browser: Browser) -> None:
    """Each page is there in the site's languages alone."""
    assert {browser.get(name, "fr").status for name in BY_NAME} == {404}


def test_from_nothing_to_a_verified_browser(browser: Browser) -> None:
    """The whole set-up: begin, scan, type the first code, keep the recovery codes."""
    assert answers(sheet(browser.get())) == ["start"]
    assert led_to(browser.post("start", "factor_setup")) == f"{SETUP_PAGE}/en"
    page = sheet(browser.get("factor_setup"))
    browser.key = page.facts[0].value.replace(" ", "")
    assert page.picture.__html__().startswith("<svg ")
    assert page.picture_label
    [code] = form_of(page, "activate").fields
    assert (code.kind, code.autocomplete, code.value) == ("code", "one-time-code", "")
    done = browser.post("activate", "factor_setup", code=browser.code())
    assert len(sheet(done).codes) == 10
    page = sheet(browser.get())
    assert answers(page) == ["renew", "remove"]
    assert [fact.value for fact in page.facts] == ["March 28, 2026", "10"]


def test_the_token_is_a_cookie_for_twelve_hours(browser: Browser) -> None:
    """Which no script reads and no form of another site sends along; after that the code is asked for again."""
    browser.enrolled()
    token, proof = browser.post("verify", code=browser.code()).cookies
    assert (token.name, token.http_only, token.same_site, token.max_age) == (FACTOR, True, "Lax", 12 * 3600)
    assert (proof.name, proof.http_only, proof.same_site, proof.max_age) == (PROOF, True, "Lax", 300)
    browser.clock.tick(dt.timedelta(hours=12) - STEP)
    assert "in this browser" in sheet(browser.get()).lead[0]
    browser.clock.tick(STEP)
    assert "in this browser" not in sheet(browser.get()).lead[0]


def test_the_database_keeps_no_token(browser: Browser) -> None:
    """Nor what tells the sign-in apart: keyed hashes, under a pseudonym, with roughly which browser it is."""
    browser.enrolled()
    browser.post("verify", code=browser.code())
    session, _ = browser.guard.sessions.of(ANA)
    kept = repr({name: getattr(session, name) for name in session.__slots__})
    assert browser.cookies[FACTOR] not in kept
    assert "unknown" not in kept
    assert (session.subject, session.label) == (browser.guard.pseudonyms.of(ANA), "Firefox, Linux")


def test_a_factor_is_changed_within_a_quarter_of_an_hour_of_a_code(browser: Browser) -> None:
    """Later the page asks for another, and takes nothing away until then."""
    browser.enrolled()
    browser.post("verify", code=browser.code())
    browser.clock.tick(dt.timedelta(minutes=15) + STEP)
    assert answers(sheet(browser.get())) == ["verify", "recover"]
    assert answers(sheet(browser.post("remove"))) == ["verify", "recover"]
    assert browser.guard.twofactor.state(ANA)
    browser.post("verify", code=browser.code())
    assert answers(sheet(browser.get())) == ["renew", "remove"]


def test_who_is_sent_for_a_code_again_is_asked_for_one(browser: Browser) -> None:
    """Though they gave one a moment ago: what they are about to do wants a fresher one. Then they go on."""
    browser.enrolled()
    browser.post("verify", code=browser.code())
    browser.clock.tick(STEP)
    page = sheet(browser.get(again="1", next="/payout"))
    assert answers(page) == ["verify", "recover"]
    hidden = form_of(page, "verify").hidden
    assert hidden == {"again": "1", "next": "/payout"}
    assert led_to(browser.post("verify", code=browser.code(), **hidden)) == "/payout"


def test_the_secret_is_shown_on_the_set_up_page_alone(browser: Browser) -> None:
    """No cookie and no address carries it, and after the set-up no page shows it."""
    started = browser.post("start", "factor_setup")
    assert led_to(started) == f"{SETUP_PAGE}/en"
    key = sheet(browser.get("factor_setup")).facts[0].value
    browser.key = key.replace(" ", "")
    assert browser.key not in started.cookies[0].value
    done = browser.post("activate", "factor_setup", code=browser.code())
    assert browser.key not in f"{done.cookies[0].value}{done.page}".replace(" ", "")
    assert led_to(browser.get("factor_setup")) == f"{FACTOR_PAGE}/en"


def test_recovery_codes_are_shown_once(browser: Browser) -> None:
    """Sending the form again shows no codes and changes nothing."""
    browser.post("start", "factor_setup")
    browser.key = sheet(browser.get("factor_setup")).facts[0].value.replace(" ", "")
    code = browser.code()
    assert sheet(browser.post("activate", "factor_setup", code=code)).codes
    assert led_to(browser.post("activate", "factor_setup", code=code)) == f"{FACTOR_PAGE}/en"
    assert browser.guard.twofactor.codes_left(ANA) == 10


def test_a_wrong_first_code_may_be_typed_again(browser: Browser) -> None:
    """The page comes again with the same key, and what is wrong beside the field."""
    browser.post("start", "factor_setup")
    key = sheet(browser.get("factor_setup")).facts[0].value
    browser.key = key.replace(" ", "")
    page = sheet(browser.post("activate", "factor_setup", code=browser.wrong()), 422)
    assert page.facts[0].value == key
    assert [field.error for form in page.forms for field in form.errors] == ["This code is not right."]
    assert page.error_title


def test_the_set_up_page_is_for_who_began(browser: Browser) -> None:
    """Without a set-up that was begun, or after its ten minutes, it leads to the first page, which offers to begin."""
    assert led_to(browser.get("factor_setup")) == f"{FACTOR_PAGE}/en"
    browser.post("start", "factor_setup")
    assert [link.url for link in sheet(browser.get()).onward] == [f"{SETUP_PAGE}/en"]
    browser.clock.tick(dt.timedelta(minutes=9, seconds=30))
    assert "30 seconds" in sheet(browser.get("factor_setup")).lead[1]
    browser.clock.tick(STEP)
    assert led_to(browser.get("factor_setup")) == f"{FACTOR_PAGE}/en"
    assert led_to(browser.post("activate", "factor_setup", code="123456")) == f"{FACTOR_PAGE}/en"


def test_the_secret_is_shown_in_the_browser_alone_that_began(browser: Browser) -> None:
    """Whoever else is signed in to the account sees no key and activates nothing; a set-up that began later ends it."""
    browser.post("start", "factor_setup")
    browser.key = sheet(browser.get("factor_setup")).facts[0].value.replace(" ", "")
    [ours] = browser.cookies.items()
    other = Browser(browser.guard, browser.clock)
    assert led_to(other.get("factor_setup")) == f"{FACTOR_PAGE}/en"
    for code in (browser.code(), browser.wrong()):
        assert led_to(other.post("activate", "factor_setup", code=code)) == f"{FACTOR_PAGE}/en"
    page = sheet(other.get())
    assert (answers(page), page.onward) == (["start"], ())
    assert sheet(browser.get("factor_setup"))
    other.post("start", "factor_setup")
    assert dict([ours]) == browser.cookies
    assert led_to(browser.get("factor_setup")) == f"{FACTOR_PAGE}/en"
    assert answers(sheet(browser.get())) == ["start"]


def test_beginning_again_leaves_an_active_factor_alone(browser: Browser) -> None:
    """A form that was left open from before replaces nothing."""
    browser.enrolled()
    before = browser.guard.twofactor.state(ANA)
    assert led_to(browser.post("start", "factor_setup")) == f"{FACTOR_PAGE}/en"
    assert browser.guard.twofactor.state(ANA) == before


def test_a_right_code_leads_to_where_somebody_was_going(browser: Browser) -> None:
    """The page that sent them here is carried through the form, also past a wrong code."""
    browser.enrolled()
    form = form_of(sheet(browser.get(next="/account?tab=2")), "verify")
    assert dict(form.hidden) == {"next": "/account?tab=2"}
    again = form_of(sheet(browser.post("verify", code=browser.wrong(), **form.hidden), 422), "verify")
    assert dict(again.hidden) == dict(form.hidden)
    assert led_to(browser.post("verify", code=browser.code(), **form.hidden)) == "/account?tab=2"


def test_a_set_up_on_the_way_leads_on_as_well(browser: Browser) -> None:
    """Somebody who is sent here without a factor sets one up and arrives where they were going."""
    form = form_of(sheet(browser.get(next="/account")), "start")
    assert led_to(browser.post("start", "factor_setup", **form.hidden)) == f"{SETUP_PAGE}/en?next=%2Faccount"
    assert sheet(browser.get(next="/account")).onward[0].url == f"{SETUP_PAGE}/en?next=%2Faccount"
    page = sheet(browser.get("factor_setup", next="/account"))
    browser.key = page.facts[0].value.replace(" ", "")
    hidden = form_of(page, "activate").hidden
    done = sheet(browser.post("activate", "factor_setup", code=browser.code(), **hidden))
    assert [link.url for link in done.onward] == ["/account"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "account"]
)
def test_a_right_code_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    """Wherever the address says: what is no path of this site is passed over."""
    browser.enrolled()
    assert dict(form_of(sheet(browser.get(next=elsewhere)), "verify").hidden) == {}
    assert led_to(browser.post("verify", code=browser.code(), next=elsewhere)) == f"{FACTOR_PAGE}/en?done=verify"


def test_a_wrong_code_is_said_beside_its_field(browser: Browser) -> None:
    """In the form that was sent, not in the other one; and it is not written back."""
    browser.enrolled()
    for answer, other in (("verify", "recover"), ("recover", "verify")):
        page = sheet(browser.post(answer, code=browser.wrong()), 422)
        assert [field.error for field in form_of(page, answer).errors] == ["This code is not right."]
        assert form_of(page, other).errors == ()
        assert not any(field.value for form in page.forms for field in form.fields)
    assert FACTOR not in browser.cookies


def test_a_replay_says_to_wait_for_the_next_code(browser: Browser) -> None:
    """Somebody who signs in twice within half a minute has done nothing wrong."""
    browser.enrolled()
    code = browser.code()
    browser.post("verify", code=code)
    browser.cookies.clear()
    [field] = form_of(sheet(browser.post("verify", code=code), 422), "verify").errors
    assert field.error == "This code was used already. Please wait for the next code."


@pytest.mark.parametrize(("failures", "seconds", "said"), [(3, "1", "1 second"), (12, "512", "9 minutes")])
def test_too_many_wrong_codes_are_told_when_to_come_back(
    browser: Browser, failures: int, seconds: str, said: str
) -> None:
    """To the person in words, to the browser in seconds."""
    browser.enrolled()
    for _ in range(failures - 1):
        browser.post("verify", code=browser.wrong())
        browser.clock.tick(dt.timedelta(minutes=15))
    browser.post("verify", code=browser.wrong())
    outbound = browser.post("verify", code=browser.code())
    [field] = form_of(sheet(outbound, 429), "verify").errors
    assert (outbound.headers["Retry-After"], said in field.error) == (seconds, True)
    assert outbound.headers["Content-Language"] == "en"


def test_a_recovery_code_verifies_too(browser: Browser) -> None:
    """And the page tells how many are left."""
    codes = browser.enrolled()
    assert led_to(browser.post("recover", code=codes[0])) == f"{FACTOR_PAGE}/en?done=recover"
    page = sheet(browser.get(done="recover"))
    assert (page.notice, page.facts[1].value) == ("Thank you. This recovery code is used up.", "9")


def test_a_disabled_factor_is_replaced_by_way_of_a_recovery_code(browser: Browser) -> None:
    """Only a recovery code is asked for then; who gave one may remove the factor and set up another."""
    codes = browser.enrolled()
    browser.disable()
    assert led_to(browser.post("verify", code=browser.code())) == f"{FACTOR_PAGE}/en"
    page = sheet(browser.get())
    assert answers(page) == ["recover"]
    assert "locked" in page.lead[0]
    browser.post("recover", code=codes[0])
    assert answers(sheet(browser.get())) == ["remove"]
    browser.post("remove")
    assert answers(sheet(browser.get())) == ["start"]


def test_only_who_gave_a_code_removes_the_factor(browser: Browser) -> None:
    """A browser that knows the password alone is asked for a code instead."""
    browser.enrolled()
    assert answers(sheet(browser.post("remove"))) == ["verify", "recover"]
    assert browser.guard.twofactor.state(ANA)
    browser.post("verify", code=browser.code())
    outbound = browser.post("remove")
    assert led_to(outbound) == f"{FACTOR_PAGE}/en?done=remove"
    assert [(cookie.name, cookie.max_age) for cookie in outbound.cookies] == [(FACTOR, 0), (PROOF, 0)]
    assert sheet(browser.get(done="remove")).notice == "Your second factor is removed."


def test_the_proof_of_one_person_is_none_of_another(browser: Browser) -> None:
    """Nor is that of a factor which is gone, or one that was tampered with."""
    browser.enrolled()
    browser.post("verify", code=browser.code())
    proof = dict(browser.cookies)
    browser.cookies.clear()
    browser.who = EVA
    browser.enrolled()
    browser.cookies = dict(proof)
    assert answers(sheet(browser.get())) == ["verify", "recover"]
    browser.who = ANA
    assert answers(sheet(browser.get())) == ["renew", "remove"]
    browser.cookies[FACTOR] = proof[FACTOR][:-1] + ("A" if proof[FACTOR][-1] != "A" else "Q")
    assert answers(sheet(browser.get())) == ["verify", "recover"]
    browser.guard.twofactor.remove(ANA)
    browser.enrolled()
    browser.cookies = proof
    assert answers(sheet(browser.get())) == ["verify", "recover"]


@pytest.mark.parametrize("done", ["verify", "recover", "remove", "start", "<script>"])
def test_an_address_that_says_what_was_done_is_not_believed(browser: Browser, done: str) -> None:
    """Whoever follows a made-up link reads nothing that is not so."""
    browser.enrolled()
    assert sheet(browser.get(done=done)).notice == ""


@pytest.mark.parametrize("name", BY_NAME)
def test_a_form_that_none_of_ours_sent_changes_nothing(browser: Browser, name: str) -> None:
    """Another answer, or none, shows the page as it stands."""
    browser.enrolled()
    before = browser.guard.twofactor.state(ANA)
    for answer in ("", "drop", "activate" if name == "factor" else "verify"):
        assert browser.post(answer, name, code=browser.code()).status in (200, 303)
    assert (browser.guard.twofactor.state(ANA), browser.cookies) == (before, {})


def test_the_language_of_the_path_is_kept(browser: Browser) -> None:
    """Every form and link leads on in it; without one in the path there is none in what follows."""
    assert sheet(browser.get(language="es")).forms[0].action == f"{SETUP_PAGE}/es"
    assert led_to(browser.post("start", "factor_setup", language="")) == SETUP_PAGE
    page = sheet(browser.get("factor_setup", language=""))
    assert (page.forms[0].action, [link.url for link in page.languages]) == (
        SETUP_PAGE,
        [f"{SETUP_PAGE}/en", f"{SETUP_PAGE}/es"],
    )


def test_recovery_codes_are_downloaded_as_they_were_shown(browser: Browser) -> None:
    """A text file with nothing else in it, which nothing keeps; the codes come with the form of the page itself."""
    browser.post("start", "factor_setup")
    browser.key = browser.get("factor_setup").page.facts[0].value.replace(" ", "")
    page = sheet(browser.post("activate", "factor_setup", code=browser.code()))
    [form] = page.forms
    outbound = browser.post("download", **dict(form.hidden_fields))
    assert (outbound.status, outbound.private) == (200, True)
    assert outbound.file is not None
    assert (outbound.file.name, outbound.file.media_type, outbound.file.shown) == (
        "recovery-codes.txt",
        "text/plain; charset=utf-8",
        False,
    )
    assert isinstance(outbound.file.content, bytes)
    lines = outbound.file.content.decode().split("\r\n")
    assert [line for line in lines if line in page.codes] == list(page.codes)


@pytest.mark.parametrize("sent", ["", "hello world", "A" * 25, " ".join(["A" * 26] * 11), "A" * 26 + " <script>"])
def test_no_file_is_made_of_other_words(browser: Browser, sent: str) -> None:
    """Nobody hands out a file of theirs under the site's address."""
    browser.enrolled()
    assert browser.post("download", codes=sent).status == 404


def test_new_recovery_codes_are_shown_for_one_more_code(browser: Browser) -> None:
    """To whoever gave the factor in this browser and gives it again, this once; the old ones count no more."""
    old = browser.enrolled()
    assert answers(sheet(browser.post("renew", code=browser.code()))) == ["verify", "recover"]
    browser.post("verify", code=browser.code())
    wrong = sheet(browser.post("renew", code=browser.wrong()), 422)
    assert [field.error for form in wrong.forms for field in form.fields] == ["This code is not right."]
    browser.clock.tick(STEP)
    page = sheet(browser.post("renew", code=browser.code()))
    assert (len(page.codes), page.notice) == (10, "The old recovery codes count no more.")
    assert not set(page.codes) & set(old)
    assert sheet(browser.get()).facts[1].value == "10"
    browser.cookies.clear()
    assert sheet(browser.post("recover", code=old[0]), 422)
    assert browser.post("recover", code=page.codes[0]).status == 303


@pytest.mark.parametrize("typed", ["\N{ARABIC-INDIC DIGIT ONE}" * 6, "+12345", "-123456", "1 2 3 4 5", "1" * 10_000])
@pytest.mark.parametrize("answer", ["verify", "recover"])
def test_what_is_no_code_gets_a_clear_answer(browser: Browser, answer: str, typed: str) -> None:
    """The page again with what is wrong, and nothing counted or kept."""
    browser.enrolled()
    [before] = browser.guard.stores.authenticators.of(browser.guard.pseudonyms.of(ANA))
    page = sheet(browser.post(answer, code=typed), 422)
    assert "This code is not right." in [field.error for form in page.forms for field in form.fields]
    assert list(browser.guard.stores.authenticators.of(before.subject)) == [before]


def test_a_form_that_is_sent_again_does_not_count_again(browser: Browser) -> None:
    """The very same form, such as by the button to go back: a replay, said so."""
    browser.enrolled()
    code = browser.code()
    assert browser.post("verify", code=code).status == 303
    browser.cookies.clear()
    page = sheet(browser.post("verify", code=code), 422)
    assert page.forms[0].fields[0].error == "This code was used already. Please wait for the next code."


def test_a_session_that_was_left_open_sets_up_no_factor(idle: Browser) -> None:
    """Whoever comes across it would lock its owner out, and count as them: they sign in anew before."""
    refused = idle.post("start", "factor_setup")
    assert refused.status == 403
    assert refused.json is not None
    assert refused.json["action"] == "sign_in"  # type: ignore[index]
    assert idle.who
    assert idle.guard.twofactor.state(idle.who) is None
    idle.idle = dt.timedelta()
    assert idle.post("start", "factor_setup").status == 303
    assert idle.guard.twofactor.state(idle.who) is not None
