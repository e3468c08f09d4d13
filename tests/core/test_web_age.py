"""The page of the age screen: neutral before the answer, kind after it, and never asked twice."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentguard.cookies import AGE as COOKIE
from consentguard.guard import Guard
from consentguard.ports import StoreError
from consentguard.records import AgeClaim, SubjectRef
from consentguard.web import age
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Form
from tests.core.visits import AGE, ANA, CHOICES, Browser, acts, shop

(ROUTE,) = age.ROUTES
EVA = SubjectRef("user", "13")
POLICY = CHOICES + AGE
ADULT = {"month": ["3"], "year": ["1980"]}
CHILD = {"month": ["3"], "year": ["2014"]}


def browser(guard: Guard, **rest: object) -> Browser:
    return Browser(guard, ROUTE, **rest)  # type: ignore[arg-type]


def form_of(outbound: Outbound) -> Form:
    (form,) = outbound.page.forms
    assert isinstance(form, Form)
    return form


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        (POLICY, True),
        (CHOICES, False),
        (POLICY.replace('"screen"', '"not_directed"'), False),
        (POLICY.replace('"screen"', '"attest"'), True),
    ],
)
def test_the_page_exists_where_ages_are_asked_for(tmp_path: Path, policy: str, asked: bool) -> None:
    """A policy that asks nobody has no such page."""
    assert ROUTE.enabled(shop(tmp_path, policy).site) is asked


@pytest.mark.parametrize(("language", "march"), [("de", "März"), ("sw", "Machi"), ("ar", "مارس")])
def test_the_page_speaks_as_many_languages_as_the_banner(tmp_path: Path, language: str, march: str) -> None:
    """Its words and the names of the months: no sentence of it is English."""
    policy = POLICY.replace('languages = ["en", "es"]', f'languages = ["en", "{language}"]')
    guard = shop(tmp_path, policy)
    theirs, english = (browser(guard).get(language=each).page for each in (language, "en"))
    month = theirs.forms[0].fields[0]
    assert (theirs.language, month.options[3].label) == (language, march)
    said = [(page.title, *page.lead, *(field.label for field in page.forms[0].fields)) for page in (theirs, english)]
    assert not set(said[0]) & set(said[1])


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_tells_the_answer_that_is_wanted(tmp_path: Path, language: str) -> None:
    """The form is the same for every threshold, and nothing is filled in."""
    pages = []
    for threshold in (13, 21):
        folder = tmp_path / str(threshold)
        folder.mkdir()
        pages.append(browser(shop(folder, POLICY.replace("18", str(threshold)))).get(language=language))
    one, other = pages
    assert one.page == other.page
    month, year = form_of(one).fields
    assert (month.kind, [option.value for option in month.options if option.chosen]) == ("select", [])
    assert month.options[0].value == ""
    assert month.options[3].label == {"en": "March", "es": "marzo"}[language]
    assert (year.value, year.max_length) == ("", 4)


def test_who_is_old_enough_goes_on(tmp_path: Path) -> None:
    """The outcome is kept in a cookie that no script reads; the next page thanks and leads on."""
    visitor = browser(shop(tmp_path, POLICY))
    sent = visitor.post({**ADULT, "next": ["/shop/sign-up?plan=pro"]})
    assert (sent.status, sent.redirect) == (303, "/privacy/age?next=%2Fshop%2Fsign-up%3Fplan%3Dpro")
    (cookie,) = sent.cookies
    assert (cookie.name, cookie.http_only, cookie.same_site) == (COOKIE, True, "Lax")
    page = visitor.follow(sent)
    assert (page.status, page.page.forms) == (200, ())
    assert [link.url for link in page.page.onward] == ["/shop/sign-up?plan=pro"]
    assert [act.act for act in acts(visitor.guard)] == ["age.screened"]


def test_who_is_too_young_reads_a_kind_word_and_where_to_write(tmp_path: Path) -> None:
    """No form, no threshold; a guardian can write to the site, and there is a way home."""
    visitor = browser(shop(tmp_path, POLICY))
    page = visitor.follow(visitor.post({**CHILD, "next": ["/shop/sign-up"]}))
    assert page.page.forms == ()
    assert [link.url for link in page.page.onward] == ["mailto:privacy@shop.example.com", "/privacy/home"]
    assert "18" not in "".join((page.page.title, *page.page.lead))


@pytest.mark.parametrize("contact", ["unstated", "https://shop.example.com/contact"])
def test_without_an_address_there_is_a_way_home(tmp_path: Path, contact: str) -> None:
    """Where the policy gives no e-mail address, none is linked to."""
    visitor = browser(shop(tmp_path, POLICY.replace("privacy@shop.example.com", contact)))
    page = visitor.follow(visitor.post(CHILD))
    assert [link.url for link in page.page.onward] == ["/privacy/home"]


def test_there_is_no_second_try(tmp_path: Path) -> None:
    """While the cookie stands, the page is the same whatever is typed, and nothing more is recorded."""
    visitor = browser(shop(tmp_path, POLICY))
    first = visitor.follow(visitor.post(CHILD))
    again = visitor.post(ADULT)
    assert (again.status, again.page, again.cookies) == (200, first.page, ())
    assert len(acts(visitor.guard)) == 1


def test_who_is_signed_in_has_no_second_try_without_cookies_either(tmp_path: Path) -> None:
    """The outcome on record of a person holds in another browser."""
    guard = shop(tmp_path, POLICY)
    browser(guard, subject=ANA).post(CHILD)
    elsewhere = browser(guard, subject=ANA)
    assert elsewhere.post(ADULT).page.forms == ()
    assert COOKIE not in elsewhere.cookies
    assert form_of(browser(guard).get())


@pytest.mark.parametrize("cookies", [{}, {COOKIE: ""}, {COOKIE: "under.18.screen"}])
def test_clearing_cookies_gives_no_second_try(tmp_path: Path, cookies: dict[str, str]) -> None:
    """After a refusal nobody at that address answers again in the policy's time: told when, with nothing recorded."""
    guard = shop(tmp_path, POLICY)
    browser(guard, address="192.0.2.7").post(CHILD)
    again = browser(guard, address="192.0.2.7", cookies=cookies)
    page = again.post(ADULT)
    assert (page.status, page.page.forms, page.cookies) == (429, (), ())
    assert 86_300 < int(page.headers["Retry-After"]) <= 86_400
    assert "24 hours" in page.page.notice
    assert [link.url for link in page.page.onward] == ["mailto:privacy@shop.example.com", "/privacy/home"]
    assert len(acts(guard)) == 1


