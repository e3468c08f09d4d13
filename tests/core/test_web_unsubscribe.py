"""The page that ends mails of a purpose: for people, and for mail programs that post to it by one click."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentguard.guard import Guard
from consentguard.unsubscribe import ONE_CLICK
from consentguard.web.answer import answer
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.unsubscribe import ROUTES
from tests.core.letters_kit import ADA, LETTERS, TEXT
from tests.core.visits import acts, shop
from tests.web_policy import CONTROLLER, url_for

(ROUTE,) = ROUTES
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
PART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


def token(guard: Guard) -> str:
    return guard.unsubscribe.link(ADA, "newsletter").rpartition("/")[2]


def ask(
    guard: Guard, text: str, method: str = "GET", *, body: bytes = b"", headers: Mapping[str, str] = FORM, **params: str
) -> Outbound:
    """Through the door that adapters call, with no cookie, nobody signed in, and from no page of ours."""
    sent = headers if method == "POST" else {}
    inbound = Inbound(method=method, params={"token": text, **params}, headers=sent, body=body, url_for=url_for)
    return answer(ROUTE, guard, inbound)


def ended(guard: Guard) -> bool:
    return bool(guard.unsubscribe.counts())


@pytest.mark.parametrize(
    ("policy", "enabled"),
    [
        (LETTERS, True),
        (CONTROLLER, False),
        (CONTROLLER + "[purposes.offers]\nmarketing = true\n", True),
        (CONTROLLER + '[purposes.news]\nbasis = "consent"\nask = "form"\n', True),
        (CONTROLLER + '[purposes.count]\nbasis = "consent"\n', False),
    ],
)
def test_the_page_exists_where_there_are_mails_to_end(tmp_path: Path, policy: str, enabled: bool) -> None:
    """Marketing, or what people agree to on a form."""
    assert ROUTE.enabled(shop(tmp_path, policy).site) is enabled


def test_to_look_changes_nothing(tmp_path: Path) -> None:
    """Programs that check links open them too: the page asks, in the language of its path or its reader."""
    guard = shop(tmp_path, LETTERS)
    for method in ("GET", "HEAD"):
        page = ask(guard, token(guard), method, language="es")
        assert (page.status, page.template, page.language) == (200, "consentguard/unsubscribe.html", "es")
        assert "Nuestro boletín" in page.page.lead[0]
    assert page.private
    assert (ended(guard), acts(guard)) == (False, [])


@pytest.mark.parametrize(("headers", "body"), [(FORM, ONE_CLICK.encode()), (MULTIPART, PART)])
def test_a_mail_program_ends_it_by_one_click(tmp_path: Path, headers: Mapping[str, str], body: bytes) -> None:
    """No cookie, no sign-in, no page before; answered with 200 and no redirect; consent goes with the mails."""
    guard = shop(tmp_path, LETTERS)
    guard.consent.give(["newsletter"], ADA, text=TEXT, component="SignUp", language="en")
    sent = ask(guard, token(guard), "POST", headers=headers, body=body)
    assert (sent.status, sent.redirect, sent.cookies) == (200, "", ())
    assert ended(guard)
    assert guard.consent.consenting("newsletter", [ADA]) == frozenset()
    assert {entry.act for entry in acts(guard)} == {"consent.decided", "mail.unsubscribed"}


def test_a_click_that_is_sent_again_changes_nothing_more(tmp_path: Path) -> None:
    """Mail programs try again: the answer is the same, and the evidence has one entry."""
    guard = shop(tmp_path, LETTERS)
    first = ask(guard, token(guard), "POST", body=ONE_CLICK.encode())
    before = acts(guard)
    assert ask(guard, token(guard), "POST", body=ONE_CLICK.encode()) == first
    assert acts(guard) == before


def test_a_person_ends_it_by_the_pages_button(tmp_path: Path) -> None:
    """The form leads back to the same address, which now says so; a reload repeats nothing."""
    guard = shop(tmp_path, LETTERS)
    (form,) = ask(guard, token(guard)).page.forms
    body = urlencode({"answer": form.buttons[0].value}).encode()
    sent = ask(guard, token(guard), "POST", body=body)
    assert (sent.status, sent.redirect) == (303, form.action)
    page = ask(guard, token(guard)).page
    assert (page.title, page.forms) == ("You are unsubscribed", ())
    assert "Our <newsletter>" in page.notice


@pytest.mark.parametrize("body", [b"", b"answer=no", b"List-Unsubscribe=Two-Clicks", b"list-unsubscribe=One-Click"])
def test_what_asks_for_nothing_ends_nothing(tmp_path: Path, body: bytes) -> None:
    """Neither our form nor one click: the page is shown again, and says so."""
    guard = shop(tmp_path, LETTERS)
    page = ask(guard, token(guard), "POST", body=body)
    assert (page.status, page.page.notice_kind, ended(guard)) == (422, "problem", False)


@pytest.mark.parametrize(
    "forge",
    [lambda text: text[:-1], lambda text: "", lambda text: text.replace("news", "olds")],
    ids=["cut", "empty", "changed"],
)
def test_a_link_that_is_not_ours_is_told_so(tmp_path: Path, forge: object) -> None:
    """404 with the reason, for people and programs; nothing is written."""
    guard = shop(tmp_path, LETTERS)
    assert callable(forge)
    for method, body in (("GET", b""), ("POST", ONE_CLICK.encode())):
        page = ask(guard, forge(token(guard)), method, body=body)
        assert (page.status, page.page.title) == (404, "This link does not work")
    assert (ended(guard), acts(guard)) == (False, [])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=500), st.binary(max_size=300), st.sampled_from([FORM, MULTIPART, {}, {"Content-Type": "text/x"}])
)
def test_whatever_is_sent_is_answered(tmp_path: Path, text: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Tokens and bodies that nobody of ours wrote are refused with a reason, and no error of the site's."""
    guard = shop(tmp_path, LETTERS)
    assert 400 <= ask(guard, text, "POST", body=body, headers=headers).status < 500
    assert not ended(guard)


def test_an_old_mail_of_a_purpose_that_is_gone_can_be_ended(tmp_path: Path) -> None:
    """Its link is signed, and the list keeps what it says."""
    old = shop(tmp_path, LETTERS)
    link = token(old)
    guard = Guard(
        shop(tmp_path, CONTROLLER + '[site]\nlanguages = ["en"]\n[purposes.offers]\nmarketing = true\n').site,
        old.stores,
    )
    assert ask(guard, link, "POST", body=ONE_CLICK.encode()).status == 200
    assert guard.unsubscribe.counts() == {"newsletter": 1}


def test_a_language_that_the_site_lacks_is_not_found(tmp_path: Path) -> None:
    """There is no page in it."""
    guard = shop(tmp_path, LETTERS)
    assert ask(guard, token(guard), language="fr").status == 404
