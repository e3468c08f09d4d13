"""Events on which data goes: kept in the host's transaction, purged in time, however often a run is cut short."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consentguard.datamap.tags import SELF, Tag
from consentguard.memory import MemoryTable
from consentguard.plan import execution as carrying
from consentguard.ports import StoreError
from consentguard.records import Hold, Selection
from consentguard.retention import Retention, RetentionError
from tests.core.neutral import table
from tests.core.retention_kit import NOW, accepted, days_ago, keys, retention

CHANNEL = table("Channel", "id:key! user:key account", "user>User")
MESSAGE = table("Message", "id:key! channel:key! text sent:datetime", "channel>Channel")
ENDS = {"event": "channel.disconnected", "scope": "channel", "hide": "at_once", "delete_within": "PT1H"}
KEPT = {"from": "sent", "at_most": "P1Y", "ends_on": [ENDS]}


class Killed(BaseException):
    """The process ended here."""


def inbox(rule: dict[str, Any] | None = None, number: int = 4, **tagged: Any) -> Retention:
    """Two channels with messages in turn; a channel's own row ends with it too."""
    channels = MemoryTable(rows=[{"id": n, "user": 1, "account": f"page {n}"} for n in (1, 2)], to={"user": "User"})
    rows = [{"id": n, "channel": 1 + n % 2, "text": "hi", "sent": days_ago(1)} for n in range(1, number + 1)]
    messages = MemoryTable(rows=rows, to={"channel": "Channel"}, required=frozenset({"channel"}))
    scopes = {"scopes": {"channel": "channel"}} | tagged
    tag = Tag(category="messages", subjects={"user": "channel.user"}, anchors={"sent": "sent"}, **scopes)
    categories = {
        "messages": {"retention": rule or KEPT},
        "channels": {"retention": {"while_active": True, "from": "closed", "ends_on": [ENDS]}},
    }
    own = Tag(category="channels", subjects={"user": "user"}, scopes={"channel": SELF})
    return accepted(retention(categories, (CHANNEL, own, channels), (MESSAGE, tag, messages)))


def test_what_belongs_to_a_channel_goes_with_it_and_nothing_else() -> None:
    """The event is hidden until then, due within the hour, and done once nothing is left."""
    room = inbox()
    happening = room.happened("channel.disconnected", "channel", "2")
    assert (happening.hides, happening.due_at) == (True, NOW + dt.timedelta(hours=1))
    assert room.run(room.due()).events == 1
    assert (keys(room, "Channel"), keys(room, "Message")) == ([1], [2, 4])
    assert (room.stores.happenings.open(), room.purge().done) == ([], 0)


def test_an_event_is_part_of_the_host_s_transaction() -> None:
    """Where that is undone, nothing happened."""
    room = inbox()

    def fails() -> None:
        with room.stores.transactions.atomic():
            room.happened("channel.disconnected", "channel", "2")
            raise StoreError("undone")

    with pytest.raises(StoreError, match="undone"):
        fails()
    assert room.stores.happenings.open() == []


def test_the_same_event_twice_is_one() -> None:
    """A platform calls again when it is not sure that it was heard."""
    room = inbox()
    first = room.happened("channel.disconnected", "channel", "2")
    assert room.happened("channel.disconnected", "channel", "2") == first
    assert len(room.stores.happenings.open()) == 1


@pytest.mark.parametrize(
    ("event", "scope", "what"),
    [
        ("channel.connected", "channel", 'no retention rule of the policy ends on "channel.connected"'),
        ("channel.disconnected", "mailbox", 'does not say that "channel.disconnected" happens to a "mailbox"'),
    ],
)
def test_an_event_that_the_policy_does_not_know_is_refused(event: str, scope: str, what: str) -> None:
    """Or somebody would believe that data goes."""
    with pytest.raises(RetentionError, match=what) as refused:
        inbox().happened(event, scope, "2")
    assert refused.value.hint == "its events are channel.disconnected"


def test_an_event_whose_rows_nobody_can_find_is_refused() -> None:
    """It would be done at once, with everything still there."""
    tag = Tag(category="messages", subjects={"user": "channel.user"}, anchors={"sent": "sent"})
    room = retention(
        {"messages": {"retention": KEPT}}, (CHANNEL, Tag(reason="x"), MemoryTable()), (MESSAGE, tag, MemoryTable())
    )
    with pytest.raises(RetentionError, match="no tag leads from the rows that end with"):
        room.happened("channel.disconnected", "channel", "2")