def test_others_may_answer_from_elsewhere_and_after_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is about one network; when the policy's time is over, its people may answer again."""
    guard = shop(tmp_path, POLICY + 'retry_after = "PT2H"')
    browser(guard, address="192.0.2.7").post(CHILD)
    assert browser(guard, address="192.0.2.8").post(ADULT).status == 303
    assert browser(guard, address="192.0.2.7").post(ADULT).status == 429
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7201)
    assert browser(guard, address="192.0.2.7").post(ADULT).status == 303


def test_a_policy_may_leave_it_to_the_browser(tmp_path: Path) -> None:
    """`P0D`: where many share an address, a refusal is kept by the cookie alone."""
    guard = shop(tmp_path, POLICY + 'retry_after = "P0D"')
    child = browser(guard)
    child.post(CHILD)
    assert child.post(ADULT).page.title == "Not yet"
    assert browser(guard).post(ADULT).status == 303


def test_whoever_is_old_enough_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A household answers one after the other, and what cannot be read is no refusal."""
    guard = shop(tmp_path, POLICY)
    for form in (ADULT, {"month": ["3"], "year": ["9999"]}, ADULT, CHILD):
        assert browser(guard, address="2001:db8::7").post(form).status in (303, 422)
    assert browser(guard, address="2001:db8::8").post(ADULT).status == 429


def test_of_answers_at_once_a_refusal_is_followed_by_none(tmp_path: Path) -> None:
    """Two forms of one client that are sent together are not two tries: after a refusal nobody else is let in."""
    guard = shop(tmp_path, POLICY)
    with ThreadPoolExecutor(8) as pool:
        forms = [CHILD, ADULT] * 8
        sent = list(pool.map(lambda form: browser(guard, address="192.0.2.7").post(form), forms))
    assert {each.status for each in sent} <= {303, 429}
    outcomes = [json.loads(act.details)["outcome"] for act in acts(guard)]
    assert outcomes.count("under") == 1
    assert browser(guard, address="192.0.2.7").post(ADULT).status == 429


def test_over_tls_no_subdomain_can_plant_an_outcome(tmp_path: Path) -> None:
    """The cookie is called so that a browser takes it from this very host alone; the other name then says nothing."""
    guard = shop(tmp_path, POLICY)
    safely = browser(guard, secure=True)
    sent = safely.post(ADULT)
    (cookie,) = sent.cookies
    assert (cookie.name, cookie.domain) == (f"__Host-{COOKIE}", "")
    assert safely.follow(sent).page.forms == ()
    assert form_of(browser(guard, secure=True, cookies={COOKIE: cookie.value}).get())


ATTEST = POLICY.replace('"screen"', '"attest"')


def test_an_attestation_is_a_yes_that_nobody_ticked_beforehand(tmp_path: Path) -> None:
    """The statement names the age; neither answer is chosen, and without one nothing is recorded."""
    visitor = browser(shop(tmp_path, ATTEST))
    (field,) = form_of(visitor.get()).fields
    assert (field.kind, field.label, field.required) == ("radio", "I am 18 or older.", True)
    assert [(option.value, option.chosen) for option in field.options] == [("yes", False), ("no", False)]
    for said in ({}, {"old_enough": [""]}, {"old_enough": ["maybe"]}, {"old_enough": ["YES"]}, ADULT):
        page = visitor.post(said)
        assert (page.status, [each.name for each in form_of(page).errors]) == (422, ["old_enough"])
    assert acts(visitor.guard) == []


def test_a_yes_is_worth_less_than_an_answer_to_a_neutral_question(tmp_path: Path) -> None:
    """It is recorded as what it is; a no holds for a year and is no second try either."""
    guard = shop(tmp_path, ATTEST)
    yes = browser(guard, subject=ANA, address="192.0.2.1")
    assert yes.follow(yes.post({"old_enough": ["yes"]})).page.title == "Thank you"
    claim = guard.stores.age_claims.latest(guard.pseudonyms.of(ANA))
    assert claim is not None
    assert (claim.outcome, claim.method, claim.assurance) == ("over", "attest", "affirmed")
    no = browser(guard, subject=EVA, address="192.0.2.2")
    page = no.follow(no.post({"old_enough": ["no"]}))
    assert (page.page.title, "born" in " ".join(page.page.lead)) == ("Not yet", False)
    claim = guard.stores.age_claims.latest(guard.pseudonyms.of(EVA))
    assert claim is not None
    assert (claim.outcome, claim.recheck_on) == ("under", dt.date(2027, 11, 21))
    assert no.post({"old_enough": ["yes"]}).page == page.page


BY_LAW = POLICY.replace("threshold = 18", 'threshold = "by_jurisdiction"\nat_least = 13')


@pytest.mark.parametrize(
    ("place", "year", "outcome"),
    [("BE", 2012, "over"), ("DE", 2012, "under"), ("DE", 2010, "over"), ("", 2010, "under"), ("XX", 2010, "under")],
)
def test_the_law_of_the_place_counts(tmp_path: Path, place: str, year: int, outcome: str) -> None:
    """Of the visitor's, as the site's own setting tells it; where nobody can tell, the strictest age."""
    guard = shop(tmp_path, BY_LAW, jurisdiction=lambda headers, _: headers.get("CF-IPCountry"))
    visitor = browser(guard, headers={"CF-IPCountry": place})
    page = visitor.follow(visitor.post({"month": ["3"], "year": [str(year)]}))
    assert page.page.title == {"over": "Thank you", "under": "Not yet"}[outcome]


def test_a_journey_is_no_second_try(tmp_path: Path) -> None:
    """Who was refused by one law stays so by another for a year; who was old enough for less is asked again."""
    guard = shop(tmp_path, BY_LAW, jurisdiction=lambda headers, _: headers.get("CF-IPCountry"))
    visitor = browser(guard, headers={"CF-IPCountry": "DE"})
    visitor.post({"month": ["3"], "year": ["2012"]})
    visitor.headers = {"CF-IPCountry": "BE"}
    assert visitor.get().page.title == "Not yet"
    other = browser(guard, headers={"CF-IPCountry": "BE"}, address="192.0.2.9")
    other.post({"month": ["3"], "year": ["2012"]})
    other.headers = {"CF-IPCountry": "DE"}
    assert form_of(other.get())


@pytest.mark.parametrize("birth", [CHILD, ADULT, {"month": ["7"], "year": ["1931"]}])
def test_no_birth_date_is_left_anywhere(
    tmp_path: Path, birth: dict[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in what is stored, in the cookie, in the address that is led to, in a log, nor in what a repr shows."""
    caplog.set_level(logging.DEBUG)
    guard = shop(tmp_path, POLICY)
    visitor = browser(guard, subject=ANA)
    sent = visitor.post(birth)
    (year,) = birth["year"]
    claims = vars(guard.stores.age_claims)
    kept = " ".join(map(repr, (claims, acts(guard), sent, sent.cookies, visitor.cookies, sent.redirect, caplog.text)))
    assert len(kept) > 500
    assert not re.search(rf"(?<![0-9a-f]){year}(?![0-9a-f])", kept)  # but in the middle of a digest
    assert year not in repr(inbound_of(birth))


