"""Guardian consent: asked by a child, answered by a mailed link, for purposes one by one, and taken back as easily."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard.guardians import GuardianError
from consentguard.records import DISCLOSURE, USE, SubjectRef
from consentguard.web import guardians as pages
from tests.core.guardian_kit import (
    ADDRESS,
    AGE,
    ANSWER,
    ASK,
    DAY,
    FORM,
    KIM,
    MARIA,
    OWN,
    agrees,
    browser,
    code,
    made,
    purged,
    room,
)
from tests.core.rights_kit import Shop


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, which asks guardians."""
    return made(tmp_path, monkeypatch)


@pytest.mark.parametrize("child", [KIM, SubjectRef("user", ADDRESS), ADDRESS])
def test_what_a_guardian_agrees_to_is_the_childs_consent(site: Shop, child: SubjectRef | str) -> None:
    """Scope by scope: giving data to others comes with no purpose; a link is used once; the evidence names nobody.

    An account whose key is an address is no mere address.
    """
    asked = room(site).ask(child, MARIA, language="en")
    assert (asked.state, room(site).scopes) == ("noticed", (USE, "news", "survey", DISCLOSURE))
    link = code(site)
    answer = room(site).grant(link, ["news"])
    assert answer
    assert (answer.consent.state, answer.consent.method) == ("granted", "link")
    assert room(site).granted(child) == {"news"}
    # whose address that is nobody has shown: it must not speak for whoever it is
    assert (agrees(site, "news", child), agrees(site, "survey", child)) == (isinstance(child, SubjectRef), False)
    assert room(site).grant(link, ["survey"]) is None
    assert {act for act in site.acts() if act.startswith("guardian")} == {
        f"guardian.{act}" for act in ("requested", "noticed", "verified", "granted")
    }


def test_it_is_taken_back_by_the_link_of_the_second_mail(site: Shop) -> None:
    """Then no purpose has it any more, and nobody's address is kept."""
    room(site).ask(KIM, MARIA, language="en")
    room(site).grant(code(site), ["news", DISCLOSURE])
    taken = room(site).withdraw(code(site))
    assert taken
    assert (taken.state, room(site).granted(KIM), agrees(site, "news", KIM)) == ("withdrawn", frozenset(), False)
    assert purged(site, taken.id)
    assert room(site).withdraw(code(site)) is None


def test_a_refusal_and_a_silence_forget_both_addresses(site: Shop) -> None:
    """A refusal at once, a silence on its day; the link opens nothing then."""
    one, other = (room(site).ask(KIM, MARIA, language="en") for _ in range(2))
    declined = room(site).decline(code(site, 0))
    assert declined
    assert (declined.state, purged(site, one.id), purged(site, other.id)) == ("declined", True, False)
    site.clock.tick(14 * DAY - dt.timedelta(seconds=1))
    assert room(site).expire() == 0
    site.clock.tick(dt.timedelta(seconds=1))
    assert room(site).grant(code(site, 1), ["news"]) is None
    assert (room(site).expire(), room(site).expire()) == (1, 0)
    assert (room(site).find(other.id).state, purged(site, other.id)) == ("expired", True)


def test_from_a_day_on_the_child_decides(site: Shop) -> None:
    """What the guardian agreed to ends on that day, whether or not the job has run."""
    today = site.clock.now().date()
    asked = room(site).ask(KIM, MARIA, language="en", ends_on=today + 30 * DAY)
    room(site).grant(code(site), ["news"])
    assert room(site).expire() == 0
    site.clock.tick(30 * DAY)
    assert room(site).granted(KIM) == frozenset()
    assert room(site).expire() == 1
    assert (room(site).find(asked.id).state, agrees(site, "news", KIM)) == ("aged_out", False)


@pytest.mark.parametrize("answered_first", [True, False])
def test_a_signed_form_counts_once_staff_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered_first: bool
) -> None:
    """Whichever comes first, the answer or the form: neither counts without the other."""
    site = made(tmp_path, monkeypatch, FORM)
    asked = room(site).ask(KIM, MARIA, language="en")
    steps = [lambda: room(site).grant(code(site), ["news"]), lambda: room(site).received(asked.id, "Dana")]
    first, second = steps if answered_first else steps[::-1]
    first()
    assert room(site).granted(KIM) == frozenset()
    second()
    assert (room(site).granted(KIM), room(site).find(asked.id).method) == ({"news"}, "form")
    with pytest.raises(GuardianError, match="is granted"):
        room(site).received(asked.id, "Dana")


@pytest.mark.parametrize("scopes", [[], ["service"], ["nonsense"], ["news", "advertising"]])
def test_only_what_was_asked_for_is_agreed_to(site: Shop, scopes: list[str]) -> None:
    """Nothing is kept of anything else, and the link is not used up."""
    room(site).ask(KIM, MARIA, language="en")
    with pytest.raises(GuardianError, match="nothing was chosen"):
        room(site).grant(code(site), scopes)
    assert room(site).grant(code(site), ["news"])


@pytest.mark.parametrize("forged", ["", "x" * 10_000, "nonsense", "\0"])
def test_a_forged_link_opens_nothing(site: Shop, forged: str) -> None:
    """Whatever it is tried for."""
    room(site).ask(KIM, MARIA, language="en")
    answers = (room(site).peek(forged), room(site).grant(forged, ["news"]), room(site).decline(forged))
    assert (*answers, room(site).withdraw(forged)) == (None, None, None, None)


