"""Transactions over dicts: one thread at a time, and a note of how to undo each change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from threading import RLock
from typing import TYPE_CHECKING, Generic, TypeVar

from consentguard.ports import InsideTransactionError
from consentguard.ports.mistakes import RefusedError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Kept = TypeVar("Kept", bound=DataclassInstance)
else:
    Kept = TypeVar("Kept")
Key = TypeVar("Key", bound=Hashable)


class Journal:
    """Who is in a transaction, and how to undo what it has done so far."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._depth = 0
        self._undo: list[Callable[[], object]] = []

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of the block or nothing; other threads wait until the outermost block ends."""
        with self._lock:
            mark = len(self._undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._undo) > mark:
                    self._undo.pop()()
                raise
            finally:
                self._depth -= 1
                if not self._depth:
                    self._undo.clear()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A transaction of its own. Raises InsideTransactionError inside another."""
        with self._lock:
            self.outside()
            with self.atomic():
                yield

    def outside(self) -> None:
        """Raises InsideTransactionError inside a transaction of this thread; waits for the end of another's."""
        with self._lock:
            if self._depth:
                raise InsideTransactionError(
                    "this must last, and the transaction around it may still be undone",
                    hint="call it before the transaction begins, or after it has ended",
                )

    def note(self, undo: Callable[[], object]) -> None:
        """Remember how to undo a change that is about to be made inside `atomic`."""
        self._undo.append(undo)


class Shelf(Generic[Key, Kept]):
    """Records by their key. Every change belongs to the journal's transaction."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: dict[Key, Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key) -> Kept | None:
        """The record with this key, or None."""
        return self._kept.get(key)

    def all(self) -> list[Kept]:
        """Every record, in no order that means anything."""
        with self._journal.atomic():  # not while another thread puts one there
            return list(self._kept.values())

    def add(self, key: Key, record: Kept) -> None:
        """Keep a new record, its moments in UTC. Raises StoreError where there is one with this key."""
        with self._journal.atomic():
            if key in self._kept:
                raise RefusedError(
                    f"there is a {type(record).__name__} with this key already",
                    hint="each record has a key of its own: `consentguard.records.new_id`",
                )
            self.put(key, record)

    def put(self, key: Key, record: Kept) -> None:
        """Keep a record, its moments in UTC, in place of the one with this key."""
        with self._journal.atomic():
            self._journal.note(self._restore(key))
            self._kept[key] = in_utc(record)

    def drop(self, key: Key) -> bool:
        """Remove the record with this key; whether there was one."""
        with self._journal.atomic():
            self._journal.note(self._restore(key))
            return self._kept.pop(key, None) is not None

    def drop_where(self, key_of: Callable[[Kept], Key], goes: Callable[[Kept], bool]) -> int:
        """Remove all records that a condition holds for; how many went."""
        with self._journal.atomic():
            return sum(self.drop(key_of(record)) for record in self.all() if goes(record))

    def _restore(self, key: Key) -> Callable[[], object]:
        if key not in self._kept:
            return lambda: self._kept.pop(key, None)
        before = self._kept[key]
        return lambda: self._kept.__setitem__(key, before)


def in_utc(record: Kept) -> Kept:
    """The record with each moment in UTC. Raises ValueError for a moment without a time zone."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    moments = {name: utc(value) for name, value in values.items() if isinstance(value, dt.datetime)}
    return replace(record, **moments)


def utc(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC. Raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone, such as datetime.now(UTC) has")
    return moment.astimezone(dt.UTC)