def inbound_of(form: dict[str, list[str]]) -> Inbound:
    return Inbound(method="POST", form=form, body=str(form).encode(), url_for=lambda *_, **__: "")


def test_an_error_after_the_answer_shows_no_birth_date(tmp_path: Path) -> None:
    """A store that fails raises through frames of ours that hold neither month nor year: error reports print them."""
    guard = shop(tmp_path, POLICY)
    guard.stores.age_claims.add = _broken  # type: ignore[method-assign]
    with pytest.raises(StoreError) as caught:
        browser(guard).post({"month": ["7"], "year": ["1931"]})
    ours = [entry.frame for entry in caught.traceback if entry.frame.f_globals["__name__"].startswith("consentguard.")]
    frames = [frame.f_locals for frame in ours]
    assert len(frames) > 3
    assert "1931" not in "".join(repr(value) for frame in frames for value in frame.values())


def _broken(claim: AgeClaim) -> None:
    raise StoreError("the disk is full")


def test_the_cookie_is_forgotten_in_its_time(tmp_path: Path) -> None:
    """After a year the browser's outcome counts no more, and the question is asked again."""
    visitor = browser(shop(tmp_path, POLICY))
    visitor.post(CHILD)
    visitor.guard.clock.tick(dt.timedelta(365))  # type: ignore[attr-defined]
    assert form_of(visitor.get())


