"""Rules of retention row by row: plans and a change of plan, places, months, other ends than deletion, reasons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryTable
from consentguard.periods import parse_period
from consentguard.records import Hold, Selection, SubjectRef
from consentguard.retention import Retention, RetentionError
from consentguard.words import words
from tests.core.neutral import table
from tests.core.retention_kit import ENGLISH, NOW, at, days_ago, keys, retention, run, users

PLANS = {"free": "P7D", "basic": "P30D", "pro": "P90D", "scale": "P365D"}
MESSAGE = table("Message", "id:key! user:key text received:datetime created:datetime", "user>User")


def inbox(
    rule: dict[str, Any], *messages: tuple[int, dt.datetime | None], people: MemoryTable, **tagged: Any
) -> Retention:
    """Messages, each of a user and received at a moment, under a rule that counts from there."""
    rows = [
        {"id": number, "user": user, "text": "hello", "received": moment, "created": NOW - dt.timedelta(days=40)}
        for number, (user, moment) in enumerate(messages, 1)
    ]
    bound = {"plan": "user.plan", "place": "user.country"} | tagged
    anchors = {"received": "received", "plan.changed": "user.changed", "created": "created"}
    tag = Tag(category="messages", subjects={"user": "user"}, anchors=anchors, **bound)
    messages_of = MemoryTable(rows=rows, to={"user": "User"})
    rule = {"from": "received"} | rule
    return retention({"messages": {"retention": rule}}, (MESSAGE, tag, messages_of), people=people)


@pytest.mark.parametrize(
    ("plan", "days"), [("free", 7), ("basic", 30), ("Pro", 90), ("scale", 365), ("gold", 7), (None, 7)]
)
def test_each_plan_has_its_period_and_an_unknown_one_the_shortest(plan: str | None, days: int) -> None:
    """A day before, to the second, and a day after: exactly what has run out goes."""
    ages = [days - 1, days, days + 1]
    room = inbox({"at_most_by_plan": PLANS}, *((1, days_ago(age)) for age in ages), people=users({"plan": plan}))
    run(room)
    assert keys(room, "Message") == [1, 2]
    until = room.explain("Message", "1").until
    assert until == days_ago(days - 1) + dt.timedelta(days=days)


def test_four_tenants_in_one_run_lose_exactly_what_has_run_out() -> None:
    """No plan's line reaches into another's rows."""
    people = users(*({"plan": plan} for plan in PLANS))
    days = [int(period[1:-1]) for period in PLANS.values()]
    rows = [(user, days_ago(day + more)) for user, day in enumerate(days, 1) for more in (-1, 0, 1)]
    room = inbox({"at_most_by_plan": PLANS}, *rows, people=people)
    assert sorted(due.rows for due in room.due().due) == [1, 1, 1, 1]
    run(room)
    assert keys(room, "Message") == [1, 2, 4, 5, 7, 8, 10, 11]


@pytest.mark.parametrize(("changed", "left"), [(6, [1, 2]), (8, [1]), (None, [1])])
def test_a_shorter_plan_holds_once_its_grace_is_over(changed: float | None, left: list[int]) -> None:
    """From 365 days to 7: for a week the old rows stay, though never longer than any plan keeps them."""
    moment = None if changed is None else days_ago(changed)
    rule = {"at_most_by_plan": PLANS, "downgrade_grace": "P7D"}
    rows = [(1, days_ago(6)), (1, days_ago(100)), (1, days_ago(366))]
    room = inbox(rule, *rows, people=users({"plan": "free", "changed": moment}))
    due = sum(each.rows for each in room.due().due)
    kept = room.explain("Message", "2")
    run(room)
    assert (keys(room, "Message"), due) == (left, 3 - len(left))
    if changed == 6:
        assert (kept.last.ground, kept.until) == ("grace", days_ago(6) + dt.timedelta(days=7))


def test_without_the_moment_of_the_change_the_table_is_left_alone() -> None:
    """Nobody could tell whose grace is over."""
    rule = {"at_most_by_plan": PLANS, "downgrade_grace": "P7D"}
    room = inbox(rule, (1, days_ago(99)), people=users({"plan": "free"}))
    del room.data_map.tags["Message"].anchors["plan.changed"]  # type: ignore[attr-defined]
    [skipped] = room.due("messages").skipped
    assert '"plan.changed", which no tag binds' in skipped.why


def test_a_plan_that_is_an_error_keeps_the_table_and_says_how_many_rows() -> None:
    """Nothing goes by a guess, and it does not stay for ever in silence."""
    rule = {"at_most_by_plan": PLANS, "unknown_plan": "error"}
    rows = [(1, days_ago(99)), (2, days_ago(99))]
    room = inbox(rule, *rows, people=users({"plan": "gold"}, {"plan": "free"}))
    outlook = room.due("messages")
    assert outlook.due == ()
    assert [(each.why, each.rows) for each in outlook.skipped] == [("the policy does not know the plan of 1 row", 1)]
    room.stores.dataset.delete(Selection.of("Message", ("1",)))
    assert [due.rows for due in room.due("messages").due] == [1]


@pytest.mark.parametrize(
    ("country", "goes"),
    [("GT", days_ago(5 * 366)), ("ES", days_ago(6 * 366)), ("FR", days_ago(31)), (None, days_ago(6 * 366))],
)
def test_a_least_time_depends_on_the_place_and_the_longest_holds_where_none_is_known(
    country: str | None, goes: dt.datetime
) -> None:
    """Five years in Guatemala, six in Spain, none elsewhere: two clients, two dates."""
    rule = {"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y", "ES": "P6Y"}}
    young = goes + dt.timedelta(days=8)
    room = inbox(rule, (1, goes), (1, young), people=users({"country": country}))
    run(room)
    assert keys(room, "Message") == [2]


@pytest.mark.parametrize(("country", "days"), [("DE", 30), ("ES", 10), ("US", 90), (None, 10), ("", 10)])
def test_the_nearest_region_decides_and_the_shortest_period_where_the_place_is_unknown(
    country: str | None, days: int
) -> None:
    """Spain before the whole area that it is part of; elsewhere what holds everywhere."""
    rule = {"at_most": "P90D", "at_most_by_jurisdiction": {"EEA": "P30D", "ES": "P10D"}}
    room = inbox(rule, (1, days_ago(days - 1)), (1, days_ago(days + 1)), people=users({"country": country}))
    run(room)
    assert keys(room, "Message") == [1]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("P1Y", at(2024, 2, 29), dt.datetime(2025, 3, 1, tzinfo=dt.UTC)),
        ("P12M", at(2023, 2, 28), at(2024, 2, 28)),
        ("P1M", at(2026, 1, 31), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)),
        ("P1M", at(2026, 3, 31), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)),
        ("P1M", at(2026, 4, 30), at(2026, 5, 30)),
        ("P4Y", at(2024, 2, 29), at(2028, 2, 29)),
    ],
)
def test_a_month_without_such_a_day_ends_with_its_last_hour(period: str, start: dt.datetime, end: dt.datetime) -> None:
    """And what is said to be kept until then is due right after, and not before."""
    assert parse_period(period).end(start) == end
    room = inbox({"at_most": period}, (1, start), people=users({}))
    room.clock.tick(end - NOW - dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    exact = room.explain("Message", "1").until
    assert (exact, room.due().due) == (end, ())
    for _ in range(4):
        room.clock.tick(dt.timedelta(hours=17))  # type: ignore[attr-defined]
        assert [due.rows for due in room.due().due] == [1]


def test_what_never_came_falls_back_on_a_moment_that_every_row_has() -> None:
    """A message that was never received goes a while after it was made."""
    rule = {"at_most": "P7D", "fallback": {"at_most": "P30D"}}
    room = inbox(rule, (1, None), (1, days_ago(1)), people=users({}))
    kept = room.explain("Message", "1")
    assert (kept.last.ground, kept.until) == ("fallback", NOW - dt.timedelta(days=10))
    run(room)
    assert keys(room, "Message") == [2]


def test_redacted_rows_stay_without_their_words() -> None:
    """A delivery log without content; what is emptied already is not due again."""
    room = inbox({"at_most": "P7D", "then": "redact"}, (1, days_ago(8)), (1, days_ago(6)), people=users({}))
    run(room)
    found = {row["id"]: row["text"] for row in _rows(room)}
    assert (found, room.due("messages").due) == ({1: None, 2: "hello"}, ())


def test_rows_of_every_plan_are_redacted_in_one_run() -> None:
    """What one step empties is no reason to wait for another: each has rows of its own."""
    rule = {"at_most_by_plan": PLANS, "then": "redact"}
    rows = [(user, days_ago(age)) for user in (1, 2) for age in (8, 31)]
    room = inbox(rule, *rows, people=users({"plan": "free"}, {"plan": "basic"}))
    run(room)
    assert [row["text"] for row in _rows(room)] == [None, None, "hello", None]


def _rows(room: Retention) -> list[Any]:
    return list(room.stores.dataset.rows(Selection(label="Message", whole=True), ["id", "text", "user"]))


def test_anonymised_rows_lead_to_nobody() -> None:
    """Its words and the link to the person go; where something cannot be emptied the row is left alone, and listed."""
    room = inbox({"at_most": "P7D", "then": "anonymise"}, (1, days_ago(8)), (1, days_ago(6)), people=users({}))
    run(room)
    assert [(row["text"], row["user"]) for row in _rows(room)] == [(None, None), ("hello", 1)]
    fast = table("Message", "id:key! user:key! text received:datetime created:datetime", "user>User")
    tag = Tag(category="messages", subjects={"user": "user"}, anchors={"received": "received"})
    rule = {"from": "received", "at_most": "P7D", "then": "anonymise"}
    bound = retention({"messages": {"retention": rule}}, (fast, tag, MemoryTable()))
    assert [each.why for each in bound.due("messages").skipped] == [
        "the end of messages is to anonymise, and user cannot be emptied"
    ]


def test_an_archived_row_leaves_its_table_and_reaches_an_end_of_its_own() -> None:
    """A week after delivery it is archived; the archive ends a year later, with any run."""
    rule = {"at_most": "P7D", "then": "archive", "archive": {"at_most": "P1Y", "encrypted": True}}
    room = inbox(rule, (1, days_ago(8)), (1, days_ago(6)), people=users({}))
    run(room)
    whose = f"pseudonym of {SubjectRef('user', '1')}"
    [row] = room.stores.archive.of(whose)
    assert (keys(room, "Message"), row.key, row.until) == ([2], "1", at(2027, 3, 31))
    room.clock.tick(dt.timedelta(days=366))  # type: ignore[attr-defined]
    assert room.run(room.due()).expired == 1


def test_shredding_destroys_the_keys_of_those_whose_rows_they_are() -> None:
    """So that what was sealed for them can be read nowhere."""
    member = table("Member", "id:key! name ended:datetime")
    tag = Tag(category="members", subjects={"user": "self"}, anchors={"closed": "ended"})
    rows = MemoryTable(rows=[{"id": 7, "name": "a", "ended": days_ago(40)}])
    rule = {"while_active": True, "from": "closed", "grace": "P30D", "then": "shred"}
    room = retention({"members": {"retention": rule}}, (member, tag, rows))
    run(room)
    assert (rows.rows, room.execution.shredder.shredded) == ([], [SubjectRef("user", "7")])  # type: ignore[attr-defined]


def test_a_row_is_explained_in_the_reader_s_language() -> None:
    """Until when, by which rule, from which moment, for people where."""
    rule = {"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y"}}
    room = inbox(rule, (1, at(2026, 3, 2)), (2, at(2026, 3, 2)), people=users({"country": "GT"}, {"country": "US"}))
    kept = room.explain_rows("Message", ["1", "2", "99"])
    term = kept["1"].last
    assert (sorted(kept), term.ground, term.period, term.place, term.anchor) == (
        ["1", "2"],
        "least",
        "P5Y",
        "GT",
        "received",
    )
    assert (
        room.sentence(kept["1"], ENGLISH)
        == "Kept until March 2, 2031: at least 5 years from receipt, for people in Guatemala."
    )
    assert room.sentence(kept["2"], ENGLISH) == "Kept until April 1, 2026: up to 30 days from receipt."
    assert "2031" in room.sentence(kept["1"], words("es"))


@pytest.mark.parametrize(("label", "key"), [("Message", "99"), ("Nothing", "1")])
def test_nobody_explains_what_is_not_there(label: str, key: str) -> None:
    """The error names the table, never the key."""
    room = inbox({"at_most": "P30D"}, people=users({}))
    with pytest.raises(RetentionError) as refused:
        room.explain(label, key)
    assert "99" not in str(refused.value)


def test_many_rows_are_explained_in_a_few_queries() -> None:
    """However many they are, one for each table that a period depends on."""
    rows = [(1, days_ago(1))] * 200
    room = inbox({"at_most_by_plan": PLANS}, *rows, people=users({"plan": "pro"}))
    asked, dataset = [], room.stores.dataset
    whole = dataset.rows

    def counted(*args: Any) -> Any:
        asked.append(args)
        return whole(*args)

    dataset.rows = counted  # type: ignore[method-assign]
    found = room.explain_rows("Message", [str(number) for number in range(1, 201)])
    assert ({kept.last.plan for kept in found.values()}, len(asked)) == ({"pro"}, 2)


@pytest.mark.parametrize("about", [{"subject": SubjectRef("user", "1")}, {"label": "Letter", "keys": ("1",)}])
def test_no_archived_row_goes_that_a_hold_covers(about: dict[str, Any]) -> None:
    """Until it is released; others go meanwhile."""
    letter = table("Letter", "id:key! user:key! text sent:datetime!", "user>User")
    rows = [{"id": n, "user": n, "text": "x", "sent": days_ago(800)} for n in (1, 2)]
    letters = MemoryTable(rows=rows, to={"user": "User"}, required=frozenset({"user"}))
    rule = {"from": "sent", "at_most": "P1Y", "then": "archive", "archive": {"at_most": "P1Y"}}
    tag = Tag(category="letters", subjects={"user": "user"}, anchors={"sent": "sent"})
    room = retention({"letters": {"retention": rule}}, (letter, tag, letters), people=users({}, {}))
    run(room)
    hold = Hold(id="h", reason="a claim", author="x", placed_at=NOW, review_on=NOW.date(), **about)
    room.stores.holds.place(hold)
    room.clock.tick(dt.timedelta(days=400))  # type: ignore[attr-defined]
    assert run(room).expired == 1
    assert [len(room.stores.archive.of(f"pseudonym of user:{n}")) for n in (1, 2)] == [1, 0]
    room.stores.holds.release("h", room.clock.now(), "x")
    assert run(room).expired == 1


def test_rows_whose_person_the_archive_could_not_name_are_left_alone() -> None:
    """It is said why, and keeps no other table waiting."""
    part = table("Part", "id:key! message:key! text sent:datetime!", "message>Message")
    message = table("Message", "id:key! user:key! text sent:datetime!", "user>User")
    rule = {"from": "sent", "at_most": "P1Y", "then": "archive", "archive": {"at_most": "P1Y"}}
    old = days_ago(800)
    messages = MemoryTable(rows=[{"id": 1, "user": 1, "text": "x", "sent": old}], to={"user": "User"})
    parts = MemoryTable(rows=[{"id": 1, "message": 1, "text": "x", "sent": old}], to={"message": "Message"})
    anchors = {"anchors": {"sent": "sent"}}
    room = retention(
        {"parts": {"retention": rule}, "messages": {"retention": {"while_active": True, "from": "closed"}}},
        (message, Tag(category="messages", subjects={"user": "user"}, **anchors), messages),
        (part, Tag(category="parts", subjects={"user": "message.user"}, **anchors), parts),
    )
    run(room)
    why = "the end of parts is to archive, and these rows lead to their person by message.user"
    assert (keys(room, "Part"), why in [each.why for each in room.due().skipped]) == ([1], True)
