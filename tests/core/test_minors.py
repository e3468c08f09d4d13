"""A minor's data found: set aside with the report, decided about by a person, erased in the policy's time."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.errors import ConsentGuardError
from consentguard.exports import ExportError
from consentguard.memory import MemoryStores
from consentguard.minors import MinorError, Minors, Statement
from consentguard.records import MinorReport, SubjectRef
from consentguard.restriction import RestrictionError
from consentguard.schedules import Schedules
from consentguard.testing.keys import keyring
from consentguard.words import words
from tests.core.neutral import table
from tests.core.rights_kit import POLICY, Shop, shop

ANNA, BEN, LEAD, GUEST = (SubjectRef(*each) for each in (("user", "1"), ("user", "2"), ("lead", "7"), ("guest", "3")))
AGE = """
[age]
threshold = 18
erase_within = "P3D"
guardian_contact = true
"""
HERS = Statement(known_by="anna@example.com", name="Maria", address="maria@example.com", authority="mother")
DAY = dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose policy says from which age on it is meant."""
    return made(tmp_path, monkeypatch)


class Club(Shop):
    """The shop, which asks its users when they were born."""

    def tables(self) -> tuple[Table, ...]:
        return (table("User", "id:key! email:email! name! password! born:date"), *super().tables()[1:])

    def tags(self) -> Mapping[str, Tag]:
        return {**super().tags(), "User": replace(super().tags()["User"], birth_date="born")}


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, policy: str = POLICY + AGE) -> Shop:
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = shop(folder, policy)
    for row in site.rows["User"].rows:
        row["born"] = None
    return Club(folder, databases=site.databases, rows=site.rows)


def minors(site: Shop) -> Minors:
    return site.guard().minors


def in_quarantine(site: Shop) -> list[str]:
    return sorted(str(mark.subject) for mark in site.guard().restrictions.quarantined())


def run(site: Shop, *jobs: str) -> None:
    """Do what the schedule does."""
    turns = list(Schedules(site.guard()).run(jobs or ("rights", "resume")))
    assert all(turn.is_well for turn in turns), turns


def test_everybody_whom_an_address_leads_to_is_set_aside_with_the_report(site: Shop) -> None:
    """A user, a lead without an account, and somebody whose data is held for a client; nobody else."""
    report = minors(site).report(HERS)
    assert (report.state, report.source) == ("quarantined", "guardian")
    assert report.due_at == site.clock.now() + 3 * DAY
    assert in_quarantine(site) == ["guest:3", "lead:7", "user:1"]
    assert site.acts() == ["minor.reported", *3 * ["quarantine.placed"]]


def test_a_report_about_nobody_is_kept_until_somebody_says_whom_it_means(site: Shop) -> None:
    """It can be rejected at once, and is confirmed only once it is about somebody."""
    report = minors(site).report(Statement(known_by="nobody@example.com"))
    assert report.state == "received"
    assert in_quarantine(site) == []
    with pytest.raises(MinorError, match="is received"):
        minors(site).confirm(report.id, "Dana", "seen")
    with pytest.raises(MinorError, match='no "user"'):
        minors(site).identify(report.id, SubjectRef("user", "9"), "Dana")
    assert minors(site).find(report.id).state == "received"
    assert minors(site).identify(report.id, BEN, "Dana").state == "quarantined"
    assert in_quarantine(site) == ["user:2"]


