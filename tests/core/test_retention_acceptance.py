"""A rule that takes rows sooner waits until somebody has seen what it does, and accepted it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryTable
from consentguard.retention import Retention, RetentionError
from tests.core.neutral import table
from tests.core.retention_kit import ENGLISH, NOW, accepted, days_ago, keys, retention, under, users

LOG = table("Log", "id:key! user:key words at:datetime made:datetime", "user>User")
TAG = Tag(
    category="logs",
    subjects={"user": "user"},
    anchors={"recorded": "at", "created": "made"},
    plan="user.plan",
    place="user.country",
)


def logs(**rule: Any) -> dict[str, Any]:
    """The policy's rule for logs, from the moment of recording."""
    return {"logs": {"retention": {"from": "recorded"} | rule}}


def site(**rule: Any) -> Retention:
    """Logs of 20, 40 and 100 days under a rule."""
    rows = [
        {"id": n, "user": 1, "words": "seen", "at": days_ago(age), "made": None}
        for n, age in enumerate((20, 40, 100), 1)
    ]
    people = users({"plan": "free", "country": "GT"})
    return retention(logs(**rule), (LOG, TAG, MemoryTable(rows=rows, to={"user": "User"})), people=people)


def test_rules_that_nobody_accepted_remove_nothing() -> None:
    """The refusal says how many rows would go, and what to do."""
    room = site(at_most="P90D")
    with pytest.raises(RetentionError, match=r"nobody has accepted the rules for Log: .* 1 now") as refused:
        room.run(room.due())
    assert "consentguard retention accept" in refused.value.hint
    assert keys(room, "Log") == [1, 2, 3]


def test_shortening_is_refused_until_its_effect_is_accepted() -> None:
    """From 90 days to 30: the preview shows rows, bytes, the oldest, and both rules."""
    room = accepted(site(at_most="P90D"))
    shorter = under(room, logs(at_most="P30D"))
    with pytest.raises(RetentionError, match="2 now"):
        shorter.run(shorter.due())
    shown = shorter.preview(ENGLISH)
    [impact] = shown.impacts
    assert (impact.label, impact.weight.rows, impact.weight.oldest, impact.sooner) == ("Log", 2, days_ago(100), True)
    assert impact.weight.bytes > 0
    assert (impact.old, impact.new) == (
        ("deleted: 90 days from the time of recording",),
        ("deleted: 30 days from the time of recording",),
    )
    assert not shown.accepted
    shorter.accept(shown.digest[:12], "dpo")
    shorter.run(shorter.due())
    assert keys(room, "Log") == [1]


