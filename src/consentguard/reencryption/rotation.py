"""Rotation: every stored value under the enabled key, with the digests of the slots in use, while the site serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from consentguard import ports
from consentguard.datamap.schema import SealedColumn
from consentguard.ports.mistakes import RefusedError
from consentguard.records import ColumnJob
from consentguard.reencryption.refusals import Refusal, Refusals
from consentguard.reencryption.tables import EncryptedTable, by_table, named
from consentguard.reencryption.walk import Walk

RUNNING, DONE = "running", "done"
PASSES = 3
"""How often a table is gone through where others keep changing it, or write under an older key."""
Keys = Mapping[int, int] | Mapping[int | None, int]
"""How many values are under each key of the keyring, by its id; None for what is under another, or is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The values of one column as they are: how many there are by key, and how many are not up to date."""

    column: str
    keys: Keys
    behind: int

    @property
    def values(self) -> int:
        """How many there are."""
        return sum(self.keys.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What became of a table: its columns before and after, and the values that are left as they are.

    `refused` names the first of those that cannot be opened, or that a rule of the table forbids; `refusals` counts
    all.
    """

    label: str
    before: tuple[State, ...]
    after: tuple[State, ...]
    refused: tuple[Refusal, ...]
    refusals: int


def _silent(rows: int) -> None:
    """Nobody asked how far it is."""


class Rotation:
    """Re-encrypts the encrypted columns of one database, while the site goes on reading and writing them.

    A value is changed only where it still is what was read, so that no writer loses an update. Whatever ends a run,
    the next one goes on with the row after those that are done. What does not open is left as it is.
    """

    def __init__(
        self,
        *,
        columns: Sequence[SealedColumn],
        resealer: Callable[[SealedColumn], ports.Resealer],
        stores: ports.Stores,
        witness: ports.Witness,
        clock: ports.Clock,
    ) -> None:
        self._columns, self._resealer = columns, resealer
        self._stores, self._witness, self._clock = stores, witness, clock

    def tables(self, column: str = "") -> tuple[EncryptedTable, ...]:
        """The tables with their encrypted columns, or one column alone. Raises ColumnError where there is none."""
        wanted = [named(self._columns, column)] if column else self._columns
        return tuple(by_table(wanted, self._resealer))

    def state(self, table: EncryptedTable) -> tuple[State, ...]:
        """How the values of a table's columns are, from one query for each. Raises StoreError."""
        pairs = zip(table.columns, table.resealers, strict=True)
        return tuple(self._counted(column, resealer) for column, resealer in pairs)

    def run(
        self,
        table: EncryptedTable,
        *,
        rate: float | None = None,
        dry_run: bool = False,
        progress: Callable[[int], None] = _silent,
    ) -> Rotated:
        """Durable. Bring the values of a table up to date, at most `rate` rows per second; what became of it.

        In a dry run everything is opened and nothing changed. `progress` is told how many more rows are done. Raises
        StoreError, with every batch so far done.
        """
        self._stores.transactions.outside()
        before = after = self.state(table)
        refusals = Refusals()
        walk = Walk(stores=self._stores, clock=self._clock, rate=rate)
        job = walk.begun(f"rotate {table.label}", table.goal, RUNNING)
        behind = sum(state.behind for state in before)
        if dry_run and behind:
            for rows in self._batches(walk, table, ""):
                refusals.add(table.changes(rows)[1])
                progress(len(rows))
        elif behind or job.last_key:
            job, after, refusals = self._passes(walk, job, table, progress)
        if not dry_run and job.done:
            self._finish(job, before, after)
        refused = tuple(refusals.named)
        return Rotated(label=table.label, before=before, after=after, refused=refused, refusals=refusals.count)

    def _passes(
        self, walk: Walk, job: ColumnJob, table: EncryptedTable, progress: Callable[[int], None]
    ) -> tuple[ColumnJob, tuple[State, ...], Refusals]:
        """Go through the table, and again for what others changed meanwhile."""
        for _ in range(PASSES):
            refusals = Refusals()
            for rows in self._batches(walk, table, job.last_key):
                swaps, refused = table.changes(rows)
                refusals.add(refused)
                job = walk.kept(job, rows, partial(self._swap, table, swaps, refusals))
                progress(len(rows))
            job = replace(job, last_key="")
            after = self.state(table)
            if sum(state.behind for state in after) <= refusals.count:
                break
        return job, after, refusals

    def _batches(self, walk: Walk, table: EncryptedTable, after: str) -> Iterator[Sequence[ports.SealedRow]]:
        return walk.batches(partial(self._stores.sealed_rows.after, table.stored), after, _weight)

    def _swap(self, table: EncryptedTable, swaps: Sequence[ports.Swap], refusals: Refusals) -> None:
        """Change rows; where a rule of the table forbids one of them, find out which, and leave it."""
        try:
            with self._stores.transactions.atomic():
                self._stores.sealed_rows.swap(table.stored, swaps)
        except RefusedError as error:
            if len(swaps) == 1:
                refusals.add([Refusal(table.label, swaps[0].key, error.message)])
                return
            middle = len(swaps) // 2
            self._swap(table, swaps[:middle], refusals)
            self._swap(table, swaps[middle:], refusals)

    def _finish(self, job: ColumnJob, before: Sequence[State], after: Sequence[State]) -> None:
        with self._stores.transactions.atomic():
            self._stores.column_jobs.put(replace(job, phase=DONE, last_key="", at=self._clock.now()))
            pairs = list(zip(before, after, strict=True))
            # none differs where the run before was cut short with nothing left to do but this
            for was, now in [pair for pair in pairs if pair[0] != pair[1]] or pairs:
                keys = {"before": written(was.keys), "after": written(now.keys)}
                self._witness.record("keys.rotated", column=now.column, behind=now.behind, **keys)

    def _counted(self, column: SealedColumn, resealer: ports.Resealer) -> State:
        beginnings = self._stores.sealed_rows.beginnings(column.label, column.name, resealer.length)
        keys = Counter[int | None]()
        for beginning, count in beginnings.items():
            keys[resealer.key_id(beginning)] += count
        behind = sum(count for beginning, count in beginnings.items() if not resealer.is_settled(beginning))
        return State(column=str(column), keys=keys, behind=behind)


def _weight(row: ports.SealedRow) -> int:
    return sum(len(value) for value in row.stored if isinstance(value, bytes))


def written(keys: Keys) -> str:
    """Counts by key as a text for evidence, such as `1: 20, 2: 400, none: 3`."""
    ordered = sorted(keys.items(), key=lambda each: each[0] or 0)
    return ", ".join(f"{'none' if key is None else key}: {count}" for key, count in ordered)
