"""What each right does, under which approval, and what is honestly left: states, plans, holds, least times, marks."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.records import OPEN_STATES, RequestState, RightsRequest, SubjectRef
from consentguard.rights import Asked, Details, PlanChangedError, RightsError, StateError, drp
from consentguard.rights.states import NEXT, check
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, TAGS, Shop, shop

ANNA, BEN = "anna@example.com", "ben@example.com"
DAY = dt.timedelta(days=1)
USER = SubjectRef("user", "1")
USES = """
[purposes.service]
basis = "contract"
title = "Your orders"
[purposes.books]
basis = "legal_obligation"
[purposes.analytics]
basis = "legitimate_interests"
title = "Statistics"
[purposes.newsletter]
basis = "consent"
ask = "form"
marketing = true
[rights.rectification]
channels = ["page"]
[rights.restriction]
channels = ["page"]
[complaints.GT]
name = "The Authority"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with purposes of every kind; names may be corrected, and an order's note repeats the name."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.setitem(TAGS, "User", replace(TAGS["User"], rectifiable=("name", "email")))
    monkeypatch.setitem(TAGS, "Order", replace(TAGS["Order"], copies={"note": "User.name"}))
    return shop(tmp_path, POLICY + USES)


def confirmed(site: Shop, right: str, address: str = ANNA, **details: Any) -> RightsRequest:
    """A request that was confirmed by mail, or taken by staff where the page does not offer it."""
    asked = Asked(right=right, address=address, language="en", channel="help_desk", details=Details(**details))
    site.guard().rights.take(asked)
    found = site.guard().rights.confirm(site.token())
    assert found
    return found[0]


def details_of(site: Shop, act: str) -> list[Mapping[str, Any]]:
    """What the entries of an act say."""
    entries = site.stores("default").entries.unsealed(None, 999)
    return [json.loads(entry.details) for entry in entries if entry.act == act]


def test_every_state_leads_to_an_end_and_has_a_name_elsewhere(site: Shop) -> None:
    """No state is a dead end but the four ends; each is one of the Data Rights Protocol."""
    states: tuple[RequestState, ...] = get_args(RequestState)
    assert set(NEXT) == set(states)
    assert {state for state in states if not NEXT[state]} == {"done", "denied", "revoked"}
    request = confirmed(site, "access")
    statuses = {state: drp(replace(request, state=state)).status for state in states}
    assert set(statuses.values()) == {"open", "in_progress", "fulfilled", "revoked", "denied", "expired"}
    assert drp(replace(request, state="denied", denial="no_match")) == ("denied", "no_match")
    assert drp(replace(request, state="received")) == ("in_progress", "need_user_verification")
    with pytest.raises(StateError, match="done"):
        check(replace(request, state="done"), "running")


def test_a_correction_reaches_the_declared_copies_and_leaves_no_plaintext(site: Shop) -> None:
    """D02: the evidence has keyed hashes of before and after; recipients are told."""
    request = confirmed(site, "rectification", corrections={"User.name": "Anna Maria"})
    assert site.guard().rights.plan(request.id).lines == (
        "correct name of 1 row of User",
        "correct note of 1 row of Order",
    )
    done = site.guard().rights.carry_out(request.id)
    assert (site.rows["User"].rows[0]["name"], site.rows["Order"].rows[0]["note"]) == ("Anna Maria", "Anna Maria")
    assert site.rows["User"].rows[1]["name"] == "Ben"
    assert (done.request.state, done.outcome.waiting) == ("partial", ("guest", "mailbox"))
    hashes = details_of(site, "rectification.column")
    assert {each["column"] for each in hashes} == {"User.name", "Order.note"}
    assert all(each["before"] != each["after"] and "Anna" not in json.dumps(each) for each in hashes)
    assert "Anna Maria" not in repr(done)


@pytest.mark.parametrize(
    "corrections", [{"User.password": "x"}, {"Order.note": "x"}, {"nonsense": "x"}, {"User.email": "no address"}]
)
def test_only_what_a_tag_allows_is_corrected_and_values_have_types(site: Shop, corrections: dict[str, str]) -> None:
    """And no value is ever shown in the refusal."""
    with pytest.raises(RightsError) as raised:
        confirmed(site, "rectification", corrections=corrections)
    assert "no address" not in str(raised.value)