@pytest.mark.parametrize("batch", range(1, 6))
def test_a_purge_that_is_killed_goes_on_where_it_was(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any batch: nothing is lost, nothing of another channel goes, and the event is open until all is gone."""
    monkeypatch.setattr(carrying, "FIRST", 1)
    monkeypatch.setattr(carrying, "FEWEST", 1)
    monkeypatch.setattr(carrying, "MOST", 1)
    room = inbox(number=6)
    room.happened("channel.disconnected", "channel", "2")
    advance, calls = room.stores.runs.advance, [0]

    def killed(*arguments: Any) -> bool:
        calls[0] += 1
        if calls[0] == 2 * batch:
            raise Killed
        return advance(*arguments)

    monkeypatch.setattr(room.stores.runs, "advance", killed)
    with pytest.raises(Killed):
        room.purge()
    assert len(room.stores.happenings.open()) == 1
    monkeypatch.setattr(room.stores.runs, "advance", advance)
    assert room.purge().done == 1
    assert (keys(room, "Channel"), keys(room, "Message")) == ([1], [2, 4, 6])
    assert room.stores.runs.open("retention") == []


def test_what_is_late_is_reported_with_what_may_not_go_yet() -> None:
    """A hold keeps its rows, and the event open, until it is released."""
    room = inbox()
    room.happened("channel.disconnected", "channel", "2")
    hold = Hold(id="h", reason="a claim", author="x", placed_at=NOW, review_on=NOW.date(), label="Message", keys=("3",))
    room.stores.holds.place(hold)
    assert (room.purge().done, room.overdue()) == (0, ())
    assert keys(room, "Message") == [2, 3, 4]
    room.clock.tick(dt.timedelta(hours=2))  # type: ignore[attr-defined]
    [late] = room.overdue()
    assert (late.happening.event, late.rows, late.kept) == ("channel.disconnected", 2, 1)
    room.stores.holds.release("h", room.clock.now(), "x")
    assert (room.purge().done, room.overdue(), keys(room, "Message")) == (1, (), [2, 4])


def test_an_event_may_concern_a_person_and_some_columns_alone() -> None:
    """What else the row holds, and its moment, stays."""
    end = {"event": "profile.cleared", "delete_within": "unstated"}
    tag = Tag(columns={"text": "messages", "sent": "logs"}, subjects={"user": "channel.user"}, anchors={"sent": "sent"})
    categories = {
        "messages": {"retention": {"from": "sent", "at_most": "P1Y", "ends_on": [end]}},
        "logs": {"retention": {"from": "sent", "at_most": "P2Y"}},
    }
    channels = MemoryTable(rows=[{"id": n, "user": n, "account": ""} for n in (1, 2)], to={"user": "User"})
    messages = MemoryTable(
        rows=[{"id": n, "channel": n, "text": "hi", "sent": days_ago(1)} for n in (1, 2)], to={"channel": "Channel"}
    )
    room = retention(categories, (CHANNEL, Tag(reason="x"), channels), (MESSAGE, tag, messages))
    happening = room.happened("profile.cleared", "user", "1")
    assert (happening.hides, happening.due_at, room.purge().done) == (False, NOW + dt.timedelta(days=1), 1)
    assert [(row["text"], row["sent"]) for row in messages.rows] == [(None, days_ago(1)), ("hi", days_ago(1))]


def test_an_event_empties_nothing_that_a_least_time_keeps() -> None:
    """The row stays for another category's sake; of what is emptied the policy keeps a part for longer."""
    tag = Tag(category="messages", columns={"account": "logs"}, subjects={"user": "user"}, anchors={"sent": "sent"})
    table_ = table("Post", "id:key! user:key! text account sent:datetime", "user>User")
    rows = [{"id": n, "user": 1, "text": "hi", "account": "a", "sent": days_ago(n)} for n in (100, 400)]
    posts = MemoryTable(rows=rows, to={"user": "User"})
    end = {"event": "profile.cleared", "delete_within": "PT1H"}
    rule = {"from": "sent", "at_least": "P1Y", "at_most": "P2Y", "ends_on": [end]}
    categories = {"messages": {"retention": rule}, "logs": {"retention": {"from": "sent", "at_most": "P9Y"}}}
    room = accepted(retention(categories, (table_, tag, posts)))
    room.happened("profile.cleared", "user", "1")
    assert (room.purge().done, [row["text"] for row in posts.rows]) == (0, ["hi", None])
    room.clock.tick(dt.timedelta(days=300))  # type: ignore[attr-defined]
    assert (room.purge().done, [row["text"] for row in posts.rows]) == (1, [None, None])


def test_a_table_whose_rows_an_event_does_not_find_is_told_of() -> None:
    """Or the event would be done, and nobody would know what is left. What goes with the rows it finds is found."""
    attachment = table("Attachment", "id:key! user:key! text sent:datetime", "user>User")
    part = table("Part", "id:key! message:key! text", "message>Message")
    tagged = {"category": "messages", "anchors": {"sent": "sent"}}
    own = Tag(category="channels", subjects={"user": "user"}, scopes={"channel": SELF})
    room = retention(
        {"messages": {"retention": KEPT}, "channels": {}},
        (CHANNEL, own, MemoryTable(to={"user": "User"})),
        (MESSAGE, Tag(subjects={"user": "channel.user"}, scopes={"channel": "channel"}, **tagged), MemoryTable()),
        (attachment, Tag(subjects={"user": "user"}, **tagged), MemoryTable()),
        (part, Tag(category="messages", subjects={"user": "message.channel.user"}), MemoryTable()),
    )
    found = [(each.label, each.why) for each in room.due().skipped if "no tag leads" in each.why]
    why = 'no tag leads from its rows to the "channel" with which "channel.disconnected" ends them'
    assert found == [("Attachment", why)]


def test_what_fails_keeps_nothing_else_from_going(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that the database refuses is counted and tried again; other events and what is due go meanwhile."""
    room = inbox()
    room.happened("channel.disconnected", "channel", "2")
    room.happened("channel.disconnected", "channel", "1")
    delete, dataset = room.stores.dataset.delete, type(room.stores.dataset)

    def refuses(self: object, rows: Selection) -> int:
        if rows.label == "Channel" and "2" in rows.keys:
            raise StoreError("refused")
        return delete(rows)

    monkeypatch.setattr(dataset, "delete", refuses)
    for _ in range(3):
        ran = room.run(room.due())
        assert ran.failed
        assert len(room.stores.happenings.open()) == 1
        assert len(room.stores.runs.open("retention")) == 1
    assert keys(room, "Channel") == [2]
    monkeypatch.undo()
    assert (room.purge().failed, keys(room, "Channel"), room.stores.happenings.open()) == (0, [], [])