def test_a_report_and_its_quarantine_are_one_transaction(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails between the two, nothing half is there: no report, no mark, no evidence."""
    marks, added = site.stores("default").marks, 0

    def add(mark: object) -> None:
        nonlocal added
        added += 1
        if added == 2:
            raise KeyboardInterrupt
        real(mark)  # type: ignore[arg-type]

    real = marks.add
    monkeypatch.setattr(marks, "add", add)
    with pytest.raises(KeyboardInterrupt):
        minors(site).report(HERS)
    assert added == 2
    assert in_quarantine(site) == site.acts() == list(minors(site).waiting()) == []


def test_no_copy_is_given_out_of_somebody_who_is_set_aside(site: Shop) -> None:
    """Neither for a request that was confirmed before, nor to a member of staff; a rejection gives it free."""
    guard = site.guard()
    guard.rights.receive("access", "anna@example.com", language="en", jurisdiction="ES")
    confirmed = guard.rights.confirm(site.token())
    assert confirmed
    request = confirmed[0]
    token, _ = guard.exports.issue(request)
    assert guard.rights.is_ready(request)
    report = guard.minors.report(HERS)
    assert not guard.rights.is_ready(request)
    assert guard.exports.for_token(token) is None
    with pytest.raises(ExportError, match="minor"):
        guard.exports.copy(guard.exports.of_subject(ANNA), language="en")
    guard.minors.reject(report.id, "Dana", "an identity card was shown")
    assert guard.rights.is_ready(request)
    assert guard.exports.for_token(token) is not None


def test_the_retention_deletes_nothing_behind_a_reports_back(site: Shop) -> None:
    """What is long due stays until the report is rejected."""
    guard = site.guard()
    guard.retention.accept(guard.retention.preview(words("en")).digest, "dpo")
    report = guard.minors.report(Statement(), source="staff", subject=BEN)
    guard.retention.run(guard.retention.due())
    assert site.names("Order") == [1, 2]
    guard.minors.reject(report.id, "Dana", "an identity card was shown")
    guard.retention.run(guard.retention.due())
    assert site.names("Order") == [1]


def test_a_rejection_ends_the_quarantine_and_forgets_what_was_said(site: Shop) -> None:
    """Of that report alone: a second one about the same person stands. The reason stays, sealed."""
    first, second = minors(site).report(HERS), minors(site).report(HERS)
    rejected = minors(site).reject(first.id, "Dana", "she is thirty")
    assert (rejected.state, rejected.closed_at) == ("rejected", site.clock.now())
    assert minors(site).statement(rejected) == Statement(reason="she is thirty")
    assert in_quarantine(site) == ["guest:3", "lead:7", "user:1"]
    minors(site).reject(second.id, "Dana", "she is thirty")
    assert in_quarantine(site) == []
    for decide in (minors(site).reject, minors(site).confirm):
        with pytest.raises(MinorError, match="rejected"):
            decide(first.id, "Dana", "once more")


def test_a_confirmed_report_is_erased_through_the_rights_in_time(site: Shop) -> None:
    """By a request that opens itself and by the time that the policy names; the client is told; nothing is mailed."""
    report = minors(site).report(HERS)
    confirmed = minors(site).confirm(report.id, "Dana", "the school wrote")
    request = site.guard().rights.find(confirmed.request)
    assert (confirmed.state, request.state, request.right) == ("confirmed", "confirmed", "erasure")
    assert request.due_on == report.due_at.date()
    assert {str(mark.subject) for mark in site.guard().restrictions.in_force()} == {"guest:3", "lead:7", "user:1"}
    assert in_quarantine(site) == []
    run(site)
    assert (site.names("User"), site.names("Lead"), site.names("Guest")) == ([2], [], [])
    assert minors(site).find(report.id).state == "confirmed"
    assert {errand.kind for errand in site.guard().errands.all_of(request.id)} >= {"erase", "forward"}
    site.answer()
    run(site)
    erased = minors(site).find(report.id)
    assert (erased.state, erased.closed_at) == ("erased", site.clock.now())
    assert minors(site).statement(erased) == Statement(reason="the school wrote")
    assert site.outbox.messages == []
    assert site.guard().restrictions.in_force() == []


def test_under_a_legal_hold_the_erasure_waits_and_the_restriction_stands(site: Shop) -> None:
    """Until the hold is released."""
    guard = site.guard()
    hold = guard.holds.place("a case", "counsel", dt.date(2030, 1, 1), subject=ANNA)
    report = guard.minors.report(Statement(), source="staff", subject=ANNA)
    guard.minors.confirm(report.id, "Dana", "the school wrote")
    run(site)
    site.answer()
    run(site)
    assert 1 in site.names("User")
    assert minors(site).find(report.id).state == "confirmed"
    assert "user:1" in {str(mark.subject) for mark in site.guard().restrictions.in_force()}
    guard.holds.release(hold.id, "counsel")
    run(site, "resume")
    assert 1 not in site.names("User")
    assert minors(site).find(report.id).state == "erased"


def test_what_a_law_keeps_stays_and_is_not_used(site: Shop) -> None:
    """The report ends when everything else is gone; whoever it is about stays restricted."""
    report = minors(site).report(Statement(), source="staff", subject=BEN)
    minors(site).confirm(report.id, "Dana", "the school wrote")
    run(site)
    site.answer()
    run(site)
    assert site.names("Invoice") == [1]
    assert minors(site).find(report.id).state == "erased"
    assert [str(mark.subject) for mark in site.guard().restrictions.in_force()] == ["user:2"]


@pytest.mark.parametrize("approval", ["one", "two"])
def test_as_many_confirm_as_the_policy_wants_for_an_erasure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, approval: str
) -> None:
    """Each once, and never who reported it; the erasure is open with their approval, and carried out under it."""
    policy = POLICY.replace('channels = ["page", "email"]', f'channels = ["page", "email"]\napproval = "{approval}"')
    site = made(tmp_path, monkeypatch, policy + AGE)
    report = minors(site).report(Statement(entered_by="Dana"), source="staff", subject=ANNA)
    with pytest.raises(MinorError, match="whoever reported"):
        minors(site).confirm(report.id, " dana", "seen")
    known = minors(site).confirm(report.id, "Erik", "seen")
    if approval == "two":
        assert known.state == "quarantined"
        with pytest.raises(MinorError, match="already"):
            minors(site).confirm(report.id, "ERIK", "seen")
        known = minors(site).confirm(report.id, "Flora", "seen")
    request = site.guard().rights.find(known.request)
    assert (known.state, request.state) == ("confirmed", "approved")
    assert json.loads(request.approved_by) == ["Erik", "Flora"][: 1 + (approval == "two")]
    run(site)
    assert site.names("User") == [2]


def test_whom_a_report_means_besides_is_confirmed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever confirmed it before somebody was added has not confirmed that one."""
    policy = POLICY.replace('channels = ["page", "email"]', 'channels = ["page", "email"]\napproval = "two"')
    site = made(tmp_path, monkeypatch, policy + AGE)
    report = minors(site).report(Statement(entered_by="Dana"), source="staff", subject=ANNA)
    minors(site).confirm(report.id, "Erik", "seen")
    minors(site).identify(report.id, BEN, "Flora")
    assert minors(site).confirm(report.id, "Flora", "seen").state == "quarantined"
    known = minors(site).confirm(report.id, "Erik", "seen")
    assert known.state == "confirmed"


def test_of_two_who_decide_at_once_one_is_told(site: Shop) -> None:
    """Whoever looked at a report before it moved on changes nothing."""
    report = minors(site).report(HERS)
    stores = site.stores("default")
    real = stores.minor_reports.find
    assert isinstance(stores, MemoryStores)
    minors(site).reject(report.id, "Dana", "no")
    stores.minor_reports.find = lambda _: report  # type: ignore[method-assign]
    with pytest.raises(MinorError, match="meanwhile"):
        minors(site).confirm(report.id, "Erik", "yes")
    stores.minor_reports.find = real  # type: ignore[method-assign]
    assert minors(site).find(report.id).state == "rejected"
    assert site.guard().restrictions.in_force() == []
    assert "minor.confirmed" not in site.acts()


@pytest.mark.parametrize(
    ("born", "today", "found"),
    [
        ("2008-03-28", "2026-03-28", False),
        ("2008-03-29", "2026-03-28", True),
        ("2008-02-29", "2026-02-28", True),
        ("2008-02-29", "2026-03-01", False),
        ("2010-02-28", "2028-02-29", False),
        ("2010-03-01", "2028-02-29", True),
        ("9999-12-31", "2026-03-28", True),
        ("0001-01-01", "2026-03-28", False),
        (None, "2026-03-28", False),
    ],
)
def test_birth_dates_are_looked_through(site: Shop, born: str | None, today: str, found: bool) -> None:
    """From the birthday on nobody is a minor; on 29 February from the first of March."""
    site.rows["User"].rows[0]["born"] = dt.date.fromisoformat(born) if born else None
    site.clock.tick(dt.datetime.fromisoformat(f"{today}T12:00+00:00") - site.clock.now())
    assert minors(site).check().reports == found
    assert [report.source for report in minors(site).waiting()] == ["check"] * found
    assert in_quarantine(site) == ["lead:7", "user:1"] * found


def test_nobody_is_found_twice(site: Shop) -> None:
    """Neither the next night nor after a person said that it is no minor."""
    site.rows["User"].rows[0]["born"] = dt.date(2020, 1, 1)
    assert (minors(site).check().reports, minors(site).check().reports) == (1, 0)
    [report] = minors(site).waiting()
    minors(site).reject(report.id, "Dana", "a slip of the pen")
    run(site, "minors")
    assert minors(site).waiting() == []


def test_a_look_at_birth_dates_ends_after_so_many(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next night goes on with the rest, and it says so."""
    monkeypatch.setattr("consentguard.minors.AT_ONCE", 1)
    for row in site.rows["User"].rows:
        row["born"] = dt.date(2020, 1, 1)
    assert [minors(site).check().is_whole for _ in range(2)] == [False, True]
    assert len(minors(site).waiting()) == 2


def test_a_report_whose_time_runs_out_is_recalled_once_at_each_share(site: Shop) -> None:
    """At half of it, four fifths, and when it is over; the mail says nothing of whom."""
    report = minors(site).report(HERS)
    assert minors(site).remind() == ()
    for hours, percent in ((37, 50), (22, 80), (14, 100)):
        site.clock.tick(dt.timedelta(hours=hours))
        assert [each.reminded for each in minors(site).remind()] == [percent]
        assert minors(site).remind() == ()
    assert minors(site).is_overdue(minors(site).find(report.id))
    assert len(site.outbox.messages) == 3
    assert all("anna" not in f"{each.subject}{each.text}".lower() for each in site.outbox.messages)


def test_a_quarantine_is_lifted_by_a_decision_alone(site: Shop) -> None:
    """Not by the one who lifts restrictions."""
    minors(site).report(HERS)
    [mark, *_] = site.guard().restrictions.quarantined()
    with pytest.raises(RestrictionError, match="ends with the report"):
        site.guard().restrictions.lift(mark.id)


@pytest.mark.parametrize("known_by", ["", "   ", "x" * 10_000])
def test_a_report_names_somebody(site: Shop, known_by: str) -> None:
    """Nothing is kept of one that does not."""
    with pytest.raises(MinorError, match="whom it is about"):
        minors(site).report(Statement(known_by=known_by))
    assert minors(site).waiting() == []


@pytest.mark.parametrize(("by", "reason"), [("", "seen"), ("Dana", " ")])
def test_a_decision_has_a_name_and_a_reason(site: Shop, by: str, reason: str) -> None:
    """Nothing is changed by one that has not."""
    report = minors(site).report(HERS)
    for decide in (minors(site).reject, minors(site).confirm):
        with pytest.raises(MinorError, match=r"nobody is named|nothing is said"):
            decide(report.id, by, reason)
    assert minors(site).find(report.id) == report


def test_nothing_that_was_said_is_readable_where_it_is_kept(site: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the report, the marks, the evidence nor a log; and no date of birth at all."""
    site.rows["User"].rows[0]["born"] = dt.date(2015, 4, 23)
    with caplog.at_level(logging.DEBUG):
        minors(site).check()
        report = minors(site).report(HERS)
        minors(site).confirm(report.id, "Dana", "the school wrote")
        run(site)
    entries = site.stores("default").entries.unsealed(None, 100)
    kept = [repr(minors(site).find(report.id)), str(report.details), repr(HERS), caplog.text, *map(repr, entries)]
    for said in ("anna@", "maria@", "mother", "2015-04-23", "2015, 4, 23", "school"):
        assert said not in " ".join(kept).lower()


def test_whoever_is_gone_by_themselves_needs_no_erasure(site: Shop) -> None:
    """The report ends all the same."""
    report = minors(site).report(Statement(), source="staff", subject=BEN)
    site.stores("default").marks.forget([BEN])
    assert minors(site).confirm(report.id, "Dana", "seen").request == ""
    run(site)
    assert minors(site).find(report.id).state == "erased"


def test_a_policy_without_an_age_looks_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has no job for it; what is reported to it is dealt with in three days all the same."""
    site = made(tmp_path, monkeypatch, POLICY)
    with pytest.raises(ConsentGuardError, match="says nothing of age"):
        minors(site).check()
    assert "minors" not in {each.job.name for each in Schedules(site.guard()).watched()}
    report: MinorReport = minors(site).report(HERS)
    assert report.due_at - report.received_at == 3 * DAY