def test_a_request_in_words_is_entered_by_staff(site: Shop) -> None:
    """Until then there is no plan; an approval falls with what was approved."""
    rights, request = site.guard().rights, confirmed(site, "rectification", note="My name is wrong")
    with pytest.raises(RightsError, match="nothing says"):
        rights.plan(request.id)
    rights.specify(request.id, Details(corrections={"User.name": "Ana"}), "Dana")
    rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    specified = rights.specify(request.id, Details(corrections={"User.name": "Anne"}), "Dana")
    assert (specified.state, specified.approved_by) == ("confirmed", "[]")
    rights.carry_out(request.id)
    assert site.rows["User"].rows[0]["name"] == "Anne"


def test_an_objection_is_granted_or_refused_by_its_basis(site: Shop) -> None:
    """D08: contract and law go on, with the reason in the answer and the evidence."""
    request = confirmed(site, "objection", purposes=("analytics", "service", "books", "newsletter"))
    done = site.guard().rights.carry_out(request.id)
    assert set(done.outcome.granted) == {"analytics", "newsletter"}
    assert done.outcome.refused == {"service": "contract", "books": "legal_obligation"}
    marks = site.stores("default").marks.of(USER)
    assert {(mark.kind, mark.purpose) for mark in marks} == {("objection", "analytics"), ("objection", "newsletter")}
    assert site.guard().unsubscribe.is_suppressed(ANNA, "newsletter")
    [entry] = details_of(site, "objection.done")
    assert (entry["refused.service"], entry["refused.books"]) == ("contract", "legal_obligation")
    text = site.outbox.messages[-1].text
    assert "“Your orders” goes on: it is needed for the contract with you" in text
    assert "From now on we do not use data about you for: Statistics and newsletter." in text


def test_a_restriction_holds_for_some_data_until_a_day_and_is_announced(site: Shop) -> None:
    """D09: Art. 18(3) is owed before it ends, once."""
    until = site.clock.now().date() + 30 * DAY
    request = confirmed(site, "restriction", categories=("orders",), until=until)
    site.guard().rights.carry_out(request.id)
    [mark, _] = site.guard().restrictions.in_force()
    assert (mark.category, mark.until) == ("orders", dt.datetime.combine(until + DAY, dt.time(), dt.UTC))
    site.answer()
    assert site.guard().rights.means.restrictions.ending() == []
    site.clock.tick(25 * DAY)
    sent = len(site.outbox.messages)
    site.guard().rights.remind()
    site.guard().rights.remind()
    [letter] = [each for each in site.outbox.messages[sent:] if each.subject == "A restriction ends"]
    assert f"ends on {until:%B} {until.day}, {until.year}" in letter.text
    site.clock.tick(10 * DAY)
    assert site.guard().restrictions.in_force() == []


def test_a_restriction_is_lifted_after_its_sender_was_told(site: Shop) -> None:
    """Not while the mail server is down."""
    request = confirmed(site, "restriction")
    rights = site.guard().rights
    rights.carry_out(request.id)
    site.answer()
    site.outbox.down = True
    with pytest.raises(StateError, match="could not be told"):
        rights.lift(request.id, "Dana")
    assert len(site.guard().restrictions.in_force()) == 2
    site.outbox.down = False
    rights.lift(request.id, "Dana")
    assert (site.guard().restrictions.in_force(), site.outbox.messages[-1].subject) == ([], "A restriction ends")


def test_consent_is_withdrawn_and_sale_is_opted_out_of(site: Shop) -> None:
    """D10 and D11: what was agreed to ends, and no mail of it goes out any more."""
    guard = site.guard()
    guard.consent.give(["newsletter"], USER, text="Yes", component="form", language="en")
    guard.rights.carry_out(confirmed(site, "withdrawal").id)
    assert not guard.consent.agreed_by(USER)
    guard.consent.give(["newsletter"], BEN, text="Yes", component="form", language="en")
    done = guard.rights.carry_out(confirmed(site, "opt_out", BEN).id)
    assert (done.outcome.granted, guard.consent.agreed_by(BEN)) == (("newsletter",), {})
    assert guard.unsubscribe.is_suppressed(BEN, "newsletter")


def approving(number: str) -> str:
    return (POLICY + USES).replace("[rights.erasure]\n", f'[rights.erasure]\napproval = "{number}"\n')


