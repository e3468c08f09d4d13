"""Goes through a table in the order of its keys, a batch at a time, and keeps how far it is with each batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from consentguard import ports
from consentguard.ports.mistakes import BusyError, ConflictError
from consentguard.records import ColumnJob

FIRST, MOST = 16, 1000
"""How many rows the first batch has, and any at most."""
MOST_BYTES = 2**22
"""About how many bytes of values a batch has."""
GROWTH = 8
SAMPLE = 16
"""How many rows of a batch are weighed."""
TRIES = 10
"""How often a batch is tried that loses against other transactions."""


class Row(Protocol):
    """A row as a store hands it out."""

    @property
    def key(self) -> str: ...


Some = TypeVar("Some", bound=Row)
Read = Callable[[str, int], Sequence[Some]]
"""Rows after a key, at most so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How works go through tables: at most `rate` rows per second, as fast as it goes without one."""

    stores: ports.Stores
    clock: ports.Clock
    rate: float | None = None
    sleep: Callable[[float], None] = time.sleep
    timer: Callable[[], float] = time.monotonic

    def batches(self, read: Read[Some], after: str, weigh: Callable[[Some], int]) -> Iterator[Sequence[Some]]:
        """The rows after a key, in portions that neither grow heavy (`weigh`: bytes) nor come too fast."""
        limit = self._most(FIRST)
        while rows := read(after, limit):
            begun = self.timer()
            yield rows
            if self.rate:
                self.sleep(max(0.0, begun + len(rows) / self.rate - self.timer()))
            sample = rows[:SAMPLE]
            weight = sum(map(weigh, sample)) // len(sample)
            after, limit = rows[-1].key, self._most(min(limit * GROWTH, MOST_BYTES // max(1, weight)))

    def begun(self, name: str, goal: str, phase: str) -> ColumnJob:
        """The work of that name where it was cut short on its way to that goal, or else a new one."""
        found = self.stores.column_jobs.find(name)
        if found is not None and (found.goal, found.phase) == (goal, phase):
            return found
        return ColumnJob(name=name, goal=goal, phase=phase, last_key="", done=0, at=self.clock.now())

    def kept(self, job: ColumnJob, rows: Sequence[Row], change: Callable[[], object]) -> ColumnJob:
        """Durable. Make a change and keep that these rows are done, both or neither. Raises StoreError.

        One that loses against another transaction is tried again: it changes nothing that is not as it was read.
        """
        further = replace(job, last_key=rows[-1].key, done=job.done + len(rows), at=self.clock.now())
        for left in reversed(range(TRIES)):
            try:
                with self.stores.transactions.atomic():
                    change()
                    self.stores.column_jobs.put(further)
                break
            except (BusyError, ConflictError):
                if not left:
                    raise
        return further

    def _most(self, limit: int) -> int:
        return max(1, min(limit, MOST, int(self.rate or MOST)))