def test_a_digest_of_other_rules_accepts_nothing() -> None:
    """Somebody changed the policy after the preview; a few digits name nothing; and somebody has to answer for it."""
    room = site(at_most="P90D")
    seen = room.preview(ENGLISH).digest
    changed = under(room, logs(at_most="P10D"))
    for digest, by in (
        (seen, "dpo"),
        (changed.preview(ENGLISH).digest[:4], "dpo"),
        (changed.preview(ENGLISH).digest, " "),
    ):
        with pytest.raises(RetentionError):
            changed.accept(digest, by)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"at_most": "P90D"}, {"at_most": "P91D"}),
        ({"at_most": "P30D"}, {"at_most": "P30D", "at_least": "P1Y"}),
        ({"at_most": "P90D"}, {"at_most": "P90D", "then": "redact"}),
        ({"at_most": "P1M"}, {"at_most": "P31D"}),
        ({"at_most_by_plan": {"free": "P7D", "pro": "P30D"}}, {"at_most_by_plan": {"free": "P7D", "pro": "P90D"}}),
        ({"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y"}}, {"at_most": "P5Y"}),
        ({"at_most": "P90D"}, {"at_least": "P90D"}),
    ],
)
def test_rules_that_keep_no_less_follow_by_themselves(before: dict[str, Any], after: dict[str, Any]) -> None:
    """A longer period, a new least time, a gentler end, a rule that is gone: no row goes sooner."""
    longer = under(accepted(site(**before)), logs(**after))
    longer.run(longer.due())
    assert longer.preview(ENGLISH).accepted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"at_most": "P90D"}, {"at_most": "P89D"}),
        ({"at_most": "P1M"}, {"at_most": "P30D"}),
        ({"at_most": "P30D", "at_least": "P1Y"}, {"at_most": "P30D"}),
        (
            {"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y", "ES": "P6Y"}},
            {"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y"}},
        ),
        ({"at_most": "P90D", "then": "redact"}, {"at_most": "P90D"}),
        ({"at_most_by_plan": {"free": "P7D", "pro": "P30D"}}, {"at_most_by_plan": {"free": "P7D", "pro": "P29D"}}),
        ({"at_most_by_plan": {"free": "P7D", "pro": "P30D"}}, {"at_most_by_plan": {"free": "P7D"}}),
        ({"at_most": "P90D"}, {"at_most": "P90D", "fallback": {"at_most": "P1Y"}}),
        ({"at_least": "P90D"}, {"at_most": "P90D"}),
    ],
)
def test_rules_that_take_a_row_sooner_do_not(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whichever way: a period, a least time, an end, a plan or a place that is gone."""
    room = site(**before)
    if before.get("at_most") or before.get("at_most_by_plan"):
        accepted(room)
    shorter = under(room, logs(**after))
    with pytest.raises(RetentionError, match="nobody has accepted"):
        shorter.run(shorter.due())


def test_a_schedule_that_does_not_run_is_noticed() -> None:
    """Twice its rhythm without a run over everything, or none ever; a run of one category is none."""
    room = accepted(site(at_most="P90D"))
    assert room.status(ENGLISH).missed
    room.run(room.due("logs"))
    assert room.status(ENGLISH).missed
    room.run(room.due())
    assert (room.status(ENGLISH).missed, room.status(ENGLISH).last_run) == (False, NOW)
    room.clock.tick(dt.timedelta(hours=49))  # type: ignore[attr-defined]
    assert (room.status(ENGLISH).missed, room.status(ENGLISH, "P7D").missed) == (True, False)


def test_an_admin_sees_each_table_with_its_rule() -> None:
    """What is due, the oldest, when it ran and will run again; and what has no end, with the reason."""
    room = accepted(site(at_most="P30D"))
    room.run(room.due())
    room.clock.tick(dt.timedelta(days=15))  # type: ignore[attr-defined]
    user, log = room.overview(ENGLISH)
    assert (user.rules, user.why) == ((), ("how long account is kept is not stated",))
    assert log.rules == ("deleted: 30 days from the time of recording",)
    assert (log.due.rows, log.due.oldest, log.held) == (1, days_ago(20), 0)
    assert (log.last_run, log.next_run) == (NOW, NOW + dt.timedelta(days=1))


def letters(kept: str) -> dict[str, Any]:
    """Letters that go to the archive after a year, and are kept there so long."""
    rule = {"from": "sent", "at_most": "P1Y", "then": "archive", "archive": {"at_most": kept}}
    return {"letters": {"retention": rule}}


@pytest.mark.parametrize(("period", "accepts_itself"), [("P5Y", False), ("P20Y", True), ("unstated", True)])
def test_an_archive_that_keeps_for_less_has_to_be_accepted(period: str, accepts_itself: bool) -> None:
    """What is kept longer there follows by itself."""
    letter = table("Letter", "id:key! user:key! text sent:datetime!", "user>User")
    tag = Tag(category="letters", subjects={"user": "user"}, anchors={"sent": "sent"})
    room = accepted(retention(letters("P10Y"), (letter, tag, MemoryTable(to={"user": "User"}))))
    preview = under(room, letters(period)).preview(ENGLISH)
    assert (preview.accepted, preview.digest == room.preview(ENGLISH).digest) == (accepts_itself, False)


def test_an_event_on_which_rows_go_has_to_be_accepted() -> None:
    """It takes rows that no period takes yet; and what it no longer ends follows by itself."""
    post = table("Post", "id:key! user:key! text sent:datetime!", "user>User")
    tag = Tag(category="posts", subjects={"user": "user"}, anchors={"sent": "sent"})
    plain = {"from": "sent", "at_most": "P1Y"}
    ending = {**plain, "ends_on": [{"event": "profile.cleared", "scope": "user"}]}
    room = accepted(retention({"posts": {"retention": plain}}, (post, tag, MemoryTable(to={"user": "User"}))))
    ended = under(room, {"posts": {"retention": ending}})
    preview = ended.preview(ENGLISH)
    assert (preview.accepted, preview.impacts[0].sooner) == (False, True)
    assert "deleted: profile cleared" in preview.impacts[0].new
    accepted(ended)
    assert under(room, {"posts": {"retention": plain}}).preview(ENGLISH).accepted
