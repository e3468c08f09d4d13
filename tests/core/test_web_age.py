"""The page of the age screen: neutral before the answer, kind after it, and never asked twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentguard.cookies import AGE as COOKIE
from consentguard.guard import Guard
from consentguard.web import age
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Form
from tests.core.visits import AGE, ANA, CHOICES, Browser, acts, shop

(ROUTE,) = age.ROUTES
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
        (POLICY.replace('"screen"', '"attest"'), False),
    ],
)
def test_the_page_exists_where_ages_are_screened(tmp_path: Path, policy: str, asked: bool) -> None:
    """A policy that asks nobody, or asks for a yes, has no such page."""
    assert ROUTE.enabled(shop(tmp_path, policy).site) is asked


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


def test_the_cookie_is_forgotten_in_its_time(tmp_path: Path) -> None:
    """After a year the browser's outcome counts no more, and the question is asked again."""
    visitor = browser(shop(tmp_path, POLICY))
    visitor.post(CHILD)
    visitor.guard.clock.tick(dt.timedelta(365))  # type: ignore[attr-defined]
    assert form_of(visitor.get())


def test_a_cookie_of_ones_own_making_is_none(tmp_path: Path) -> None:
    """Who writes an outcome themselves, or takes that of another site, is asked."""
    visitor = browser(shop(tmp_path, POLICY), cookies={COOKIE: "tf5wx1.irn9c.over.18.1.AAAAAAAAAAAAAAAAAAAAAA"})
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
    assert visitor.post({"month": [month], "year": [year], "next": [onward]}).status in (303, 422)
