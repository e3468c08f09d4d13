"""The sealer: it may run twice, stop midway, come late, and run in a thread."""

from __future__ import annotations

import datetime as dt
import logging
import threading

import pytest

from consentguard.evidence import Evidence, SealerThread
from consentguard.memory import MemoryStores
from consentguard.ports import StoreError, Stores
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.races import threads
from tests.core.evidence_kit import DAY, act, evidence_of

ENTRIES = 60


class StoppingClock(FrozenClock):
    """A clock that stops the sealer in its tracks when it has been asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def now(self) -> dt.datetime:
        """The moment, or the end."""
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().now()


def sealed(stores: MemoryStores) -> list[int]:
    """The sequences that are there."""
    return [seal.sequence for seal, _ in stores.seals.read(0, 10 * ENTRIES)]


def test_sealers_at_once_make_one_chain() -> None:
    """No entry twice, none left out, and no error."""
    stores = MemoryStores()
    act(evidence_of(stores), ENTRIES)
    counts = threads(stores)(_seal_in_small_portions)
    assert sum(int(str(count)) for count in counts) + evidence_of(stores).seal() == ENTRIES
    assert sealed(stores) == list(range(1, ENTRIES + 1))
    assert evidence_of(stores).verify().sound


def test_the_loser_stops_quietly() -> None:
    """Somebody else sealed between its look and its write; it says what it did itself."""
    stores = MemoryStores()
    act(evidence_of(stores), 4)

    class Overtaken(FrozenClock):
        """Lets another sealer run between the look and the write."""

        def now(self) -> dt.datetime:
            evidence_of(stores).seal()
            return super().now()

    assert evidence_of(stores, Overtaken()).seal(portion=2) == 0
    assert sealed(stores) == [1, 2, 3, 4]


def test_a_run_that_is_stopped_midway_is_gone_on_with() -> None:
    """What it sealed is whole; the next run takes the rest, however old it is by then."""
    stores, past = MemoryStores(), FrozenClock(MOMENT - 30 * DAY)
    for _ in range(5):
        act(evidence_of(stores, past), 2)
        past.tick(4 * DAY)
    with pytest.raises(KeyboardInterrupt):
        evidence_of(stores, StoppingClock(2)).seal(portion=3)
    assert sealed(stores) == [1, 2, 3, 4, 5, 6]
    assert evidence_of(stores).verify().sound
    assert evidence_of(stores).seal(portion=3) == 4
    assert evidence_of(stores).verify().sound


def test_an_entry_that_shows_late_is_sealed() -> None:
    """Its transaction ended after younger ones were sealed: ids and times are not the order of commits."""
    stores = MemoryStores()
    act(evidence_of(stores))
    evidence_of(stores).seal()
    act(evidence_of(stores, FrozenClock(MOMENT - DAY)))
    assert evidence_of(stores).seal() == 1
    assert evidence_of(stores).verify().sound


def test_an_entry_that_shows_very_late_is_told_of_and_sealed_when_asked() -> None:
    """More than two days: verify counts it, and `everything` finds it."""
    stores = MemoryStores()
    act(evidence_of(stores))
    evidence_of(stores).seal()
    act(evidence_of(stores, FrozenClock(MOMENT - 3 * DAY)))
    assert evidence_of(stores).seal() == 0
    assert evidence_of(stores).verify().unsealed == 1
    assert evidence_of(stores).seal(everything=True) == 1
    assert evidence_of(stores).verify().unsealed == 0


def test_a_clock_that_was_ahead_hides_nothing() -> None:
    """One entry of next month, and the entries of today are sealed all the same."""
    stores = MemoryStores()
    act(evidence_of(stores, FrozenClock(MOMENT + 30 * DAY)))
    evidence_of(stores).seal()
    act(evidence_of(stores), 2)
    assert evidence_of(stores).seal() == 2


@pytest.mark.parametrize("portion", [1, 2, 3, 4, 9])
def test_portions_make_one_chain(portion: int) -> None:
    """However many are sealed at once, and whether or not the last portion is full."""
    stores = MemoryStores()
    act(evidence_of(stores), 6)
    assert evidence_of(stores).seal(portion) == 6
    assert evidence_of(stores).verify().sealed == 6


def test_a_thread_seals_until_it_is_stopped() -> None:
    """Each run with evidence of its own; it ends when it is told to, without waiting for its next turn."""
    stores, ran = MemoryStores(), threading.Event()
    act(evidence_of(stores), 3)

    class Told:
        """Says when it has sealed."""

        def seal(self) -> int:
            count = evidence_of(stores).seal()
            ran.set()
            return count

    thread = SealerThread(Told, every=3600)
    thread.start()
    assert ran.wait(10)
    thread.stop()
    assert not thread.is_alive()
    assert sealed(stores) == [1, 2, 3]


def test_a_thread_outlives_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """The failure is logged, and the next run seals."""
    stores, ran = MemoryStores(), threading.Event()
    act(evidence_of(stores), 2)
    away = iter([True])

    def evidence() -> Evidence:
        if next(away, False):
            raise StoreError("the database cannot be reached")
        if stores.entries.waiting() == 0:
            ran.set()
        return evidence_of(stores)

    thread = SealerThread(evidence, every=0.001)
    with caplog.at_level(logging.WARNING, "consentguard.evidence"):
        thread.start()
        assert ran.wait(10)
        thread.stop()
    assert sealed(stores) == [1, 2]
    assert caplog.messages == ["the sealer could not run: the database cannot be reached"]


def _seal_in_small_portions(stores: Stores, number: int) -> int:
    return evidence_of(stores).seal(portion=7)
