"""Carries out what is due: what events ended, what a run that was cut short left, then what is due by the rules."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from consentguard import jobs
from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import Execution, RunError
from consentguard.plan.shares import Shares
from consentguard.plan.steps import Plan, Step
from consentguard.plan.written import is_share, share_of
from consentguard.ports import Clock, Stores, Witness
from consentguard.records import ArchivedRow, Happening, Hold, Run
from consentguard.retention.events import Events
from consentguard.retention.outlook import Due, Outlook, as_due

PORTION = 1_000
_log = logging.getLogger("consentguard.retention")
Progress = Callable[[str, int], None]
"""Told of each table whose rows went, and how many more."""


def silent(_label: str, _rows: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: to which rows, how many events it closed, and how many archived rows reached their end.

    `failed` counts the runs and events that could not be carried out: each is tried again, and keeps no other waiting.
    """

    went: tuple[Due, ...]
    events: int = 0
    expired: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What came of the events that are open: how many are done, and how many could not be carried out."""

    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Tally:
    """How many rows each step did."""

    progress: Progress
    rows: Counter[Step] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    """What could not be carried out: ids of runs and events."""

    def add(self, step: Step, rows: int) -> None:
        self.rows[step] += rows
        self.progress(step.label, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The runs of one database."""

    data_map: DataMap
    stores: Stores
    witness: Witness
    execution: Execution
    events: Events
    clock: Clock

    def purged(self, progress: Progress) -> Purged:
        """Durable. Do what events ended, the most urgent first: each, whatever becomes of the others."""
        tally = _Tally(progress)
        for run in self._open(of_events=True):
            self._again(run, tally)
        done = 0
        for happening in self.stores.happenings.open():
            with self._apart(happening.id, tally):
                done += self._purge(happening, tally)
        jobs.ran(self.stores, "events", self.clock.now())
        return Purged(done=done, failed=len(tally.refused))

    def ran(self, outlook: Outlook, since: dt.datetime | None, progress: Progress) -> Ran:
        """Durable. Do what a run left that was cut short, and what is due.

        `since` is when the rules in force were accepted: a run from before goes by others, and is given up.
        """
        tally = _Tally(progress)
        for run in self._left(since):
            self._again(run, tally)
        with self._apart("what is due", tally):
            self._carry_out("", outlook.plan, tally)
        expired = self.ended(whole=outlook.category is None)
        went = tuple(as_due(self.data_map, step, rows) for step, rows in tally.rows.items() if rows)
        return Ran(went=went, expired=expired, failed=len(tally.refused))

    def begun(self, outlook: Outlook, since: dt.datetime | None) -> list[Run]:
        """Durable. The runs that `ran` would carry out, the oldest first: what was cut short, and what is due."""
        left = self._left(since)
        if not outlook.plan.acts:
            return left
        with self.stores.transactions.atomic():
            return [*left, self.execution.start("retention", "", outlook.plan)]

    def ended(self, *, whole: bool) -> int:
        """Durable. What follows when all runs have ended: how many archived rows reached their end."""
        expired = self._expire()
        if whole:
            jobs.ran(self.stores, "retention", self.clock.now())
        return expired

    def _left(self, since: dt.datetime | None) -> list[Run]:
        """The runs that were cut short and go by the rules in force; the others are given up."""
        left = []
        for run in self._open(of_events=False):
            if since is not None and run.started_at < since:
                self._give_up(run)
            else:
                left.append(run)
        return left

    def _purge(self, happening: Happening, tally: _Tally) -> bool:
        plan = self.events.plan(happening, self._exceptions())
        if plan.acts:
            self._carry_out(happening.id, plan, tally)
        if self.events.left(happening):
            return False
        with self.stores.transactions.atomic():
            done = self.stores.happenings.finish(happening.id, self.clock.now())
            if done:
                self.witness.record("retention.event_done", event=happening.event, happening=happening.id)
        return done

    def _carry_out(self, about: str, plan: Plan, tally: _Tally) -> None:
        with self.stores.transactions.atomic():
            run = self.execution.start("retention", about, plan)
        self.execution.carry_on(run, progress=tally.add)

    def _again(self, run: Run, tally: _Tally) -> None:
        try:
            together = Shares(execution=self.execution).joined(run, tally.add)
            self.execution.carry_on(together, progress=tally.add)
        except RunError:
            return  # somebody else carries it on
        except ConsentGuardError as error:
            self._refused(run.id, error, tally)
            self._give_up(run)  # what is left of it is due again, by a plan of what is there now

    @contextmanager
    def _apart(self, what: str, tally: _Tally) -> Iterator[None]:
        """Let what fails keep nothing else from being done."""
        try:
            yield
        except ConsentGuardError as error:
            self._refused(what, error, tally)

    def _refused(self, what: str, error: ConsentGuardError, tally: _Tally) -> None:
        tally.refused.append(what)
        _log.error("retention could not carry out %s: %s", what, error)

    def _open(self, *, of_events: bool) -> list[Run]:
        runs = (run for run in self.stores.runs.open("retention") if not is_share(run))
        return [run for run in runs if bool(run.about) == of_events]

    def _give_up(self, run: Run) -> None:
        """End a run, and the shares of it that somebody may still do."""
        run, now = self.stores.runs.find(run.id) or run, self.clock.now()
        nothing = self.execution.sealer.seal(b"")
        with self.stores.transactions.atomic():
            for each in (run, *self.stores.runs.about(share_of(run))):
                if each.state == "open":
                    stopped = replace(each, state="stopped", plan=nothing, ended_at=now, beat_at=now)
                    self.stores.runs.advance(stopped, each)

    def _expire(self) -> int:
        """Remove the archived rows that have reached their end and that nothing keeps, so many at a time."""
        gone, archive, now = 0, self.stores.archive, self.clock.now()
        last: ArchivedRow | None = None
        while rows := archive.over(now, last, PORTION):
            last = rows[-1]
            with self.stores.transactions.atomic():
                kept = self._exceptions()
                aside = frozenset(map(self.execution.pseudonyms.of, kept.people_aside))
                number = archive.remove([row.id for row in rows if not self._is_kept(row, kept.holds, aside)])
                if number:
                    self.witness.record("retention.expired", rows=number)
            gone += number
        return gone

    def _is_kept(self, row: ArchivedRow, holds: Sequence[Hold], aside: frozenset[str]) -> bool:
        """Whether a hold covers an archived row, whole or in some columns, as it would in its table; or it is about
        one of those who are set aside.
        """
        return not aside.isdisjoint(row.subjects) or any(
            hold.label in ("", row.label)
            and (not hold.keys or row.key in hold.keys)
            and (hold.subject is None or self.execution.pseudonyms.of(hold.subject) in row.subjects)
            for hold in holds
        )

    def _exceptions(self) -> Exceptions:
        return Exceptions.of_retention(self.data_map, self.stores, self.clock.now())
