"""Retention: what is due, in which order it goes, what is left alone, and what holds when a run is cut short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryTable
from consentguard.ports import InsideTransactionError
from consentguard.records import Hold, SubjectRef
from consentguard.retention import Retention, RetentionError
from tests.core.neutral import table
from tests.core.retention_kit import NOW, accepted, at, days_ago, keys, retention, run, under

MARCH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
ORDER = table("Order", "id:key! user:key note placed:datetime!", "user>User lines<Line")
ORDERS = Tag(category="orders", subjects={"user": "user"}, anchors={"placed": "placed"})


def orders_of(*days: dt.datetime) -> MemoryTable:
    """Orders placed on these days; else three, of which one is from before March."""
    placed = days or (at(2025, 12, 1), MARCH, at(2026, 3, 5))
    rows = [{"id": number, "user": None, "note": "", "placed": day} for number, day in enumerate(placed, 1)]
    return MemoryTable(rows=rows, to={"user": "User"})


def shop(
    rule: Mapping[str, Any] | str,
    *more: tuple[Table, Tag, MemoryTable],
    rows: MemoryTable | None = None,
    **categories: Any,
) -> Retention:
    """Retention of orders under a rule, in a shop that has no more than its users."""
    held = {"orders": {"retention": rule}, **categories}
    return retention(held, (ORDER, ORDERS, rows or orders_of()), *more)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ({"from": "placed", "at_most": "P1M"}, MARCH),
        ({"from": "placed", "at_most": "P30D"}, at(2026, 3, 1)),
        ({"from": "placed", "at_most": "PT12H"}, NOW - dt.timedelta(hours=12)),
        ({"from": "placed", "at_most": "P1M", "at_least": "P1Y"}, at(2025, 3, 31)),
        ({"from": "placed", "at_most": "P1Y", "at_least": "P1M"}, at(2025, 3, 31)),
        ({"from": "placed", "at_most": "P1M", "at_least_by_jurisdiction": {"GT": "P5Y", "ES": "P6Y"}}, at(2020, 3, 31)),
        ({"from": "placed", "while_active": True, "grace": "P30D"}, at(2026, 3, 1)),
        ({"from": "placed", "while_active": True}, NOW),
    ],
)
def test_a_period_is_counted_back_by_the_calendar(rule: Mapping[str, Any], line: dt.datetime) -> None:
    """A month is a month; what must be kept longer is kept longer; what is as old as the period is not older."""
    moment = dt.timedelta(seconds=1)
    room = shop(rule, rows=orders_of(line - moment, line, line + moment))
    assert [(due.label, due.categories, due.action, due.rows) for due in room.due().due] == [
        ("Order", ("orders",), "delete", 1)
    ]
    run(room)
    assert keys(room, "Order") == [2, 3]


def test_active_accounts_stay_whatever_their_age() -> None:
    """An account that has not ended has no moment to count from; a month after its end it is gone."""
    user = table("Member", "id:key! name ended:datetime")
    tag = Tag(category="members", subjects={"user": "self"}, anchors={"closed": "ended"})
    rows = [{"id": 1, "name": "a", "ended": None}, {"id": 2, "name": "b", "ended": days_ago(29)}]
    rows.append({"id": 3, "name": "c", "ended": days_ago(31)})
    rule = {"while_active": True, "from": "closed", "grace": "P30D"}
    room = retention({"members": {"retention": rule}}, (user, tag, MemoryTable(rows=rows)))
    run(room)
    assert keys(room, "Member") == [1, 2]


def test_looking_changes_nothing_and_running_takes_it_down() -> None:
    """Evidence names the category, the table and how many rows, and nobody."""
    room = shop({"from": "placed", "at_most": "P30D"})
    room.due()
    assert keys(room, "Order") == [1, 2, 3]
    assert [(due.label, due.rows) for due in run(room).went] == [("Order", 2)]
    assert run(room).went == ()
    [entry] = [each for each in room.stores.entries.unsealed(None, 9) if each.act == "retention.applied"]
    assert entry.subject == ""
    assert '"category":"orders"' in entry.details
    assert '"rows":2' in entry.details


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("unstated", "how long orders is kept is not stated"),
        ({"from": "placed", "at_most": "unstated"}, "orders has no longest period"),
        ({"from": "placed", "at_least": "P5Y"}, "orders has no longest period"),
        ({"at_most": "P1Y"}, "orders names no moment that its period counts from"),
        ({"from": "closed", "at_most": "P1Y"}, 'orders counts from "closed", which no tag binds to a column here'),
        (
            {"from": "placed", "at_most": "P1D", "at_most_by_plan": {"free": "P1D"}},
            "the period of orders depends on the plan, and no tag says where that stands",
        ),
        (
            {"from": "placed", "at_most_by_jurisdiction": {"GT": "P1D"}},
            "the period of orders depends on the place, and no tag says where that stands",
        ),
        (
            {"from": "placed", "at_most": "P1D", "then": "shred"},
            "the end of orders is to shred, and these rows are no data subject whose key could go",
        ),
        (
            {"from": "placed", "at_most": "P1D", "fallback": {"at_most": "P1Y"}},
            'orders falls back on "created", which no tag binds to a column here',
        ),
    ],
)
def test_what_the_policy_gives_no_end_is_listed_with_the_reason(rule: Any, why: str) -> None:
    """Nothing is guessed, and nothing is silently passed over."""
    outlook = shop(rule).due("orders")
    assert [(each.label, each.categories, each.why) for each in outlook.skipped] == [("Order", ("orders",), why)]


def test_the_row_goes_when_all_its_categories_may_and_the_rest_is_emptied_before() -> None:
    """A log without content: the text goes after a week, the row after a month."""
    tag = replace(ORDERS, category=None, columns={"note": "notes", "placed": "orders"})
    rows = orders_of(days_ago(1), days_ago(8), days_ago(60))
    for row in rows.rows:
        row["note"] = "please ring"
    categories = {
        "orders": {"retention": {"from": "placed", "at_most": "P1M"}},
        "notes": {"retention": {"from": "placed", "at_most": "P7D"}},
    }
    room = retention(categories, (ORDER, tag, rows))
    assert [(due.action, due.columns, due.rows) for due in room.due().due] == [
        ("delete", (), 1), ("clear", ("note",), 1),
    ]  # fmt: skip
    run(room)
    assert [(row["id"], row["note"]) for row in rows.rows] == [(1, "please ring"), (2, None)]
    assert room.due().due == ()


def test_categories_that_count_from_different_moments_wait_for_each_other() -> None:
    """The row goes when both have run out, wherever each counts from."""
    order = table("Order", "id:key! user:key note placed:datetime! written:datetime", "user>User")
    tag = Tag(
        columns={"note": "notes", "placed": "orders"},
        subjects={"user": "user"},
        anchors={"placed": "placed", "written": "written"},
    )
    categories = {
        "orders": {"retention": {"from": "placed", "at_most": "P30D"}},
        "notes": {"retention": {"from": "written", "at_most": "P30D"}},
    }
    ages = [(40, 40), (40, 10), (10, 40)]
    rows = MemoryTable(
        rows=[
            {"id": number, "user": None, "note": "x", "placed": days_ago(placed), "written": days_ago(written)}
            for number, (placed, written) in enumerate(ages, 1)
        ]
    )
    room = retention(categories, (order, tag, rows))
    run(room)
    assert [(row["id"], row["note"]) for row in rows.rows] == [(2, "x"), (3, None)]


def line_of(on_erase: str = "delete") -> tuple[Table, Tag]:
    """Lines of orders, as old as these."""
    line = table("Line", "id:key! order:key! what", "order>Order")
    subjects: dict[str, Any] = {"user": on_erase}
    tag = Tag(category="orders", subjects={"user": "order.user"}, anchors={"placed": "order.placed"}, on_erase=subjects)
    return line, tag


@pytest.mark.parametrize("on_erase", ["delete", "keep"])
def test_rows_that_refer_to_what_goes_go_first(on_erase: str) -> None:
    """A line is as old as its order: the tag says so by a path, whatever happens to it in an erasure."""
    lines = MemoryTable(
        rows=[{"id": 1, "order": 1, "what": ""}, {"id": 2, "order": 3, "what": ""}], to={"order": "Order"}
    )
    room = shop({"from": "placed", "at_most": "P1M"}, (*line_of(on_erase), lines))
    assert [(due.label, due.rows) for due in run(room).went] == [("Line", 1), ("Order", 1)]
    assert [row["id"] for row in lines.rows] == [2]


def test_lines_stay_with_the_order_that_a_law_keeps() -> None:
    """What a least time keeps of a table keeps what refers to it: rows go together or not at all."""
    invoice = table("Bill", "id:key! user:key total issued:datetime!", "user>User")
    tag = Tag(category="bills", subjects={"user": "user"}, anchors={"issued": "issued"})
    bills = MemoryTable(
        rows=[{"id": n, "user": None, "total": "9", "issued": days_ago(age)} for n, age in ((1, 400), (2, 3000))]
    )
    part = table("Part", "id:key! bill:key! what", "bill>Bill")
    parts = MemoryTable(rows=[{"id": n, "bill": n, "what": "x"} for n in (1, 2)], to={"bill": "Bill"})
    parted = Tag(category="parts", subjects={"user": "bill.user"})
    categories = {
        "bills": {"retention": {"from": "issued", "at_most": "P1Y", "at_least": "P5Y"}},
        "parts": {},
    }
    room = retention(categories, (invoice, tag, bills), (part, parted, parts))
    assert [(due.label, due.rows) for due in run(room).went] == [("Part", 1), ("Bill", 1)]
    assert (keys(room, "Bill"), keys(room, "Part")) == ([1], [1])


def test_what_something_else_still_refers_to_is_left_alone() -> None:
    """A parcel that no tag speaks of keeps its order."""
    parcel = table("Parcel", "id:key! order:key! weight", "order>Order")
    parcels = MemoryTable(rows=[{"id": 1, "order": 1, "weight": ""}], to={"order": "Order"})
    room = shop({"from": "placed", "at_most": "P1M"}, (parcel, Tag(reason="weights of boxes"), parcels))
    outlook = room.due("orders")
    assert outlook.due == ()
    assert [(each.label, each.why) for each in outlook.skipped] == [("Order", "Parcel.order refers to Order")]


@pytest.mark.parametrize("only", [None, "orders"])
@pytest.mark.parametrize(
    ("rule", "stays"),
    [
        ({"from": "written", "at_most": "P5Y"}, True),
        ({"from": "written", "at_most": "P1D"}, False),
        ({"from": "written", "at_most_by_plan": {"free": "P1D"}}, True),
        ("unstated", False),
    ],
)
def test_what_may_be_kept_longer_is_not_deleted_with_what_it_refers_to(
    rule: Any, only: str | None, *, stays: bool
) -> None:
    """A review that is not due keeps its order, which is listed; one that is due, or has no period, goes along."""
    review = table("Review", "id:key! order:key! what written:datetime!", "order>Order")
    tag = Tag(category="reviews", subjects={"user": "order.user"}, anchors={"written": "written"})
    reviews = MemoryTable(rows=[{"id": 1, "order": 1, "what": "", "written": at(2026, 3, 1)}], to={"order": "Order"})
    room = shop({"from": "placed", "at_most": "P1M"}, (review, tag, reviews), reviews={"retention": rule})
    told = [each.why for each in room.due(only).skipped if each.label == "Order"]
    assert told == ["Review.order refers to Order, and has a time of its own"] * stays
    run(room, only)
    assert (keys(room, "Order"), len(reviews.rows)) == (([1, 2, 3], 1) if stays else ([2, 3], 0))


def test_a_category_limits_the_run_to_the_tables_that_hold_it() -> None:
    """One that the policy does not have is refused."""
    room = shop({"from": "placed", "at_most": "P1M"})
    assert [due.label for due in room.due("orders").due] == ["Order"]
    assert room.due("account").due == ()
    with pytest.raises(RetentionError, match="no category 'order'"):
        room.due("order")


def test_evidence_is_never_deleted_by_row() -> None:
    """Its tables say until when it may be pruned, which leaves a chain."""
    columns = table("x", "id:key at:datetime").columns
    entries = Table(label="Entry", db_table="consentguard_evidence_entry", columns=columns)
    tag = Tag(category="records", anchors={"recorded": "at"})
    records = {"retention": {"from": "recorded", "at_most": "P2Y"}}
    outlook = shop({"from": "placed", "at_most": "P1M"}, (entries, tag, MemoryTable()), records=records).due()
    assert outlook.evidence_before == at(2024, 3, 31)
    assert [due.label for due in outlook.due] == ["Order"]


def test_a_held_row_stays_and_goes_by_itself_once_it_is_released() -> None:
    """A legal hold on a person keeps their rows alone, however old."""
    rows = orders_of(days_ago(100), days_ago(100))
    rows.rows[0]["user"] = 1
    room = shop({"from": "placed", "at_most": "P90D"}, rows=rows)
    hold = Hold(
        id="h", reason="a claim", author="counsel", placed_at=NOW, review_on=NOW.date(), subject=SubjectRef("user", "1")
    )
    room.stores.holds.place(hold)
    assert sum(due.rows for due in room.due().due) == 1
    run(room)
    assert (keys(room, "Order"), room.explain("Order", "1").held) == ([1], True)
    room.stores.holds.release("h", NOW, "counsel")
    run(room)
    assert keys(room, "Order") == []


def test_a_run_that_was_cut_short_is_carried_on_first() -> None:
    """What it had still to do is done, and it is open no longer."""
    room = shop({"from": "placed", "at_most": "P1M"})
    with room.stores.transactions.atomic():
        cut = room.execution.start("retention", "", room.due().plan)
    run(room)
    known = room.stores.runs.find(cut.id)
    assert known is not None
    assert (known.state, room.stores.runs.open("retention"), keys(room, "Order")) == ("done", [], [2, 3])


def test_a_run_that_went_by_shorter_rules_is_given_up() -> None:
    """Rules that keep longer hold for what an older run has not done yet."""
    room = shop({"from": "placed", "at_most": "P1D"})
    with room.stores.transactions.atomic():
        cut = room.execution.start("retention", "", room.due().plan)
    longer = under(accepted(room), {"orders": {"retention": {"from": "placed", "at_most": "P1M"}}})
    room.clock.tick()  # type: ignore[attr-defined]
    longer.run(longer.due())
    known = room.stores.runs.find(cut.id)
    assert known is not None
    assert (known.state, keys(room, "Order")) == ("stopped", [2, 3])


def test_a_run_is_refused_inside_a_transaction() -> None:
    """Its batches are done for good, one by one."""
    room = shop({"from": "placed", "at_most": "P1M"})
    with room.stores.transactions.atomic(), pytest.raises(InsideTransactionError):
        room.run(room.due())
