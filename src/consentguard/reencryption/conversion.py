"""A column on its way in or out of encryption: a copy beside it is filled, held against it, and then relied upon."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from consentguard import copying, ports
from consentguard.ports.mistakes import RefusedError
from consentguard.records import ColumnJob
from consentguard.reencryption.pairs import Pair
from consentguard.reencryption.refusals import Refusal, Refusals
from consentguard.reencryption.tables import ColumnError
from consentguard.reencryption.walk import Walk

Execute = Callable[[Callable[[str], Sequence[str]]], None]
"""Runs SQL: the statements that a function gives for the kind of database."""
EXPANDED, BACKFILLING, BACKFILLED, VERIFIED = "expanded", "backfilling", "backfilled", "verified"
STRICT, ENDED, NOT_BEGUN = "strict", "ended", "not begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a conversion is: its phase, how many rows have no copy yet, and what the last step had to leave."""

    name: str
    phase: str
    left: int
    done: int = 0
    refused: tuple[Refusal, ...] = ()
    refusals: int = 0


def _silent(rows: int) -> None:
    """Nobody asked how far it is."""


class Conversion:
    """Takes a column in or out of encryption, while the site goes on reading and writing both.

    A copy is made only where neither column changed since it was read. A trigger empties a copy whose original is
    changed alone, and refuses such a change once the conversion is strict.
    """

    def __init__(
        self, pair: Pair, *, stores: ports.Stores, execute: Execute, witness: ports.Witness, clock: ports.Clock
    ) -> None:
        self.pair = pair
        self._stores, self._execute, self._witness, self._clock = stores, execute, witness, clock

    def progress(self) -> Progress:
        """How far it is. Raises StoreError."""
        job, left = self._job(), self._stores.copied_rows.uncopied(self.pair.copied)
        return Progress(name=self.pair.name, phase=job.phase if job else NOT_BEGUN, left=left)

    def rows(self) -> int:
        """About how many rows will be compared. Raises StoreError."""
        column = self.pair.column
        return sum(self._stores.sealed_rows.beginnings(column.label, column.name, 1).values())

    def expand(self) -> None:
        """Durable. Let the database empty a copy whose original changes alone. Raises StoreError."""
        job = self._job()
        if job is None or job.phase == ENDED:
            self._execute(partial(copying.install, copy=self.pair.trigger))
            self._enter(EXPANDED)

    def backfill(
        self, *, rate: float | None = None, dry_run: bool = False, progress: Callable[[int], None] = _silent
    ) -> Progress:
        """Durable. Make a copy for every row that has none, at most `rate` rows per second; what is left.

        In a dry run nothing is changed. Raises ColumnError before `expand`, and StoreError, with every batch so far
        done.
        """
        if self._phase in (NOT_BEGUN, ENDED) and not dry_run:
            raise ColumnError(f"{self.pair.name} is {self._phase}", hint="its trigger comes first: `expand`")
        walk, refusals = Walk(stores=self._stores, clock=self._clock, rate=rate), Refusals()
        job = walk.begun(self.pair.name, self._goal, BACKFILLING)
        read = partial(self._stores.copied_rows.after, self.pair.copied, uncopied=True)
        for rows in walk.batches(read, "" if dry_run else job.last_key, _weight):
            changes, refused = self._made(rows)
            refusals.add(refused)
            if not dry_run:
                job = walk.kept(job, rows, partial(self._copy, changes, refusals))
            progress(len(rows))
        left = self._stores.copied_rows.uncopied(self.pair.copied)
        if not dry_run and self._phase not in (VERIFIED, STRICT):
            self._enter(BACKFILLING if left else BACKFILLED, done=job.done)
        return self._told(left, job.done, refusals)

    def verify(
        self, *, mend: bool = False, rate: float | None = None, progress: Callable[[int], None] = _silent
    ) -> Progress:
        """Durable. Open every value and compare it with the plain one; which rows differ.

        With `mend` the copies of those are made anew. Raises StoreError.
        """
        walk, refusals, rows_seen = Walk(stores=self._stores, clock=self._clock, rate=rate), Refusals(), 0
        for rows in walk.batches(partial(self._stores.copied_rows.after, self.pair.copied), "", _weight):
            differing = self._differing(rows)
            if mend and differing:
                changes, refused = self._made([rows[place] for place in differing])
                self._copy(changes, refusals)
                refusals.add(refused)
            else:
                refusals.add([self._refusal(rows[place], why) for place, why in differing.items()])
            rows_seen += len(rows)
            progress(len(rows))
        left = self._stores.copied_rows.uncopied(self.pair.copied)
        if self._phase != STRICT:
            self._enter(BACKFILLED if left or refusals.count else VERIFIED, done=rows_seen)
        return self._told(left, rows_seen, refusals)

    def enforce(self) -> None:
        """Durable. Refuse from now on what writes one column without the other. Raises ColumnError unless verified."""
        if self._phase != VERIFIED:
            hint = "let the command run once more: every row has to be found copied, and alike"
            raise ColumnError(f"{self.pair.name} is {self._phase}, and not verified", hint=hint)
        self._execute(partial(copying.install, copy=self.pair.trigger, strict=True))
        left = self._stores.copied_rows.uncopied(self.pair.copied)
        if left:
            self._execute(partial(copying.install, copy=self.pair.trigger))
            self._enter(BACKFILLING)
            raise ColumnError(f"{self.pair.name}: {left} rows lost their copy meanwhile", hint="run it once more")
        with self._stores.transactions.atomic():
            self._enter(STRICT)
            act = "column.encrypted" if self.pair.way == "encrypt" else "column.decrypted"
            self._witness.record(act, column=str(self.pair.column), plain=self.pair.plain.name)

    def end(self) -> None:
        """Durable. Take the triggers away: before the other column is dropped, or to give the conversion up."""
        self._execute(partial(copying.remove, copy=self.pair.trigger))
        self._enter(ENDED)

    @property
    def _goal(self) -> str:
        return f"{self.pair.copied.source} -> {self.pair.copied.target}"

    @property
    def _phase(self) -> str:
        job = self._job()
        return job.phase if job else NOT_BEGUN

    def _job(self) -> ColumnJob | None:
        return self._stores.column_jobs.find(self.pair.name)

    def _enter(self, phase: str, done: int = 0) -> None:
        now = self._clock.now()
        job = ColumnJob(name=self.pair.name, goal=self._goal, phase=phase, last_key="", done=done, at=now)
        self._stores.column_jobs.put(job)

    def _made(self, rows: Sequence[ports.CopiedRow]) -> tuple[list[tuple[ports.CopiedRow, object]], list[Refusal]]:
        """The copy of each row, and those that cannot be made."""
        make = self.pair.copier.seal if self.pair.way == "encrypt" else self.pair.copier.open
        made = make([row.source for row in rows], self.pair.bound(rows))
        refused = [self._refusal(rows[place], error.message) for place, error in made.refused.items()]
        changes = []
        for place, (row, value) in enumerate(zip(rows, made.values, strict=True)):
            if place in made.refused:
                continue
            if value is None and row.source is not None:
                refused.append(self._refusal(row, "the encrypted column takes it for NULL: make it NULL"))
            else:
                changes.append((row, None if row.source is None else value))
        return changes, refused

    def _differing(self, rows: Sequence[ports.CopiedRow]) -> Mapping[int, str]:
        """Which rows have a copy that is none; those that have none yet are counted elsewhere."""
        if self.pair.way == "encrypt":
            plain, stored = [row.source for row in rows], [row.target for row in rows]
        else:
            plain, stored = [row.target for row in rows], [row.source for row in rows]
        why = self.pair.copier.compare(plain, stored, self.pair.bound(rows))
        return {place: reason for place, reason in sorted(why.items()) if not _is_uncopied(rows[place])}

    def _copy(self, changes: Sequence[tuple[ports.CopiedRow, object]], refusals: Refusals) -> None:
        """Give rows their copy; where a rule of the table forbids one, find out which, and leave it."""
        try:
            with self._stores.transactions.atomic():
                self._stores.copied_rows.copy(self.pair.copied, changes)
        except RefusedError as error:
            if len(changes) == 1:
                refusals.add([self._refusal(changes[0][0], error.message)])
                return
            middle = len(changes) // 2
            self._copy(changes[:middle], refusals)
            self._copy(changes[middle:], refusals)

    def _refusal(self, row: ports.CopiedRow, why: str) -> Refusal:
        return Refusal(f"{self.pair.column.label}.{self.pair.copied.target}", row.key, why)

    def _told(self, left: int, done: int, refusals: Refusals) -> Progress:
        return Progress(
            name=self.pair.name,
            phase=self._phase,
            left=left,
            done=done,
            refused=tuple(refusals.named),
            refusals=refusals.count,
        )


def _is_uncopied(row: ports.CopiedRow) -> bool:
    return row.source is not None and row.target is None


def _weight(row: ports.CopiedRow) -> int:
    return sum(len(mark) for mark in row.marks if mark)
