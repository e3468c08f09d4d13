"""What `Holds` and `Marks` owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from time import monotonic, sleep
from typing import cast

import pytest

from consentguard.ports import Holds, Marks, StoreError, Stores
from consentguard.records import Hold, Mark, SubjectRef
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    DAY,
    ELSEWHERE,
    MICROSECOND,
    WORDS,
    Contract,
    entry,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

MEMBER = SubjectRef("member", WORDS)
HOLD = Hold(
    id=identifier(1),
    reason=WORDS,
    author="counsel",
    placed_at=MOMENT,
    review_on=dt.date(2026, 9, 28),
    subject=MEMBER,
    label="shop.Order",
    keys=("1", WORDS),
    columns=("total", "note"),
)
BARE = Hold(id=identifier(1), reason="", author="", placed_at=MOMENT, review_on=MOMENT.date())
MARK = Mark(id=identifier(1), kind="objection", at=MOMENT, subject=MEMBER, category="contact", purpose="analytics")
ROW = Mark(
    id=identifier(1),
    kind="restriction",
    at=MOMENT,
    label="shop.Order",
    key=WORDS,
    until=MOMENT + DAY,
    request=identifier(7),
)
WAIT = 0.05
"""Seconds that a racer's transaction stays open."""


class HoldsContract(Contract):
    """Legal holds, and what deletes beside them."""

    port = Holds
    attribute = "holds"

    @pytest.mark.parametrize("hold", [HOLD, BARE], ids=["whole", "bare"])
    def test_a_hold_comes_back_as_it_was(self, stores: Stores, hold: Hold) -> None:
        """Every field, its moments in UTC; a second one with its id is refused."""
        stores.holds.place(replace(hold, placed_at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.holds.find(hold.id)
        assert found == hold
        assert found is not None
        assert in_utc(found.placed_at)
        with pytest.raises(StoreError):
            stores.holds.place(replace(BARE, reason="another"))
        assert list(stores.holds.in_force()) == [hold]
        assert stores.holds.find(identifier(9)) is None

    def test_it_is_released_once(self, stores: Stores) -> None:
        """And stays to be looked at, with who released it and when; what is not there is not released."""
        stores.holds.place(HOLD)
        assert not stores.holds.release(identifier(9), MOMENT + DAY, "judge")
        assert stores.holds.release(HOLD.id, MOMENT + DAY, "judge")
        assert not stores.holds.release(HOLD.id, MOMENT + 2 * DAY, "another")
        assert stores.holds.find(HOLD.id) == replace(HOLD, released_at=MOMENT + DAY, released_by="judge")
        assert list(stores.holds.in_force()) == []

    def test_the_oldest_come_first(self, stores: Stores) -> None:
        """By `(placed_at, id)`, inside a transaction and outside."""
        for number, later in ((3, 1), (2, 1), (1, 2), (4, 0)):
            stores.holds.place(replace(HOLD, id=identifier(number), placed_at=MOMENT + later * MICROSECOND))
        expected = [*map(identifier, (4, 2, 3, 1))]
        assert [hold.id for hold in stores.holds.in_force()] == expected
        with stores.transactions.atomic():
            assert [hold.id for hold in stores.holds.in_force()] == expected
            assert stores.holds.in_force()[1] == replace(HOLD, id=identifier(2), placed_at=MOMENT + MICROSECOND)

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To place one and to release one."""
        stores.holds.place(HOLD)
        with undone(stores):
            stores.holds.place(replace(HOLD, id=identifier(2)))
            assert stores.holds.release(HOLD.id, MOMENT + DAY, "judge")
        assert list(stores.holds.in_force()) == [HOLD]

    def test_a_transaction_sees_what_it_has_placed_itself(self, stores: Stores) -> None:
        """Nobody waits for themselves."""
        with stores.transactions.atomic():
            assert list(stores.holds.in_force()) == []
            stores.holds.place(HOLD)
            assert list(stores.holds.in_force()) == [HOLD]

    def test_of_several_at_once_one_releases(self, stores: Stores, race: Race) -> None:
        """The others are told that it is no longer in force."""
        stores.holds.place(HOLD)
        assert the_winner(race(_release)) is True

    def test_nothing_goes_once_a_hold_is_placed(self, stores: Stores, race: Race) -> None:
        """What has asked before is waited for; what asks later is told."""
        seen, *_ = race(_place_among_deletions)
        assert stores.entries.waiting() == seen
        assert list(stores.holds.in_force()) == [HOLD]

    def test_a_hold_waits_for_nobody_who_asks_later(self, stores: Stores, race: Race) -> None:
        """Of several workers one is always inside a transaction: each sees the hold in its next."""
        with stores.transactions.atomic():
            stores.holds.in_force()
        assert race(_place_among_workers, 4)[1:] == [True] * 3

    def test_those_that_delete_do_not_wait_for_each_other(self, stores: Stores, race: Race) -> None:
        """To ask for the holds keeps nobody waiting whom a transaction would not keep waiting anyway."""
        with stores.transactions.atomic():
            stores.holds.in_force()
        if _are_together(race(_idle, 2)):
            assert any(_are_together(race(_ask, 2)) for _ in range(5))


class MarksContract(Contract):
    """Restrictions and objections."""

    port = Marks
    attribute = "marks"

    @pytest.mark.parametrize("mark", [MARK, ROW], ids=["of a person", "of a row"])
    def test_a_mark_comes_back_as_it_was(self, stores: Stores, mark: Mark) -> None:
        """Every field, its moments in UTC; a second one with its id is refused."""
        stores.marks.add(replace(mark, at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.marks.find(mark.id)
        assert found == mark
        assert found is not None
        assert in_utc(found.at)
        with pytest.raises(StoreError):
            stores.marks.add(replace(mark, purpose="news"))
        assert stores.marks.find(mark.id) == mark
        assert stores.marks.find(identifier(9)) is None

    def test_it_is_lifted_once(self, stores: Stores, race: Race) -> None:
        """Of several at once by one; it stays to be looked at, and holds no longer."""
        stores.marks.add(MARK)
        assert not stores.marks.lift(identifier(9), MOMENT + DAY)
        assert the_winner(race(_lift)) is True
        assert stores.marks.find(MARK.id) == replace(MARK, lifted_at=MOMENT + DAY)
        assert list(stores.marks.of(MEMBER)) == list(stores.marks.in_force(MOMENT)) == []

    def test_those_of_a_data_subject_come_the_oldest_first(self, stores: Stores) -> None:
        """By `(at, id)`; to the letter theirs, and no row's."""
        for number, later in ((3, 1), (2, 1), (1, 2)):
            stores.marks.add(replace(MARK, id=identifier(number), at=MOMENT + later * MICROSECOND))
        stores.marks.add(replace(ROW, id=identifier(4)))
        stores.marks.add(replace(MARK, id=identifier(5), subject=SubjectRef("guest", WORDS)))
        assert [mark.id for mark in stores.marks.of(MEMBER)] == [*map(identifier, (2, 3, 1))]
        for key in ("%", WORDS.upper(), WORDS[:-1], "1"):
            assert list(stores.marks.of(SubjectRef("member", key))) == []

    def test_a_mark_holds_until_its_end(self, stores: Stores) -> None:
        """Up to that moment, and not at it; one without an end holds on."""
        stores.marks.add(ROW)
        stores.marks.add(replace(MARK, id=identifier(2), at=MOMENT - DAY))
        end = MOMENT + DAY
        assert [mark.id for mark in stores.marks.in_force(end - MICROSECOND)] == [identifier(2), ROW.id]
        assert [mark.id for mark in stores.marks.in_force(end)] == [identifier(2)]

    def test_those_that_end_come_the_next_first(self, stores: Stores) -> None:
        """By `(until, id)`, before a moment and not at it; neither what is lifted nor what has no end."""
        for number, days in ((3, 1), (2, 1), (1, 2), (4, 3), (5, 1)):
            stores.marks.add(replace(ROW, id=identifier(number), until=MOMENT + days * DAY))
        stores.marks.add(replace(MARK, id=identifier(6)))
        stores.marks.lift(identifier(5), MOMENT)
        assert [mark.id for mark in stores.marks.ending(MOMENT + 3 * DAY)] == [*map(identifier, (2, 3, 1))]

    def test_those_of_a_kind_come_the_oldest_first(self, stores: Stores) -> None:
        """By `(at, id)`; no other kind's, and nothing that is lifted."""
        for number, later in ((3, 1), (2, 1), (1, 2), (4, 0)):
            at = MOMENT + later * MICROSECOND
            stores.marks.add(replace(MARK, id=identifier(number), kind="quarantine", at=at))
        stores.marks.add(replace(MARK, id=identifier(5)))
        stores.marks.lift(identifier(4), MOMENT)
        assert [mark.id for mark in stores.marks.of_kind("quarantine")] == [*map(identifier, (2, 3, 1))]
        assert list(stores.marks.of_kind("restriction")) == []

    def test_those_of_who_was_erased_go(self, stores: Stores) -> None:
        """Lifted or not, and nobody else's."""
        for number in (1, 2):
            stores.marks.add(replace(MARK, id=identifier(number)))
        stores.marks.add(replace(ROW, id=identifier(3)))
        stores.marks.add(replace(MARK, id=identifier(4), subject=SubjectRef("member", "2")))
        stores.marks.lift(identifier(2), MOMENT)
        assert stores.marks.forget([MEMBER]) == 2
        assert stores.marks.forget([MEMBER]) == 0
        assert [mark.id for mark in stores.marks.in_force(MOMENT)] == [*map(identifier, (3, 4))]

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To mark, to lift and to forget."""
        stores.marks.add(MARK)
        stores.marks.add(replace(ROW, id=identifier(2)))
        with undone(stores):
            stores.marks.add(replace(MARK, id=identifier(3)))
            assert stores.marks.lift(identifier(2), MOMENT)
            assert stores.marks.forget([MEMBER]) == 2
        assert [mark.id for mark in stores.marks.in_force(MOMENT)] == [*map(identifier, (1, 2))]


def _release(stores: Stores, number: int) -> object:
    return verdict(partial(stores.holds.release, HOLD.id, MOMENT + DAY, f"judge {number}"))


def _lift(stores: Stores, number: int) -> object:
    return verdict(partial(stores.marks.lift, MARK.id, MOMENT + DAY))


def _place_among_deletions(stores: Stores, number: int) -> object:
    """The first places a hold, and says how many of the others had written by then; they write where none is."""
    if number:
        return verdict(partial(_write_unless_held, stores, number))
    sleep(WAIT / 2)
    while verdict(partial(stores.holds.place, HOLD)) == "busy":
        pass
    return stores.entries.waiting()


def _place_among_workers(stores: Stores, number: int) -> object:
    """The first places a hold; each of the others says whether it has seen that before it gave up."""
    if number:
        sleep(number * WAIT)
        until = monotonic() + 100 * WAIT
        return any(verdict(partial(_is_held, stores)) is True for _ in iter(lambda: monotonic() < until, False))
    sleep(3 * WAIT)
    return verdict(partial(stores.holds.place, HOLD))


def _is_held(stores: Stores) -> bool:
    with stores.transactions.atomic():
        held = bool(stores.holds.in_force())
        sleep(0 if held else 2 * WAIT)
    # rests as a worker does between two batches: SQLite, which keeps no line, would let the same one in again
    sleep(0 if held else WAIT)
    return held


def _write_unless_held(stores: Stores, number: int) -> None:
    with stores.transactions.atomic():
        if not stores.holds.in_force():
            sleep(WAIT)
            stores.entries.add(entry(number))


def _idle(stores: Stores, number: int) -> tuple[float, float]:
    return _inside(stores, asks=False)


def _ask(stores: Stores, number: int) -> tuple[float, float]:
    return _inside(stores, asks=True)


def _inside(stores: Stores, *, asks: bool) -> tuple[float, float]:
    with stores.transactions.atomic():
        if asks:
            stores.holds.in_force()
        since = monotonic()
        sleep(WAIT)
        return since, monotonic()


def _are_together(results: Sequence[object]) -> bool:
    """Whether all were inside their transactions at one moment."""
    spans = cast("Sequence[tuple[float, float]]", results)
    return max(since for since, _ in spans) < min(until for _, until in spans)
