"""What an admin shows: values in words, persons as pseudonyms, keys without a key, and the data map's rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from pathlib import Path

import pytest

from consentguard import records, screens
from consentguard.crypto.keyring import VARIABLE
from consentguard.records import RightsRequest, SubjectRef
from consentguard.screens import Screen
from consentguard.testing.keys import keyring
from tests.core.rights_kit import Shop, shop

TODAY = dt.date(2026, 3, 10)
NOON = dt.datetime(2026, 3, 9, 12, tzinfo=dt.UTC)
REQUEST = RightsRequest(
    id="0" * 32,
    right="erasure",
    state="confirmed",
    received_at=NOON,
    due_on=TODAY,
    language="en",
    jurisdiction="",
    contact=b"sealed",
    contact_ref="a" * 32,
    owes="",
    confirmed_at=NOON,
)
RECORDS = {
    "consents": records.EvidenceEntry,
    "requests": records.RightsRequest,
    "holds": records.Hold,
    "errands": records.Errand,
    "restrictions": records.Mark,
    "minors": records.MinorReport,
    "guardians": records.GuardianConsent,
    "runs": records.Run,
    "evidence": records.EvidenceEntry,
    "factors": screens.Holder,
    "ages": records.AgeClaim,
    "keys": screens.KeyRow,
    "data-map": screens.DataRow,
}
SAID = {"accepted", "refused", "policy", "method", "component", "language", "gpc", "until", "jurisdiction", "text"}
MADE_UP = {"consents": SAID | {"address", "user_agent"}, "requests": {"clock", "used"}, "evidence": {"sequence"}}
"""Columns that are no field of the record."""
LISTS = [screen for screen in screens.SCREENS if screen.columns]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with keys in the environment of which one only decrypts."""
    monkeypatch.setenv(VARIABLE, keyring(2).dumps())
    return shop(tmp_path)


@pytest.mark.parametrize("screen", LISTS, ids=lambda screen: screen.name)
def test_a_screen_names_fields_of_its_record_and_never_shows_sealed_ones(screen: Screen) -> None:
    """In its columns, its search, its filters and its order."""
    known = {field.name for field in fields(RECORDS[screen.name])}
    shown = [column.name for column in (*screen.columns, *screen.more)]
    ordered = (name.lstrip("-") for name in screen.order)
    named = {*screen.search, *screen.filters, *screen.only, *ordered, screen.person or "id"}
    assert set(shown) - known == MADE_UP.get(screen.name, set())
    assert named <= known | {"id"}
    assert len(set(shown)) == len(shown)
    assert not set(screen.sealed) & set(shown)
    assert all(field in screen.sealed for field in ("contact", "secret", "payload") if field in known)
    assert "details" in screens.REQUESTS.sealed


@pytest.mark.parametrize(
    ("days", "said", "tone"),
    [
        (12, "due in 12 days", ""),
        (7, "due in 7 days", "soon"),
        (1, "due in 1 day", "soon"),
        (0, "due today", "soon"),
        (-1, "1 day late", "bad"),
        (-3, "3 days late", "bad"),
    ],
)
def test_a_clock_counts_days(days: int, said: str, tone: str) -> None:
    """Up to the last day, which is in time, and beyond."""
    cell = screens.REQUESTS.column("clock").cell(replace(REQUEST, due_on=TODAY + dt.timedelta(days)), TODAY)
    assert (cell.text, cell.tone) == (said, tone)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "done", "closed_at": NOON}, "closed 2026-03-09"),
        ({"state": "done", "closed_at": NOON, "due_on": dt.date(2026, 3, 7)}, "closed 2026-03-09, 2 days late"),
        ({"state": "expired", "closed_at": NOON, "due_on": dt.date(2026, 3, 7)}, "closed 2026-03-09"),
        ({"state": "received", "due_on": dt.date(2026, 3, 11)}, "due in 1 day"),
        ({"state": "received", "due_on": dt.date(2026, 3, 7)}, "not confirmed in time"),
        ({"state": "partial", "outcome": '{"later":{"Invoice":"held"}}'}, "answered: what is left goes by itself"),
    ],
)
def test_a_clock_marks_only_what_is_to_be_carried_out(facts: dict[str, object], said: str) -> None:
    """Nobody is late with what was never confirmed, or is done."""
    cell = screens.REQUESTS.column("clock").cell(replace(REQUEST, **facts), TODAY)  # type: ignore[arg-type]
    assert (cell.text, cell.tone) == (said, "")


@pytest.mark.parametrize(
    ("facts", "said", "used"),
    [
        ({"due_on": dt.date(2026, 3, 28), "extended_on": TODAY}, "due in 18 days, extended", "5 %"),
        ({"paused_at": NOON, "state": "received"}, "stands still since 2026-03-09: proof is awaited", ""),
        ({"due_on": dt.date(2026, 3, 9)}, "1 day late", "100 %"),
        ({"state": "partial", "outcome": '{"waiting":["mailbox"]}'}, "due today", "50 %"),
        ({"state": "received", "identity": "agent"}, "due today", "50 %"),
    ],
)
def test_a_clock_says_what_moves_it(facts: dict[str, object], said: str, used: str) -> None:
    """An extension, a proof that is awaited, an answer of other places; and how much of the time is over."""
    request = replace(REQUEST, **facts)  # type: ignore[arg-type]
    assert [screens.REQUESTS.column(name).cell(request, TODAY).text for name in ("clock", "used")] == [said, used]


