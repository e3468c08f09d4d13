"""Plans: what a hold or a least time keeps for now, what goes afterwards, and what it is that somebody approves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.plan.digest import digest
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.steps import Found, Plan
from consentguard.records import Hold, SubjectRef
from tests.core.neutral import policy, table

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
OLD, NEW = NOW - dt.timedelta(days=365 * 7), NOW - dt.timedelta(days=365)
INVOICES = {"from": "issued", "at_least_by_jurisdiction": {"GT": "P5Y", "ES": "P8Y"}}
POLICY = policy(
    subjects={"user": {}},
    categories={"account": {}, "notes": {}, "invoices": {"retention": INVOICES}},
)
TABLES = (
    table("User", "id:key! email:email! name"),
    table("Note", "id:key! user:key! text mood", "user>User"),
    table("Invoice", "id:key! user:key total place issued:datetime!", "user>User"),
)
TAGS = {
    "User": Tag(category="account", subjects={"user": "self"}),
    "Note": Tag(category="notes", subjects={"user": "user"}),
    "Invoice": Tag(category="invoices", subjects={"user": "user"}, anchors={"issued": "issued"}, place="place"),
}
MAP = DataMap.build(TABLES, TAGS, POLICY)
ME = Found(subject="user", root="User", keys=("12",))
HOLD = Hold(id="1", reason="a claim", author="counsel", placed_at=NOW, review_on=NOW.date())


def rows() -> MemoryStores:
    """A user with two notes and four invoices: of Guatemala and Spain, old and new."""
    invoices = [
        {"id": number, "user": 12, "total": "9", "place": place, "issued": issued}
        for number, (place, issued) in enumerate([("GT", OLD), ("gt", NEW), ("ES", OLD), ("MX", NEW), (None, OLD)])
    ]
    notes = [{"id": 1, "user": 12, "text": "call me", "mood": "sunny"}, {"id": 2, "user": 12, "text": "b", "mood": "c"}]
    tables = {
        "User": MemoryTable(rows=[{"id": 12, "email": "ada@example.com", "name": "Ada"}]),
        "Note": MemoryTable(rows=notes, to={"user": "User"}, required=frozenset({"user"})),
        "Invoice": MemoryTable(rows=invoices, to={"user": "User"}),
    }
    return MemoryStores(tables=tables)


def planned(stores: MemoryStores, *holds: Hold, now: dt.datetime = NOW) -> Plan:
    """The erasure of the user on a day, under some holds."""
    return erasure(MAP, [ME], stores.dataset.count, Exceptions(data_map=MAP, holds=holds, now=now))


def keys(stores: MemoryStores, plan: Plan, action: str, label: str) -> set[str]:
    """The primary keys of the rows of a table that a plan does something to."""
    steps = [step for step in plan.steps if (step.action, step.label) == (action, label)]
    return {key for step in steps for key in stores.dataset.keys(step.selection, "", 100)}


def test_a_least_time_is_looked_at_row_by_row() -> None:
    """Invoices of Guatemala go after five years, those of Spain after eight, others at once; unknown is the longest."""
    stores = rows()
    plan = planned(stores)
    assert keys(stores, plan, "delete", "Invoice") == {"0", "3"}
    assert {step.label for step in plan.later} == {"Invoice"}
    kept = [step for step in plan.steps if step.ground == "law"]
    assert {key for step in kept for key in stores.dataset.keys(step.selection, "", 9)} == {"1", "2", "4"}


def test_what_a_least_time_keeps_goes_afterwards() -> None:
    """The same rows, once their time is over."""
    stores = rows()
    [later] = planned(stores).later
    assert (later.action, stores.dataset.keys(later.selection, "", 9)) == ("delete", ["1", "2", "4"])


def test_a_held_person_keeps_everything() -> None:
    """A hold on a data subject covers every table that leads to them."""
    stores = rows()
    plan = planned(stores, replace(HOLD, subject=SubjectRef("user", "12")))
    assert not plan.acts
    assert {step.label for step in plan.later} == {"User", "Note", "Invoice"}


def test_a_hold_on_somebody_else_keeps_nothing() -> None:
    """Whoever is not meant is erased."""
    stores = rows()
    plan = planned(stores, replace(HOLD, subject=SubjectRef("user", "13")))
    assert keys(stores, plan, "delete", "Note") == {"1", "2"}


def test_a_held_row_keeps_what_it_refers_to_without_what_is_personal_there() -> None:
    """A note that is held cannot be without its user, whose row is emptied: granularity is the row, not the account."""
    stores = rows()
    plan = planned(stores, replace(HOLD, label="Note", keys=("2",)))
    assert keys(stores, plan, "delete", "Note") == {"1"}
    assert keys(stores, plan, "keep", "Note") == {"2"}
    assert keys(stores, plan, "clear", "User") == {"12"}
    assert {step.label for step in plan.later} == {"Note", "Invoice", "User"}
    assert [step.label for step in plan.later].index("Note") < [step.label for step in plan.later].index("User")


def test_a_held_field_lets_the_others_of_its_row_be_emptied() -> None:
    """A hold on one column of a row is no hold on the rest of it."""
    stores = rows()
    plan = planned(stores, replace(HOLD, label="Note", keys=("2",), columns=("text",)))
    [step] = [step for step in plan.steps if step.label == "Note" and step.action == "clear"]
    assert (step.columns, stores.dataset.keys(step.selection, "", 9)) == (("mood",), ["2"])


def test_the_digest_knows_rules_and_predicates_and_neither_counts_nor_days() -> None:
    """The plan that was approved is the same tomorrow, and with a row more; it is another for somebody else."""
    stores = rows()
    first = digest(MAP, planned(stores))
    with stores.transactions.atomic():
        stores.dataset.insert("Note", [{"id": 3, "user": 12, "text": "new", "mood": ""}])
    later = planned(stores, now=NOW + dt.timedelta(days=1))
    other = erasure(MAP, [replace(ME, keys=("13",))], stores.dataset.count, Exceptions(data_map=MAP, holds=(), now=NOW))
    assert digest(MAP, later) == first
    assert digest(MAP, other) != first


def test_the_digest_changes_with_the_rules() -> None:
    """Another least time is another plan, though today it touches the same rows."""
    shorter = policy(
        subjects={"user": {}},
        categories={"account": {}, "notes": {}, "invoices": {"retention": INVOICES | {"at_least": "P1Y"}}},
    )
    stores, data_map = rows(), DataMap.build(TABLES, TAGS, shorter)
    changed = erasure(data_map, [ME], stores.dataset.count, Exceptions(data_map=data_map, holds=(), now=NOW))
    assert digest(data_map, changed) != digest(MAP, planned(stores))
