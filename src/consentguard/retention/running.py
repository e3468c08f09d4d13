"""Carries out what is due: what events ended, what a run that was cut short left, then what is due by the rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from consentguard.datamap.map import DataMap
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import Execution, RunError
from consentguard.plan.steps import Plan, Step
from consentguard.ports import Clock, Stores, Witness
from consentguard.records import Bookmark, Happening, Run
from consentguard.retention.events import Events
from consentguard.retention.outlook import Due, Outlook, as_due

RAN = "retention.ran"
"""The bookmark of the last run over all categories."""
PORTION = 1_000
Progress = Callable[[str, int], None]
"""Told of each table whose rows went, and how many more."""


def silent(_label: str, _rows: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run did: to which rows, how many events it closed, and how many archived rows reached their end."""

    went: tuple[Due, ...]
    events: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class _Tally:
    """How many rows each step did."""

    progress: Progress
    rows: Counter[Step] = field(default_factory=Counter)

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

    def purged(self, progress: Progress) -> int:
        """Durable. Do what events ended, the most urgent first; how many are done."""
        tally = _Tally(progress)
        for run in self._open(of_events=True):
            self._again(run, tally)
        return sum(self._purge(happening, tally) for happening in self.stores.happenings.open())

    def ran(self, outlook: Outlook, since: dt.datetime | None, progress: Progress) -> Ran:
        """Durable. Do what a run left that was cut short, and what is due.

        `since` is when the rules in force were accepted: a run from before goes by others, and is given up.
        """
        tally = _Tally(progress)
        for run in self._open(of_events=False):
            if since is not None and run.started_at < since:
                self._give_up(run)
            else:
                self._again(run, tally)
        self._carry_out("", outlook.plan, tally)
        expired = self._expire()
        if outlook.category is None:
            self._note()
        went = tuple(as_due(self.data_map, step, rows) for step, rows in tally.rows.items() if rows)
        return Ran(went=went, expired=expired)

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
            self.execution.carry_on(run, progress=tally.add)
        except RunError:
            return  # somebody else carries it on

    def _open(self, *, of_events: bool) -> list[Run]:
        return [run for run in self.stores.runs.open("retention") if bool(run.about) == of_events]

    def _give_up(self, run: Run) -> None:
        now = self.clock.now()
        with self.stores.transactions.atomic():
            self.stores.runs.advance(replace(run, state="stopped", plan=b"", ended_at=now, beat_at=now), run)

    def _expire(self) -> int:
        """Remove the archived rows that have reached their end, so many at a time."""
        gone, last = 0, PORTION
        while last == PORTION:
            with self.stores.transactions.atomic():
                last = self.stores.archive.expire(self.clock.now(), PORTION)
                if last:
                    self.witness.record("retention.expired", rows=last)
            gone += last
        return gone

    def _note(self) -> None:
        with self.stores.transactions.atomic():
            was = self.stores.bookmarks.find(RAN)
            self.stores.bookmarks.put(Bookmark(name=RAN, value="", at=self.clock.now()), was)

    def _exceptions(self) -> Exceptions:
        return Exceptions(data_map=self.data_map, holds=self.stores.holds.in_force(), now=self.clock.now())
