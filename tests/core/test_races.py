"""Racers run at once in processes of their own, and whatever goes wrong there is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from consentguard.memory import MemoryStores
from consentguard.ports import StoreError, Stores
from consentguard.testing.races import Processes


@contextmanager
def opened() -> Iterator[MemoryStores]:
    """Stores that a racer has for itself."""
    yield MemoryStores(f"of {os.getpid()}")


@contextmanager
def not_by_the_first(folder: Path) -> Iterator[MemoryStores]:
    """Stores that everybody gets but the first to come."""
    try:
        (folder / "somebody_came").mkdir()
    except FileExistsError:
        yield MemoryStores()
    else:
        raise StoreError("you are the first")


def who(stores: Stores, number: int) -> tuple[int, str]:
    """Which racer this is, and what its stores are called."""
    return number, stores.name


def fall(stores: Stores, number: int) -> None:
    """The second racer fails."""
    if number:
        raise StoreError("the second fell")


def test_each_racer_has_a_process_and_stores_of_its_own() -> None:
    """They answer by number, race after race; a failure of one is told, and the next race is run all the same."""
    with Processes(opened) as race:
        first = race(who, 2)
        assert [number for number, _ in first] == [0, 1]  # type: ignore[misc]  # what `who` gives
        assert len({name for _, name in first} | {f"of {os.getpid()}"}) == 3  # type: ignore[misc]
        with pytest.raises(StoreError, match="the second fell"):
            race(fall, 2)
        assert race(who, 2) == first


def test_stores_that_cannot_be_made_are_told(tmp_path: Path) -> None:
    """Nobody waits for a racer that never gets ready, and who was ready is ready for the next race."""
    with Processes(partial(not_by_the_first, tmp_path)) as race:
        with pytest.raises(StoreError, match="you are the first"):
            race(who, 2)
        assert race(who, 2) == [(0, "default"), (1, "default")]