def test_a_plan_runs_under_as_many_approvals_as_the_policy_asks(tmp_path: Path, site: Shop) -> None:
    """Of two different people, for this plan: a stale digest approves nothing."""
    site = shop(tmp_path, approving("two"))
    request, rights = confirmed(site, "erasure"), site.guard().rights
    with pytest.raises(StateError, match="by two people"):
        rights.carry_out(request.id)
    digest = rights.plan(request.id).digest
    with pytest.raises(PlanChangedError):
        rights.approve(request.id, "0" * 64, "Dana")
    assert rights.approve(request.id, digest, "Dana").state == "confirmed"
    assert rights.approve(request.id, digest, "Dana ").state == "confirmed", "one person counts once"
    assert rights.approve(request.id, digest, "Emil").state == "approved"
    assert rights.carry_out(request.id).request.state == "partial"
    assert site.names("User") == [2]


def test_a_plan_that_changed_since_is_not_carried_out(tmp_path: Path, site: Shop) -> None:
    """Somebody else has the address by now: what was approved was another plan."""
    site = shop(tmp_path, approving("one"))
    request, rights = confirmed(site, "erasure"), site.guard().rights
    rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    site.rows["User"].rows.append({"id": 3, "email": ANNA, "name": "Another", "password": "x"})
    with pytest.raises(PlanChangedError):
        rights.carry_out(request.id)
    assert (rights.find(request.id).state, site.names("User")) == ("confirmed", [1, 2, 3])


def test_a_copy_that_needs_approval_waits_for_it(tmp_path: Path, site: Shop) -> None:
    """And what was left out after the approval needs another."""
    policy = (POLICY + USES).replace("[rights.access]\n", '[rights.access]\napproval = "one"\n')
    site = shop(tmp_path, policy)
    request, rights = confirmed(site, "access"), site.guard().rights
    assert not rights.is_ready(request)
    approved = rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    assert rights.is_ready(approved)


def test_what_a_hold_keeps_goes_once_it_is_released(site: Shop) -> None:
    """R20: the request is partial, says why, and ends by itself."""
    guard = site.guard()
    hold = guard.holds.place("A claim", author="Dana", review_on=dt.date(2027, 1, 1), subject=USER)
    request = confirmed(site, "erasure")
    done = guard.rights.carry_out(request.id)
    assert (dict(done.outcome.later), site.names("User")) == ({"User": "held", "Order": "held"}, [1, 2])
    assert "Kept for now, because a legal claim or an authority requires it" in site.outbox.messages[-1].text
    site.answer()
    assert guard.rights.find(request.id).state == "partial"
    guard.holds.release(hold.id, by="Dana")
    assert guard.rights.resume().failed == {}
    assert (guard.rights.find(request.id).state, site.names("Order"), site.names("User")) == ("done", [2], [2])
    assert site.outbox.messages[-1].subject == "Your data is deleted"
    assert guard.rights.means.details(guard.rights.find(request.id)).people == ()


def test_what_a_law_keeps_goes_when_its_time_is_over(site: Shop) -> None:
    """R17: five years later, with no new request; the person was told the day."""
    guard, request = site.guard(), confirmed(site, "erasure", BEN)
    guard.rights.carry_out(request.id)
    site.answer()
    request = guard.rights.find(request.id)
    assert (request.state, json.loads(request.outcome)["later"]["Invoice"]) == ("partial", "2031-03-01")
    assert guard.rights.overdue() == ()
    site.clock.tick(5 * 366 * DAY)
    assert guard.rights.resume().failed == {}
    assert (guard.rights.find(request.id).state, site.names("Invoice"), site.names("User")) == ("done", [], [1])
    assert site.stores("default").runs.about(request.id)[0].state == "done"


