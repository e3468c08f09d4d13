"""Erases again who was erased, after an older copy of a database was put back, and holds again what was held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import RunError
from consentguard.plan.steps import Found, Plan
from consentguard.ports import Clock, Pseudonyms, Sealer, Stores, Witness
from consentguard.records import Bookmark, Hold, Run, RunKind, Selection, SubjectRef, Tombstone
from consentguard.tombstones.entries import Book
from consentguard.tombstones.known import Home, homes, people
from consentguard.tombstones.undertaker import LEDGER, lags
from consentguard.tombstones.whose import Graves

AT_ONCE = 1_000
"""How many rows are read, and at most erased under one plan, at a time."""
_hold = msgspec.json.Decoder(Hold).decode


def _silent(_rows: int) -> None:
    """Nobody looks on."""


class Executing(Protocol):
    """Carries out plans: `consentguard.plan.execution.Execution`."""

    def start(self, kind: RunKind, about: str, plan: Plan) -> Run:
        """Joined. Keep a run of the plan."""

    def carry_on(self, run: Run) -> Run:
        """Durable. Do what is left of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay did or, as a dry run, would do.

    `entries` is how many entries of the ledger it answered, `holds` how many were placed again, `erased` how many data
    subjects of which kind, `unclear` the rows whose key is that of somebody erased, where nothing else says whether
    they are that person: they are left alone, for somebody to look at. `open` counts the runs that something kept from
    ending: a hold, or a least time.
    """

    entries: int = 0
    holds: int = 0
    erased: Mapping[str, int] = field(default_factory=dict)
    unclear: tuple[SubjectRef, ...] = ()
    open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The ledger held against one database. Raises LedgerError wherever an entry was forged or changed."""

    book: Book
    data_map: DataMap
    stores: Stores
    execution: Executing
    witness: Witness
    pseudonyms: Pseudonyms
    sealer: Sealer
    clock: Clock

    def is_due(self) -> bool:
        """Whether the ledger knows of more than this database: an older copy of it was put back."""
        return lags(self.book, self._bookmark)

    def subjects(self) -> int:
        """How many rows a replay looks at."""
        whole = (Selection(label=home.label, whole=True) for home in homes(self.data_map))
        return sum(map(self.stores.dataset.count, whole))

    def run(
        self, *, whole: bool = False, dry_run: bool = False, progress: Callable[[int], object] = _silent
    ) -> Replayed:
        """Durable. Place the holds again, then erase again whoever was erased since the copy was made.

        With `whole` every entry counts, also those that the database had seen when it was copied: for single tables
        that were put back. `progress` is told how many more rows were looked at. With `dry_run` nothing is changed. It
        may be cut short and run again. Raises LedgerError, PlanError, StoreError.
        """
        self.stores.transactions.outside()
        if not dry_run:
            self.resume()
        was = self._bookmark
        entries = tuple(self.book.read("" if whole or was is None else was.value))
        done = self._done(entries, dry_run=dry_run, progress=progress)
        if entries and not dry_run:
            self._finish(done, entries[-1].id, was)
        return done

    def resume(self) -> int:
        """Durable. Carry on what earlier replays left: cut short, or kept by a hold or a least time; how many ended.

        What somebody else carries on is left to them. Raises StoreError.
        """
        self.stores.transactions.outside()
        ended = 0
        for run in self.stores.runs.open("replay"):
            with suppress(RunError):
                ended += self.execution.carry_on(run).state == "done"
        return ended

    def _done(self, entries: Sequence[Tombstone], *, dry_run: bool, progress: Callable[[int], object]) -> Replayed:
        holds = self._holds(entries, dry_run=dry_run)
        graves = Graves(each for each in entries if each.act == "erase")
        erased, unclear, left = Counter[str](), list[SubjectRef](), 0
        for home in homes(self.data_map) if graves.number else ():
            for found, doubtful, looked_at in self._portions(home, graves):
                unclear += doubtful
                if found:
                    erased[home.kind] += len(found.keys)
                    left += not dry_run and self._erase(found)
                progress(looked_at)
        return Replayed(entries=len(entries), holds=holds, erased=dict(erased), unclear=tuple(unclear), open=left)

    def _portions(self, home: Home, graves: Graves) -> Iterator[tuple[Found | None, Sequence[SubjectRef], int]]:
        """Whom a table holds of those erased, portion by portion, and of whom it is unclear."""
        everyone, after = Selection(label=home.label, whole=True), ""
        while keys := self.stores.dataset.keys(everyone, after, AT_ONCE):
            after = keys[-1]
            known = people(self.stores.dataset, self.pseudonyms, home, keys)
            verdicts = [(person.key, graves.verdict(home, person)) for person in known]
            theirs = tuple(key for key, verdict in verdicts if verdict == "theirs")
            doubtful = [SubjectRef(home.kind, key) for key, verdict in verdicts if verdict == "unclear"]
            yield Found(subject=home.kind, root=home.label, keys=theirs) if theirs else None, doubtful, len(keys)

    def _erase(self, found: Found) -> bool:
        """Erase people by the plan that erases anybody; whether something of them stays for now."""
        exceptions = Exceptions(data_map=self.data_map, holds=self.stores.holds.in_force(), now=self.clock.now())
        plan = erasure(self.data_map, [found], self.stores.dataset.count, exceptions)
        with self.stores.transactions.atomic():
            run = self.execution.start("replay", "", plan)
        return self.execution.carry_on(run).state != "done"

    def _holds(self, entries: Sequence[Tombstone], *, dry_run: bool) -> int:
        """Place and release the holds of the ledger, as far as the database has not; how many are placed."""
        placed = 0
        for each in (each for each in entries if each.act != "erase"):
            hold = _hold(self.sealer.open(each.hold))
            known = self.stores.holds.find(hold.id)
            with self.stores.transactions.atomic():
                if each.act == "hold" and known is None:
                    placed += 1
                    if not dry_run:
                        self.stores.holds.place(hold)
                elif each.act == "release" and not dry_run and hold.released_at:
                    self.stores.holds.release(hold.id, hold.released_at, hold.released_by)
        return placed

    def _finish(self, done: Replayed, last: str, was: Bookmark | None) -> None:
        """Note that the database has seen the ledger so far, and take down what was done."""
        counts = {"entries": done.entries, "holds": done.holds, "unclear": len(done.unclear), "open": done.open}
        people = {f"people.{kind}": number for kind, number in done.erased.items()}
        with self.stores.transactions.atomic():
            if was is None or was.value < last:
                self.stores.bookmarks.put(Bookmark(name=LEDGER, value=last, at=self.clock.now()), was)
            self.witness.record("erasure.replayed", "", **counts, **people)

    @property
    def _bookmark(self) -> Bookmark | None:
        return self.stores.bookmarks.find(LEDGER)
