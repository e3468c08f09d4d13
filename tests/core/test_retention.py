"""Retention: what is due, in which order it goes, what is left alone, and what holds when a run is cut short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.ports import InsideTransactionError, StoreError
from consentguard.records import Selection
from consentguard.retention import Retention, RetentionError
from consentguard.testing.clock import FrozenClock
from tests.core.evidence_kit import evidence_of
from tests.core.neutral import policy, table

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
ORDER = table("Order", "id:key! user:key note placed:datetime!", "user>User lines<Line")
USER = table("User", "id:key! email:email!")
USERS = Tag(category="account", subjects={"user": "self"})


def at(*day: int) -> dt.datetime:
    """Noon of a day."""
    return dt.datetime(*day, 12, tzinfo=dt.UTC)  # type: ignore[misc]


def retention(
    rule: Mapping[str, Any] | str,
    *more: tuple[Table, Tag],
    tables: Mapping[str, MemoryTable] | None = None,
    tag: Tag | None = None,
    **categories: Any,
) -> Retention:
    """Retention of orders under a rule, in a shop that has no more than its users."""
    held = {"account": {}, "orders": {"retention": rule}, **categories}
    orders = tag or Tag(category="orders", subjects={"user": "user"}, anchors={"placed": "placed"})
    data_map = DataMap.build(
        [USER, ORDER, *(each for each, _ in more)],
        {"User": USERS, "Order": orders, **{each.label: its for each, its in more}},
        policy(subjects={"user": {}}, categories=held),
    )
    empty = {label: MemoryTable() for label in data_map.schema}
    clock = FrozenClock(NOW)
    stores = MemoryStores(tables={**empty, "Order": orders_of(), **(tables or {})})
    return Retention(data_map=data_map, stores=stores, witness=evidence_of(stores, clock), clock=clock)


def orders_of() -> MemoryTable:
    """Three orders, of which two are from before March."""
    placed = [at(2025, 12, 1), at(2026, 2, 28), at(2026, 3, 1)]
    return MemoryTable(
        rows=[{"id": number, "user": None, "note": "", "placed": day} for number, day in enumerate(placed, 1)],
        to={"user": "User"},
    )


def left(room: Retention, label: str = "Order") -> list[object]:
    """The primary keys that are left."""
    return [row["id"] for row in room.stores.dataset.rows(_all(label), ["id"])]


def _all(label: str) -> Selection:
    return Selection(label=label, before=("placed", at(2100, 1, 1)))


@pytest.mark.parametrize(
    ("rule", "before"),
    [
        ({"from": "placed", "at_most": "P1M"}, at(2026, 2, 28)),
        ({"from": "placed", "at_most": "P30D"}, at(2026, 3, 1)),
        ({"from": "placed", "at_most": "PT12H"}, NOW - dt.timedelta(hours=12)),
        ({"from": "placed", "at_most": "P1M", "at_least": "P1Y"}, at(2025, 3, 31)),
        ({"from": "placed", "at_most": "P1Y", "at_least": "P1M"}, at(2025, 3, 31)),
        ({"from": "placed", "at_most": "P1M", "at_least_by_jurisdiction": {"GT": "P5Y", "ES": "P6Y"}}, at(2020, 3, 31)),
        ({"from": "placed", "while_active": True, "grace": "P30D"}, at(2026, 3, 1)),
    ],
)
def test_a_period_is_counted_back_by_the_calendar(rule: Mapping[str, Any], before: dt.datetime) -> None:
    """A month is a month; what must be kept longer is kept longer."""
    rows = MemoryTable(rows=[{"id": 1, "user": None, "note": "", "placed": at(1999, 1, 1)}])
    outlook = retention(rule, tables={"Order": rows}).due()
    assert [(due.label, due.categories, due.column, due.before, due.rows) for due in outlook.due] == [
        ("Order", ("orders",), "placed", before, 1)
    ]


def test_rows_at_the_very_moment_stay() -> None:
    """What is as old as the period is not older."""
    room = retention({"from": "placed", "at_most": "P1M"})
    assert [due.rows for due in room.run(room.due())] == [1]
    assert left(room) == [2, 3]


def test_looking_changes_nothing_and_running_takes_it_down() -> None:
    """Evidence names the category, the table and how many rows, and nobody."""
    room = retention({"from": "placed", "at_most": "P30D"})
    room.due()
    assert left(room) == [1, 2, 3]
    assert [(due.label, due.rows) for due in room.run(room.due())] == [("Order", 2)]
    assert room.run(room.due()) == ()
    [entry] = room.stores.entries.unsealed(None, 9)
    assert (entry.act, entry.subject, entry.details) == (
        "retention.applied", "", '{"category":"orders","rows":2,"table":"Order"}',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("unstated", "how long orders is kept is not stated"),
        ({"from": "placed", "at_most": "unstated"}, "orders has no longest period"),
        ({"from": "placed", "at_least": "P5Y"}, "orders has no longest period"),
        ({"at_most": "P1Y"}, "orders names no moment that its period counts from"),
        ({"from": "closed", "at_most": "P1Y"}, 'orders counts from "closed", which no tag binds to a column here'),
        (
            {"from": "placed", "at_most": "P1D", "then": "redact"},
            "the end of orders is to redact, which this command does not do",
        ),
        (
            {"from": "placed", "at_most": "P1D", "at_most_by_plan": {"free": "P1D"}},
            "the period of orders depends on the plan or the place, which this command does not know",
        ),
    ],
)
def test_what_is_not_a_fixed_period_is_left_alone_with_a_reason(rule: Any, why: str) -> None:
    """Nothing is guessed, and nothing is silently passed over."""
    outlook = retention(rule).due("orders")
    assert outlook.due == ()
    assert [(each.label, each.categories, each.why) for each in outlook.skipped] == [("Order", ("orders",), why)]


def test_a_table_of_two_categories_goes_by_the_one_that_keeps_longest() -> None:
    """A row goes as a whole, so it goes when all of it may."""
    tag = Tag(columns={"note": "notes", "placed": "orders"}, subjects={"user": "user"}, anchors={"placed": "placed"})
    notes = {"retention": {"from": "placed", "at_most": "P2M"}}
    outlook = retention({"from": "placed", "at_most": "P1D"}, tag=tag, notes=notes).due("orders")
    assert [(due.categories, due.before) for due in outlook.due] == [(("notes", "orders"), at(2026, 1, 31))]


def test_a_table_whose_categories_count_from_different_moments_is_left_alone() -> None:
    """Which of them is older differs from row to row."""
    tag = Tag(
        columns={"note": "notes", "placed": "orders"},
        subjects={"user": "user"},
        anchors={"placed": "placed", "written": "placed_on"},
    )
    other = table("Order", "id:key! user:key note placed:datetime! placed_on:date", "user>User")
    data_map = DataMap.build(
        [USER, other],
        {"User": USERS, "Order": tag},
        policy(
            subjects={"user": {}},
            categories={
                "account": {},
                "orders": {"retention": {"from": "placed", "at_most": "P1D"}},
                "notes": {"retention": {"from": "written", "at_most": "P1D"}},
            },
        ),
    )
    stores = MemoryStores(tables={"User": MemoryTable(), "Order": orders_of()})
    room = Retention(data_map=data_map, stores=stores, witness=evidence_of(stores), clock=FrozenClock(NOW))
    assert [each.why for each in room.due("orders").skipped] == ["notes, orders count from different moments"]


def test_rows_that_refer_to_what_goes_go_first() -> None:
    """A line is as old as its order: the tag says so by a path."""
    line = table("Line", "id:key! order:key! what", "order>Order")
    tag = Tag(category="orders", subjects={"user": "order.user"}, anchors={"placed": "order.placed"})
    lines = MemoryTable(
        rows=[{"id": 1, "order": 1, "what": ""}, {"id": 2, "order": 3, "what": ""}], to={"order": "Order"}
    )
    room = retention({"from": "placed", "at_most": "P1M"}, (line, tag), tables={"Line": lines})
    assert [(due.label, due.rows) for due in room.run(room.due())] == [("Line", 1), ("Order", 1)]
    assert [row["id"] for row in lines.rows] == [2]


def test_what_goes_together_is_as_old_as_each_other_while_time_goes_on() -> None:
    """A line is due at the very moment that its order is, however long it takes to look."""

    class Running(FrozenClock):
        def now(self) -> dt.datetime:
            return self.tick()

    line = table("Line", "id:key! order:key! what", "order>Order")
    tag = Tag(
        category="orders",
        subjects={"user": "order.user"},
        anchors={"placed": "order.placed"},
        on_erase={"user": "keep"},
    )
    lines = MemoryTable(rows=[{"id": 1, "order": 1, "what": ""}], to={"order": "Order"})
    room = retention({"from": "placed", "at_most": "P1M"}, (line, tag), tables={"Line": lines})
    assert [due.label for due in replace(room, clock=Running(NOW)).due("orders").due] == ["Line", "Order"]


def test_what_something_else_still_refers_to_is_left_alone() -> None:
    """A parcel that no tag speaks of keeps its order."""
    parcel = table("Parcel", "id:key! order:key! weight", "order>Order")
    parcels = MemoryTable(rows=[{"id": 1, "order": 1, "weight": ""}], to={"order": "Order"})
    reason = Tag(reason="weights of boxes")
    room = retention({"from": "placed", "at_most": "P1M"}, (parcel, reason), tables={"Parcel": parcels})
    outlook = room.due("orders")
    assert outlook.due == ()
    assert [(each.label, each.why) for each in outlook.skipped] == [("Order", "Parcel.order refers to Order")]


@pytest.mark.parametrize("only", [None, "orders"])
@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"from": "written", "at_most": "P5Y"}, True),
        ({"from": "written", "at_most": "P1D"}, False),
        ({"from": "written", "at_most_by_plan": {"free": "P1D"}}, True),
        ("unstated", False),
    ],
)
def test_what_may_be_kept_longer_is_not_deleted_with_what_it_refers_to(
    rule: Any, only: str | None, *, why: bool
) -> None:
    """A review that is not due keeps its order, which is listed; one that is due, or has no period, goes along."""
    review = table("Review", "id:key! order:key! what written:datetime!", "order>Order")
    tag = Tag(category="reviews", subjects={"user": "order.user"}, anchors={"written": "written"})
    reviews = MemoryTable(rows=[{"id": 1, "order": 1, "what": "", "written": at(2026, 3, 1)}], to={"order": "Order"})
    room = retention(
        {"from": "placed", "at_most": "P1M"},
        (review, tag),
        tables={"Review": reviews},
        reviews={"retention": rule},
    )
    told = [each.why for each in room.due(only).skipped if each.label == "Order"]
    assert told == ["Review.order refers to Order, and has a time of its own"] * why
    room.run(room.due(only))
    assert (left(room), len(reviews.rows)) == (([1, 2, 3], 1) if why else ([2, 3], 0))


def test_a_category_limits_the_run_to_the_tables_that_hold_it() -> None:
    """One that the policy does not have is refused."""
    room = retention({"from": "placed", "at_most": "P1M"})
    assert [due.label for due in room.due("orders").due] == ["Order"]
    assert room.due("account").due == ()
    with pytest.raises(RetentionError, match="no category 'order'"):
        room.due("order")


def test_evidence_is_never_deleted_by_row() -> None:
    """Its tables say until when it may be pruned, which leaves a chain."""
    entries = Table(
        label="Entry", db_table="consentguard_evidence_entry", columns=table("x", "id:key at:datetime").columns
    )
    tag = Tag(category="records", anchors={"recorded": "at"})
    records = {"retention": {"from": "recorded", "at_most": "P2Y"}}
    outlook = retention({"from": "placed", "at_most": "P1M"}, (entries, tag), records=records).due()
    assert outlook.evidence_before == at(2024, 3, 31)
    assert [due.label for due in outlook.due] == ["Order"]


def test_a_table_that_fails_leaves_the_others_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each table is a transaction of its own with its evidence; the next run goes on."""
    line = table("Line", "id:key! order:key! what", "order>Order")
    tag = Tag(category="orders", subjects={"user": "order.user"}, anchors={"placed": "order.placed"})
    lines = MemoryTable(rows=[{"id": 1, "order": 1, "what": ""}], to={"order": "Order"})
    room = retention({"from": "placed", "at_most": "P1M"}, (line, tag), tables={"Line": lines})
    delete = room.stores.dataset.delete

    def refuses_orders(selection: Any) -> int:
        if selection.label == "Order":
            raise StoreError("Order is locked")
        return delete(selection)

    monkeypatch.setattr(room.stores.dataset, "delete", refuses_orders)
    with pytest.raises(StoreError):
        room.run(room.due())
    assert (lines.rows, left(room)) == ([], [1, 2, 3])
    assert len(room.stores.entries.unsealed(None, 9)) == 1
    monkeypatch.undo()
    assert [due.label for due in room.run(room.due())] == ["Order"]


def test_a_run_is_refused_inside_a_transaction() -> None:
    """Its tables are done for good, one by one."""
    room = retention({"from": "placed", "at_most": "P1M"})
    with room.stores.transactions.atomic(), pytest.raises(InsideTransactionError):
        room.run(room.due())
