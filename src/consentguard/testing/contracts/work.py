"""What `Runs` and `Errands` owe."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import Errands, Runs, StoreError, Stores
from consentguard.records import Errand, Run
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
from consentguard.testing.races import RACERS, Race

ABOUT = "a" * 32
RUN = Run(
    id=identifier(1),
    kind="erasure",
    about=ABOUT,
    digest="d" * 64,
    plan=bytes(range(256)) * 300,
    started_at=MOMENT,
    beat_at=MOMENT,
)
FURTHER = replace(RUN, step=3, last_key=WORDS, counts="[1,2]", beat_at=MOMENT + DAY)
ENDED = replace(FURTHER, state="done", plan=b"", ended_at=MOMENT + 2 * DAY)
ERRAND = Errand(
    id=identifier(1),
    about=ABOUT,
    kind="rectify",
    target=f"shop.{WORDS}",
    hand="connector",
    payload=bytes(range(256)),
    made_at=MOMENT,
    next_at=MOMENT,
    due_on=dt.date(2026, 4, 28),
)
TRIED = replace(ERRAND, tries=1, next_at=MOMENT + DAY)
SETTLED = replace(TRIED, state="done", payload=b"", tries=2, done_at=MOMENT + DAY, by="ada", proof=WORDS * 99)


class RunsContract(Contract):
    """Plans that are carried out."""

    port = Runs
    attribute = "runs"

    @pytest.mark.parametrize("run", [RUN, ENDED], ids=["new", "ended"])
    def test_a_run_comes_back_as_it_was(self, stores: Stores, run: Run) -> None:
        """Every field, a long plan too; a second one with its id is refused."""
        stores.runs.add(replace(run, started_at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.runs.find(run.id)
        assert found == run
        assert found is not None
        assert in_utc(found.started_at)
        with pytest.raises(StoreError):
            stores.runs.add(FURTHER)
        assert stores.runs.find(run.id) == run
        assert stores.runs.find(identifier(9)) is None

    def test_it_advances_from_where_it_was(self, stores: Stores) -> None:
        """And from nowhere else: neither another state, nor another step, nor another row."""
        stores.runs.add(RUN)
        for other in (replace(RUN, state="stopped"), replace(RUN, step=1), replace(RUN, last_key="1")):
            assert not stores.runs.advance(FURTHER, other)
        assert stores.runs.advance(FURTHER, RUN)
        assert not stores.runs.advance(FURTHER, RUN)
        assert stores.runs.find(RUN.id) == FURTHER
        assert stores.runs.advance(replace(FURTHER, beat_at=MOMENT + 2 * DAY), FURTHER)

    def test_what_a_run_is_never_changes(self, stores: Stores) -> None:
        """Its kind, what it is about, what was approved, and since when; its plan may go with its end."""
        stores.runs.add(RUN)
        other = replace(FURTHER, kind="replay", about="", digest="e" * 64, started_at=MOMENT + DAY)
        assert stores.runs.advance(other, RUN)
        assert stores.runs.find(RUN.id) == FURTHER
        assert stores.runs.advance(ENDED, FURTHER)
        assert stores.runs.find(RUN.id) == ENDED

    def test_one_run_advances_and_no_other(self, stores: Stores) -> None:
        """What is not there does not either."""
        another = replace(RUN, id=identifier(2))
        stores.runs.add(another)
        assert not stores.runs.advance(FURTHER, RUN)
        stores.runs.add(RUN)
        assert stores.runs.advance(FURTHER, RUN)
        assert stores.runs.find(another.id) == another

    def test_of_several_workers_one_carries_it_on(self, stores: Stores, race: Race) -> None:
        """What the others did in the transaction of their checkpoint is undone."""
        stores.runs.add(RUN)
        assert the_winner(race(_carry_on)) is True
        assert stores.runs.find(RUN.id) == FURTHER
        assert stores.entries.waiting() == 1

    def test_the_oldest_come_first(self, stores: Stores) -> None:
        """By `(started_at, id)`: those of a kind that have not ended, and all about something; and the newest."""
        for number, later in ((3, 1), (2, 1), (1, 2)):
            stores.runs.add(replace(RUN, id=identifier(number), started_at=MOMENT + later * MICROSECOND))
        stores.runs.add(replace(ENDED, id=identifier(4)))
        stores.runs.add(replace(RUN, id=identifier(5), kind="retention", about=""))
        assert [run.id for run in stores.runs.open("erasure")] == [*map(identifier, (2, 3, 1))]
        assert [run.id for run in stores.runs.about(ABOUT)] == [*map(identifier, (4, 2, 3, 1))]
        assert list(stores.runs.about(ABOUT.upper())) == []
        last = [stores.runs.last(kind) for kind in ("erasure", "retention", "replay")]
        assert [run and run.id for run in last] == [identifier(1), identifier(5), None]

    def test_a_run_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """And its checkpoint with the batch."""
        stores.runs.add(RUN)
        with undone(stores):
            stores.runs.add(replace(RUN, id=identifier(2)))
            assert stores.runs.advance(FURTHER, RUN)
        assert list(stores.runs.open("erasure")) == [RUN]

    def test_neither_plan_nor_row_stands_in_a_repr(self, stores: Stores) -> None:
        """Keys may be addresses."""
        stores.runs.add(replace(FURTHER, plan=b"sealed-plan", last_key="ada@example.com"))
        shown = f"{stores.runs!r} {stores.runs.find(RUN.id)!r}"
        assert "sealed-plan" not in shown
        assert "ada@example.com" not in shown


class ErrandsContract(Contract):
    """What is to be done in other places."""

    port = Errands
    attribute = "errands"

    @pytest.mark.parametrize("errand", [ERRAND, SETTLED], ids=["new", "settled"])
    def test_an_errand_comes_back_as_it_was(self, stores: Stores, errand: Errand) -> None:
        """Every field, its moments in UTC."""
        stores.errands.add([replace(errand, next_at=errand.next_at.astimezone(ELSEWHERE))])
        found = stores.errands.find(errand.id)
        assert found == errand
        assert found is not None
        assert in_utc(found.made_at, found.next_at)
        assert stores.errands.find(identifier(9)) is None

    def test_all_are_added_or_none(self, stores: Stores) -> None:
        """One that is there already keeps the others out."""
        stores.errands.add([])
        stores.errands.add([replace(ERRAND, id=identifier(number)) for number in (2, 1)])
        with pytest.raises(StoreError):
            stores.errands.add([replace(ERRAND, id=identifier(number)) for number in (3, 2)])
        assert [errand.id for errand in stores.errands.about(ABOUT)] == [*map(identifier, (1, 2))]
        assert list(stores.errands.about(ABOUT.upper())) == []

    def test_the_longest_waiting_come_first(self, stores: Stores) -> None:
        """By `(next_at, id)`: open ones for these hands, whose moment is reached, and so many at most."""
        base = replace(ERRAND, next_at=MOMENT + MICROSECOND)
        stores.errands.add([replace(base, id=identifier(number)) for number in (3, 2)])
        stores.errands.add([replace(base, id=identifier(1), next_at=MOMENT + DAY, hand="ours")])
        stores.errands.add([replace(base, id=identifier(4), hand="person")])
        stores.errands.add([replace(base, id=identifier(5), state="failed")])
        now = MOMENT + DAY
        assert [each.id for each in stores.errands.due(now, ["connector", "ours"], 9)] == [*map(identifier, (2, 3, 1))]
        assert [each.id for each in stores.errands.due(now, ["connector", "ours"], 2)] == [*map(identifier, (2, 3))]
        assert [each.id for each in stores.errands.due(now - MICROSECOND, ["ours", "person"], 9)] == [identifier(4)]
        assert list(stores.errands.due(now, [], 9)) == []

    def test_a_change_is_kept(self, stores: Stores) -> None:
        """Where the errand still is as it was, and what it is never changes."""
        stores.errands.add([ERRAND])
        other = replace(SETTLED, about="", kind="erase", target="x", hand="ours", made_at=MOMENT + DAY, due_on=None)
        assert not stores.errands.change(SETTLED, TRIED)
        assert not stores.errands.change(SETTLED, replace(ERRAND, state="failed"))
        assert stores.errands.change(TRIED, ERRAND)
        assert stores.errands.change(other, TRIED)
        assert stores.errands.find(ERRAND.id) == SETTLED
        assert not stores.errands.change(replace(TRIED, id=identifier(2)), ERRAND)

    def test_of_several_changes_at_once_one_wins(self, stores: Stores, race: Race) -> None:
        """So that of several workers one calls the connector."""
        stores.errands.add([ERRAND])
        results = race(_try)
        assert the_winner(results) is True
        found = stores.errands.find(ERRAND.id)
        assert found == replace(TRIED, by=f"worker {results.index(True)}")

    def test_errands_of_several_workers_are_all_kept(self, stores: Stores, race: Race) -> None:
        """None waits for another."""
        race(_add_own)
        assert len(stores.errands.about(ABOUT)) == RACERS

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To add one and to change one."""
        stores.errands.add([ERRAND])
        with undone(stores):
            stores.errands.add([replace(ERRAND, id=identifier(2))])
            assert stores.errands.change(SETTLED, ERRAND)
        assert list(stores.errands.about(ABOUT)) == [ERRAND]

    def test_no_payload_stands_in_a_repr(self, stores: Stores) -> None:
        """It may say who somebody is."""
        stores.errands.add([replace(ERRAND, payload=b"sealed-payload")])
        assert "sealed-payload" not in f"{stores.errands!r} {stores.errands.find(ERRAND.id)!r}"


def _carry_on(stores: Stores, number: int) -> object:
    """A batch and its checkpoint in one transaction, as a worker has them."""
    return verdict(partial(_batch, stores, number))


def _batch(stores: Stores, number: int) -> bool:
    with suppress(AssertionError), stores.transactions.atomic():
        stores.entries.add(entry(number))
        assert stores.runs.advance(FURTHER, RUN)
        return True
    return False


def _try(stores: Stores, number: int) -> object:
    return verdict(partial(stores.errands.change, replace(TRIED, by=f"worker {number}"), ERRAND))


def _add_own(stores: Stores, number: int) -> None:
    stores.errands.add([replace(ERRAND, id=identifier(number))])