def test_a_cookie_of_ones_own_making_is_none(tmp_path: Path) -> None:
    """Who writes an outcome themselves, or takes that of another site, is asked."""
    visitor = browser(shop(tmp_path, POLICY), cookies={COOKIE: "tf5wx1.irn9c.over.18.screen.1.AAAAAAAAAAAAAAAAAAAAAA"})
    assert form_of(visitor.get())


@pytest.mark.parametrize(
    ("month", "year", "field"),
    [
        ("", "1980", "month"),
        ("13", "1980", "month"),
        ("0", "1980", "month"),
        ("٣", "1980", "month"),
        ("3", "", "year"),
        ("3", "80", "year"),
        ("3", "19 80", "year"),
        ("3", "१९८०", "year"),
        ("3", "+198", "year"),
        ("3", "1_98", "year"),
        ("3", "0001", "year"),
        ("3", "9999", "year"),
        ("12", "2026", "year"),
        ("3", "1" * 10_000, "year"),
    ],
)
def test_what_is_no_date_is_put_right(tmp_path: Path, month: str, year: str, field: str) -> None:
    """The form comes back with what was typed and with what to put right at its field; nothing is recorded."""
    visitor = browser(shop(tmp_path, POLICY))
    page = visitor.post({"month": [month], "year": [year], "next": ["/shop/"]})
    assert (page.status, [each.name for each in form_of(page).errors], page.cookies) == (422, [field], ())
    assert form_of(page).hidden == {"next": "/shop/"}
    assert len(form_of(page).fields[1].value) <= 4
    assert acts(visitor.guard) == []


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_way_on_never_leaves_the_site(tmp_path: Path, onward: str) -> None:
    """Wherever it comes from, another site's address is dropped: the way on leads to the host's first page."""
    visitor = browser(shop(tmp_path, POLICY))
    assert form_of(visitor.get({"next": onward})).hidden == {}
    sent = visitor.post({**ADULT, "next": [onward]})
    assert sent.redirect == "/privacy/age"
    assert [link.url for link in visitor.get({"next": onward}).page.onward] == ["/privacy/home"]


def test_a_language_that_the_site_lacks_is_not_found(tmp_path: Path) -> None:
    """There is no page in it, and nobody is screened."""
    visitor = browser(shop(tmp_path, POLICY))
    assert visitor.post(ADULT, language="fr") == Outbound(status=404)
    assert acts(visitor.guard) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=40), st.text(max_size=200))
def test_whatever_is_sent_is_answered(tmp_path: Path, month: str, year: str, onward: str, cookie: str) -> None:
    """Fields and cookies that no page of ours sends are no error of the site's."""
    visitor = browser(shop(tmp_path, POLICY), cookies={COOKIE: cookie})
    assert visitor.post({"month": [month], "year": [year], "next": [onward]}).status in (303, 422, 429)