def test_a_hash_is_shortened_and_kept_whole_beside() -> None:
    """Enough to compare by eye, all of it to copy; nobody has no pseudonym."""
    column = screens.REQUESTS.column("contact_ref")
    cell = column.cell(REQUEST, TODAY)
    assert (cell.text, cell.whole) == ("aaaaaaaaaa…", "a" * 32)
    assert column.cell(replace(REQUEST, contact_ref=""), TODAY).text == "nobody in particular"


def test_an_outcome_is_read_as_facts() -> None:
    """What is kept as JSON."""
    done = replace(REQUEST, outcome='{"people":1,"deleted":{"User":1,"Order":2}}')
    assert screens.REQUESTS.column("outcome").cell(done, TODAY).text == "people: 1; deleted: User 1, Order 2"
    assert screens.REQUESTS.column("outcome").cell(REQUEST, TODAY).text == ""


def test_every_state_has_its_words() -> None:
    """A screen never shows a state as the database has it."""
    for screen in screens.SCREENS:
        for value in screen.filters.get("state", ()):
            row = replace(REQUEST, state=value)  # type: ignore[arg-type]
            assert screen.column("state").cell(row, TODAY).text not in ("", value) or value in ("done", "active")


def test_a_person_is_sought_by_reference(site: Shop) -> None:
    """Of a kind that the policy knows, with the address of theirs that is known; anything else is a text."""
    guard = site.guard()
    anna, her_mail = guard.pseudonyms.of(SubjectRef("user", "1")), guard.pseudonyms.of_address("anna@example.com")
    assert screens.sought(guard, " user:1 ") == screens.Sought(people=(anna, her_mail))
    nobody = guard.pseudonyms.of(SubjectRef("user", "77"))
    assert screens.sought(guard, "user:77") == screens.Sought(people=(nobody,))
    for text in ("robot:1", "user:", "user", "0199"):
        assert screens.sought(guard, text) == screens.Sought(text=text)


def test_an_address_means_itself_and_whoever_has_it(site: Shop) -> None:
    """Upper and lower case alike; and an address is never a text to look for, even where nobody has it."""
    guard = site.guard()
    anna = guard.pseudonyms.of(SubjectRef("user", "1"))
    found = screens.sought(guard, "ANNA@example.com")
    assert found.text == ""
    assert found.people[0] == guard.pseudonyms.of_address("anna@example.com")
    assert anna in found.people
    nobody = screens.sought(guard, "nobody@nowhere.example")
    assert (nobody.text, len(nobody.people)) == ("", 1)


def test_an_address_bar_holds_pseudonyms_alone() -> None:
    """What is none is left out."""
    one, two = "a" * 32, "b" * 32
    assert screens.pseudonyms(f"{one},{two}") == (one, two)
    assert screens.pseudonyms(f"{one}, {two},x,,{one}0,{'A' * 32}") == (one,)


def test_opening_somebody_s_records_leaves_evidence(site: Shop) -> None:
    """An entry for each pseudonym, with the screen and nothing else."""
    guard = site.guard()
    screens.viewed(guard, screens.CONSENTS, ("a" * 32, "b" * 32))
    found = guard.stores.entries.unsealed(None, 9)
    assert {(each.act, each.subject, each.details) for each in found} == {
        ("records.viewed", "a" * 32, '{"screen":"consents"}'),
        ("records.viewed", "b" * 32, '{"screen":"consents"}'),
    }


def test_keys_are_listed_without_a_key(site: Shop) -> None:
    """Ids, states and dates, the newest first."""
    found = screens.keys(site.guard())
    assert [(key.id, key.state) for key in found] == [(2, "enabled"), (1, "decrypt-only")]
    assert [field.name for field in fields(found[0])] == ["id", "state", "created"]


def test_the_data_map_says_how_long_each_column_is_kept(site: Shop) -> None:
    """In the words of the policy; searched by any of them."""
    found = {f"{row.table}.{row.column}": row for row in screens.data_rows(site.guard())}
    assert found["Order.note"].retention == "Up to 1 year from placed."
    assert (found["Order.note"].category, found["Order.note"].subjects) == ("orders", "user")
    assert found["User.password"].retention == "Not stated."
    assert {row.table for row in screens.data_rows(site.guard(), "INVOICES")} == {"Invoice"}
    assert screens.data_rows(site.guard(), "nothing like it") == []


def test_an_audit_is_told_with_each_place_that_does_not_agree(site: Shop) -> None:
    """And with how many are not sealed yet."""
    guard = site.guard()
    guard.evidence.record("consent.recorded")
    told = screens.told_verification(guard.evidence.verify())
    assert told.good
    assert told.sentence == "Links: 0, entries checked: 1, not sealed yet: 1; everything agrees."


def test_a_plan_is_told_before_it_is_carried_out_and_after(site: Shop) -> None:
    """Whose address it is, and what becomes of which rows."""
    guard = site.guard()
    request = replace(
        REQUEST,
        contact=guard.rights.means.contacts.seal(b"anna@example.com"),
        contact_ref=guard.pseudonyms.of_address("anna@example.com"),
    )
    guard.stores.requests.add(request)
    before = screens.told_plan(guard.rights.carry_out(request.id, dry_run=True))
    assert before.sentence == "2 people have the address of this request."
    assert any("of User" in line for line in before.lines)
    begun = screens.told_plan(guard.rights.carry_out(request.id))
    assert begun.sentence == "The request is done as far as it can be now."
    site.answer()
    after = screens.told_plan(guard.rights.carry_out(request.id))
    assert after.sentence == "The request is done."
    assert "people: 2" in after.lines