def test_a_child_asks_on_a_page_and_a_guardian_answers_on_another(site: Shop) -> None:
    """A look changes nothing; a second look after the answer shows what was agreed to, and how to take it back."""
    sent = browser(site, ASK).post({"child": [ADDRESS], "guardian": [MARIA]})
    assert (sent.status, sent.redirect) == (303, "/privacy/guardian?sent=1")
    page = browser(site, ANSWER).get(token=code(site))
    assert [option.value for option in page.page.forms[0].fields[0].options] == [USE, "news", "survey", DISCLOSURE]
    assert not any(option.chosen for option in page.page.forms[0].fields[0].options)
    assert page.page.forms[0].fields[0].options[1].hint == "A letter each month."
    assert room(site).granted(ADDRESS) == frozenset()
    none = browser(site, ANSWER).post({"answer": ["grant"]}, token=code(site))
    assert (none.status, room(site).granted(ADDRESS)) == (422, frozenset())
    agreed = browser(site, ANSWER).post({"answer": ["grant"], "scopes": ["news"]}, token=code(site))
    assert (agreed.status, room(site).granted(ADDRESS)) == (303, {"news"})
    shown = browser(site, ANSWER).get(token=code(site))
    assert [button.value for button in shown.page.forms[0].buttons] == ["withdraw"]
    gone = browser(site, ANSWER).post({"answer": ["withdraw"]}, token=code(site))
    assert (gone.status, room(site).granted(ADDRESS)) == (200, frozenset())
    assert browser(site, ANSWER).get(token=code(site)).status == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"guardian": ["maria"]}, {"guardian": "such as"}),
        ({"child": [""]}, {"child": "such as"}),
        ({"child": [""], "guardian": [""]}, {"child": "such as", "guardian": "such as"}),
        ({"child": [MARIA]}, {"guardian": "somebody else"}),
        ({"guardian": [f"{'x' * 300}@example.com"]}, {"guardian": "such as"}),
    ],
)
def test_addresses_that_are_none_are_asked_for_again(
    site: Shop, wrong: dict[str, list[str]], said: dict[str, str]
) -> None:
    """And nobody is written to; each field says what is wrong with it."""
    page = browser(site, ASK).post({"child": [ADDRESS], "guardian": [MARIA], **wrong})
    assert (page.status, site.outbox.messages, site.acts()) == (422, [], [])
    errors = {field.name: field.error for field in page.page.forms[0].errors}
    assert errors.keys() == said.keys()
    assert all(words in errors[name] for name, words in said.items())


@pytest.mark.parametrize("own", [OWN, OWN.upper()])
def test_a_child_who_is_signed_in_is_not_their_own_guardian(site: Shop, own: str) -> None:
    """The address in their own row is refused as one that they type twice is."""
    page = browser(site, ASK, KIM).post({"guardian": [own]})
    assert (page.status, [field.name for field in page.page.forms[0].errors]) == (422, ["guardian"])
    assert site.outbox.messages == []


def test_one_guardian_is_written_to_so_often_a_day(site: Shop) -> None:
    """Whoever asks; the answer is the same."""
    visitor = browser(site, ASK)
    assert len({visitor.post({"child": [ADDRESS], "guardian": [MARIA]}).redirect for _ in range(5)}) == 1
    assert len(site.outbox.messages) == 3


def test_a_child_who_is_signed_in_is_asked_for_one_address(site: Shop) -> None:
    """Their account is known."""
    page = browser(site, ASK, KIM).get()
    assert [field.name for field in page.page.forms[0].fields] == ["guardian"]
    browser(site, ASK, KIM).post({"guardian": [MARIA]})
    room(site).grant(code(site), ["news"])
    assert room(site).granted(KIM) == {"news"}


def test_nobody_stands_where_it_may_be_logged(site: Shop) -> None:
    """Neither in the record nor in the evidence; the mail does not name the child."""
    asked = room(site).ask(ADDRESS, MARIA, language="en")
    entries = site.stores("default").entries.unsealed(None, 100)
    kept = f"{asked!r} {asked.contact!r} {asked.child!r} {entries!r}"
    assert MARIA not in kept
    assert ADDRESS not in kept
    assert "kim" not in site.outbox.messages[-1].text


def test_a_policy_that_asks_no_guardian_has_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says so to code that asks one."""
    site = made(tmp_path, monkeypatch, AGE.replace("[age.guardian]\n", ""))
    assert not any(route.enabled(site.guard().site) for route in pages.ROUTES)
    with pytest.raises(GuardianError, match="asks no guardian"):
        room(site).ask(KIM, MARIA, language="en")


def test_nobody_takes_back_for_an_address_what_its_owner_agreed_to(site: Shop) -> None:
    """Who writes down somebody else's address as a child's gets no say in what its owner chose."""
    guard = site.guard()
    guard.consent.give(["survey"], ADDRESS, text="t", component="form", language="en")
    room(site).ask(ADDRESS, MARIA, language="en")
    assert room(site).grant(code(site), ["news", "survey"])
    assert (agrees(site, "news", ADDRESS), agrees(site, "survey", ADDRESS)) == (False, True)
    assert room(site).withdraw(code(site))
    assert agrees(site, "survey", ADDRESS)


def test_what_was_signed_is_neither_changed_nor_accepted_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature covers the first answer; a form that comes after the time to answer grants nothing."""
    site = made(tmp_path, monkeypatch, FORM)
    asked = room(site).ask(KIM, MARIA, language="en")
    answer = room(site).grant(code(site), ["news"])
    assert answer
    assert room(site).grant(answer.code, ["news", "survey"]) is None
    site.clock.tick(15 * DAY)
    with pytest.raises(GuardianError, match="too late"):
        room(site).received(asked.id, "Dana")
    assert room(site).granted(KIM) == frozenset()