def test_a_refusal_and_an_extension_say_why_and_where_to_complain(site: Shop) -> None:
    """Art. 12(3) and (4) GDPR; an extension comes once, in the first month, with a reason."""
    request, rights = confirmed(site, "erasure"), site.guard().rights
    assert request.due_on == dt.date(2026, 4, 28)
    with pytest.raises(RightsError):
        rights.extend(request.id, " ", "Dana")
    extended = rights.extend(request.id, "Many letters", "Dana")
    assert (extended.due_on, extended.extended_on) == (dt.date(2026, 6, 29), dt.date(2026, 3, 28))
    assert "The reason is: Many letters" in site.outbox.messages[-1].text
    with pytest.raises(StateError):
        rights.extend(request.id, "Still more", "Dana")
    with pytest.raises(RightsError):
        rights.deny(request.id, "because", "Dana")  # type: ignore[arg-type]
    denied = rights.deny(request.id, "suspected_fraud", "Dana")
    assert (denied.state, denied.closed_at) == ("denied", site.clock.now())
    assert "You can complain to The Authority." in site.outbox.messages[-1].text
    with pytest.raises(StateError):
        rights.carry_out(request.id)


def test_an_extension_is_refused_after_the_first_month(site: Shop) -> None:
    """By then its sender should have been told."""
    request = confirmed(site, "erasure")
    site.clock.tick(32 * DAY)
    with pytest.raises(StateError, match="cannot be put off"):
        site.guard().rights.extend(request.id, "Many letters", "Dana")


@pytest.mark.parametrize(
    ("regimes", "due"),
    [
        ('gdpr = { applies = ["EEA"] }', "2026-05-08"),  # stood still for ten days
        ('uk_gdpr = { applies = ["GB"] }', "2026-05-07"),  # begins with the proof
        ('ccpa = { applies = ["US-CA"] }', "2026-05-12"),  # runs on
    ],
)
def test_a_clock_stands_still_while_proof_is_awaited(tmp_path: Path, site: Shop, regimes: str, due: str) -> None:
    """D19: where the law lets it, and nowhere else; its sender is asked, and told when it goes on."""
    site = shop(tmp_path, (POLICY + USES).replace('gdpr = { applies = ["EEA"] }', regimes))
    rights = site.guard().rights
    request = rights.take(Asked(right="erasure", address=ANNA, language="en", channel="help_desk"))
    rights.ask_proof(request.id, "Dana")
    site.clock.tick(10 * DAY)
    assert (rights.overdue(), rights.verify(request.id, "staff", "Dana").due_on.isoformat()) == ((), due)
    with pytest.raises(StateError):
        rights.verify(request.id, "staff", "Dana")


def test_a_receipt_that_a_law_wants_confirmed_in_time_is_overdue_without_it(tmp_path: Path, site: Shop) -> None:
    """CCPA: ten business days, however long the answer takes."""
    site = shop(tmp_path, (POLICY + USES).replace('gdpr = { applies = ["EEA"] }', 'ccpa = { applies = ["US-CA"] }'))
    site.outbox.down = True
    request = site.guard().rights.take(Asked(right="erasure", address=ANNA, language="en", channel="email"))
    site.clock.tick(13 * DAY)
    assert site.guard().rights.overdue() == ()
    site.clock.tick(2 * DAY)
    assert [each.id for each in site.guard().rights.overdue()] == [request.id]


def test_an_approval_outlasts_an_extension(tmp_path: Path, site: Shop) -> None:
    """What its sender is told of why it takes longer is no part of the plan."""
    policy = (POLICY + USES).replace("[rights.objection]\n", '[rights.objection]\napproval = "one"\n')
    site = shop(tmp_path, policy)
    request, rights = confirmed(site, "objection"), site.guard().rights
    rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    rights.extend(request.id, "Many letters", "Dana")
    assert rights.carry_out(request.id).outcome.granted == ("analytics", "newsletter")


def test_reminders_come_at_half_four_fifths_and_the_end(site: Shop) -> None:
    """Once each, to the controller's mailbox, naming nobody; a mail that fails is tried again."""
    request = confirmed(site, "erasure")
    reminded = []
    for days in (10, 6, 10, 5, 1):
        site.clock.tick(days * DAY)
        found = site.guard().rights.remind()
        reminded.append([each.reminded for each in found])
        assert not site.guard().rights.remind()
    assert reminded == [[], [50], [80], [], [100]]
    mails = [each for each in site.outbox.messages if each.to == "privacy@shop.example.com"]
    assert len(mails) == 3
    assert request.id in mails[0].text
    assert ANNA not in "".join(each.text for each in mails)
    assert [each.id for each in site.guard().rights.overdue()] == [request.id]
    assert [each["percent"] for each in details_of(site, "request.reminder")] == [50, 80, 100]
    assert set(OPEN_STATES) == {"received", "confirmed", "approved", "running", "partial"}
