"""The page of what somebody agreed to: what it lists, and that each is taken back with one click."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard.consent import Decision
from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.web.consent.agreements import ROUTES
from tests.core.letters_kit import LETTERS, TEXT
from tests.core.visits import ANA, Browser, acts, shop
from tests.web_policy import CONTROLLER

(ROUTE,) = ROUTES
BOTH = LETTERS + '[purposes.films]\ntitle = "Show films"\nbasis = "consent"\n'


def browser(guard: Guard, **rest: object) -> Browser:
    return Browser(guard, ROUTE, **rest)  # type: ignore[arg-type]


def agree(guard: Guard, purpose: str = "newsletter") -> None:
    guard.consent.give([purpose], ANA, text=TEXT, component="SignUp", language="en")
    guard.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]


def accept(visitor: Browser, *accepted: str) -> None:
    """Choose in the banner, and keep the cookie."""
    guard = visitor.guard
    asked = guard.site.consent_policy.id
    made = Decision(accepted=accepted, policy=asked, method="save", component="banner", language="en")
    visitor.cookies[CHOICE] = guard.cookies.keep_choice(guard.consent.decide(made, visitor.subject)).value
    guard.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]


def test_the_page_exists_where_anybody_is_asked(tmp_path: Path) -> None:
    """In the banner or on a form."""
    assert ROUTE.enabled(shop(tmp_path, LETTERS).site)
    assert ROUTE.enabled(shop(tmp_path, CONTROLLER + '[purposes.news]\nbasis = "consent"\nask = "form"\n').site)
    assert not ROUTE.enabled(shop(tmp_path, CONTROLLER).site)


def test_it_lists_what_is_agreed_to_now(tmp_path: Path) -> None:
    """Each purpose with its date and a button, wherever it was agreed to; nothing that was refused."""
    guard = shop(tmp_path, BOTH)
    visitor = browser(guard, subject=ANA)
    agree(guard)
    accept(visitor, "films")
    page = visitor.get(language="en").page
    assert [(fact.label, fact.value) for fact in page.facts] == [
        ("Show films", "Since November 21, 2026"),
        ("Our <newsletter>", "Since November 21, 2026"),
    ]
    (form,) = page.forms
    assert [(each.value, each.label) for each in form.buttons] == [
        ("films", "Take back: Show films"),
        ("newsletter", "Take back: Our <newsletter>"),
    ]


def test_one_click_takes_it_back(tmp_path: Path) -> None:
    """It counts at once, is on record, and the page no longer lists it."""
    guard = shop(tmp_path, LETTERS)
    agree(guard)
    visitor = browser(guard, subject=ANA)
    sent = visitor.post({"answer": ["newsletter"]}, language="en")
    assert (sent.status, sent.cookies) == (303, ())
    assert guard.consent.consenting("newsletter", [ANA]) == frozenset()
    page = visitor.follow(sent).page
    assert (page.notice, page.facts, page.forms) == ("Your consent is taken back.", (), ())


def test_what_this_browser_accepted_ends_here_too(tmp_path: Path) -> None:
    """Its cookie no longer allows the purpose, and still allows the others."""
    guard = shop(tmp_path, BOTH)
    visitor = browser(guard, subject=ANA)
    accept(visitor, "films", "statistics")
    visitor.post({"answer": ["films"]})
    choice = guard.cookies.choice(visitor.cookies[CHOICE])
    assert choice is not None
    assert choice.accepted == {"statistics"}
    assert guard.consent.agreed_by(ANA).keys() == {"statistics"}
    guard.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    visitor.post({"answer": ["statistics"]})
    choice = guard.cookies.choice(visitor.cookies[CHOICE])
    assert choice is not None
    assert choice.accepted == frozenset()


def test_another_browsers_choice_is_taken_back_on_record(tmp_path: Path) -> None:
    """Where this browser keeps no choice, there is one record and no cookie."""
    guard = shop(tmp_path, BOTH)
    accept(browser(guard, subject=ANA), "films", "statistics")
    sent = browser(guard, subject=ANA).post({"answer": ["films"]})
    assert (sent.status, sent.cookies) == (303, ())
    assert guard.consent.agreed_by(ANA).keys() == {"statistics"}


@pytest.mark.parametrize("answer", ["", "service", "<script>", "newsletter/x"])
def test_a_forged_form_changes_nothing(tmp_path: Path, answer: str) -> None:
    """422, and nothing of what was sent on the page."""
    guard = shop(tmp_path, LETTERS)
    agree(guard)
    page = browser(guard, subject=ANA).post({"answer": [answer]})
    assert (page.status, page.page.notice_kind) == (422, "problem")
    assert len(acts(guard)) == 1


def test_whoever_is_not_signed_in_is_shown_the_way_by_receipt(tmp_path: Path) -> None:
    """Nothing of anybody's, no form, and a form that is sent changes nothing."""
    guard = shop(tmp_path, LETTERS)
    agree(guard)
    page = browser(guard).get(language="es")
    assert (page.status, page.page.facts, page.page.forms) == (200, (), ())
    assert page.page.onward[0].url == "/privacy/withdraw/es"
    assert browser(guard).post({"answer": ["newsletter"]}).status == 403
    assert len(acts(guard)) == 1
