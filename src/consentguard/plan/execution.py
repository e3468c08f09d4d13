"""Carries out a plan in batches: what is done and how far it is are one transaction, so that a kill loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.plan.batch import Batch
from consentguard.plan.closing import Closing
from consentguard.plan.digest import digest
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.leftover import Left, may_go, remaining
from consentguard.plan.order import ordered
from consentguard.plan.pins import pin, pinned
from consentguard.plan.steps import REMOVING, Ground, Plan, Step
from consentguard.plan.ways import referrers, within
from consentguard.plan.written import Written, is_share, read, write
from consentguard.ports import Clock, Pseudonyms, Sealer, Shredder, StoreError, Stores, Witness
from consentguard.records import Run, RunKind, new_id

FIRST, FEWEST, MOST = 1_000, 500, 5_000
"""How many rows the first batch has, and how few and how many one may have."""
LOCKED = 0.02
"""How long a batch is to hold its locks, in seconds: what others who write have to wait."""
REST = 0.5
"""How long others have the database for themselves after a full batch, as a share of the time that it took."""

AGAIN = 3
"""How often a run begins again where rows came after their step, or while another refused to go."""


class RunError(ConsentGuardError):
    """A run cannot go on: somebody else carries it on, or the database refuses what the plan says."""


class _Done(NamedTuple):
    """What a batch did: the run behind it, the rows of each step, and for how many seconds it held its locks."""

    run: Run
    written: Written
    rows: list[tuple[Step, int]]
    locked: float


def _silent(_step: Step, _rows: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """The carrying out of plans in one database.

    A batch is a transaction over at most so many rows, wherever in the plan they stand: a small plan is done as a whole
    or not at all. Holds and least times are looked at anew inside each. `sealer` seals what a run keeps, `errands` and
    `archived` what it leaves to others. Rows are removed by statements over sets, which
    call no `save`, no signal and no history.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    sealer: Sealer
    errands: Sealer
    archived: Sealer
    shredder: Shredder
    clock: Clock
    sleep: Callable[[float], None] = time.sleep

    def start(self, kind: RunKind, about: str, plan: Plan) -> Run:
        """Joined. Keep a run of a plan, which `carry_on` then does.

        The rows that stay for a time are noted by their keys: what leads to them may be gone by then.
        """
        now = self.clock.now()
        written = Written(plan.whole, tuple(pinned(self.data_map, self.stores.dataset, plan)), plan.people)
        run = Run(
            id=new_id(now),
            kind=kind,
            about=about,
            digest=digest(self.data_map, plan),
            plan=self.sealer.seal(write(written)),
            counts=msgspec.json.encode([0] * len(written.all)).decode(),
            started_at=now,
            beat_at=now,
        )
        self.stores.runs.add(run)
        self._closing.begin(plan.people, self._exceptions(run))
        return run

    def carry_on(self, run: Run, *, progress: Callable[[Step, int], None] = _silent) -> Run:
        """Durable. Do what is left of a run; it is `done` then, or `open` where rows stay for a time.

        Raises RunError where somebody else carries it on, and StoreError where the database refuses: what earlier
        batches did is done, and the run goes on from there.
        """
        self.stores.transactions.outside()
        if run.state != "open":
            return run
        written = self._read(run)
        # once it waits, the keys of its people may be those of others: nothing but what was pinned is looked at then
        at, tries = self._again(run, written), AGAIN if run.step < len(written.steps) else 0
        while True:
            try:
                at, written = self._go(at, written, None, progress)
            except StoreError:
                at = self.stores.runs.find(run.id) or at
                if not tries or at.state != "open":
                    raise
                written = self._read(at)
            else:
                if not tries or not self._came_late(at, written):
                    return self._ended(at, written)
            at, tries = self._back(at), tries - 1

    def one_step(self, run: Run, *, done: int = 0) -> Run:
        """Durable. Do what is left of the step that a run is at, of which others did so many rows; the run behind it.

        Raises what `carry_on` raises.
        """
        self.stores.transactions.outside()
        at, _ = self._go(self._moved(run, done, run.last_key), self._read(run), run.step + 1, _silent)
        return at

    def counts(self, run: Run) -> dict[Step, int]:
        """How many rows of each step of a run that has not ended were done."""
        return dict(zip(self._read(run).all, msgspec.json.decode(run.counts, type=list[int]), strict=True))

    def left(self, run: Run) -> tuple[Left, ...]:
        """What remains of a run, and why; nothing once it is done."""
        if run.state != "open":
            return ()
        return tuple(remaining(self._read(run), self.stores.dataset, self._exceptions(run)))

    def _go(
        self, at: Run, written: Written, end: int | None, progress: Callable[[Step, int], None]
    ) -> tuple[Run, Written]:
        """Batch after batch up to a step, or to the end; their size follows from how long one holds its locks."""
        size = FIRST
        while at.step < (len(written.all) if end is None else end):
            began = time.perf_counter()
            done = self._batch(at, written, size, end)
            at, written = done.run, done.written
            for step, number in done.rows:
                progress(step, number)
            if sum(number for _, number in done.rows) >= size:
                self.sleep((time.perf_counter() - began) * REST)
                size = min(MOST, max(FEWEST, round(size * LOCKED / max(done.locked, LOCKED / 2))))
        return at, written

    def _batch(self, run: Run, written: Written, size: int, end: int | None) -> _Done:
        """One transaction: the next rows, wherever they stand, and the checkpoint behind them."""
        done: list[tuple[Step, int]] = []
        began = time.perf_counter()
        with self.stores.transactions.atomic():
            at = self.claim(run)  # the first statement writes, so that no other worker does the same meanwhile
            batch = Batch(
                run=run,
                data_map=self.data_map,
                stores=self.stores,
                errands=self.errands,
                archived=self.archived,
                pseudonyms=self.pseudonyms,
                shredder=self.shredder,
                exceptions=self._exceptions(run),
            )
            room = size
            while room > 0 and at.step < (len(written.all) if end is None else end):
                step = written.all[at.step]
                number, last = self._some(batch, step, at, room, late=at.step >= len(written.steps))
                done.append((step, number))
                at = self._moved(at, number, last)
                if not at.last_key:
                    self._finished(step, at)
                    at, written = self._passed(at, written, batch.exceptions)
                room -= max(number, 1)
            self._keep(at, run)
            locked = time.perf_counter() - began  # without the commit, which fewer rows would not make shorter
        return _Done(at, written, done, locked)

    def _some(self, batch: Batch, step: Step, at: Run, most: int, *, late: bool) -> tuple[int, str]:
        """Do a step for some rows; none where rows that stay for a time may refer to them, and do."""
        if not (late and step.action in REMOVING) and not self._may_be_kept(step, batch.exceptions):
            return batch.some(step, at.last_key, most)
        try:
            with self.stores.transactions.atomic():
                return batch.some(step, at.last_key, most)
        except StoreError:
            if step.ground != "referred":
                batch.bare(step)
            return 0, ""

    def _may_be_kept(self, step: Step, exceptions: Exceptions) -> bool:
        """Whether a hold that came later, or a row of another plan, may keep what a step removes."""
        held = any(exceptions.held(table.label) for table, _ in referrers(self.data_map.schema, step.label))
        return step.action in REMOVING and (held or step.ground == "referred")

    def claim(self, run: Run) -> Run:
        """Joined. Keep others from carrying a run on until the transaction ends. Raises RunError where one does."""
        claimed = replace(run, beat_at=self.clock.now())
        self._keep(claimed, run)
        return claimed

    def _keep(self, run: Run, was: Run) -> None:
        if not self.stores.runs.advance(run, was):
            hint = "wait until it has ended, or look at it again: `consentguard rights list`"
            raise RunError("this run is carried on by somebody else", hint=hint)

    def _moved(self, run: Run, number: int, last: str) -> Run:
        counts = msgspec.json.decode(run.counts, type=list[int])
        counts[run.step] += number
        return replace(run, counts=msgspec.json.encode(counts).decode(), last_key=last)

    def _passed(self, run: Run, written: Written, exceptions: Exceptions) -> tuple[Run, Written]:
        """The run at its next step, with what a hold made this one leave noted for later.

        What is done once for each person is done before what comes later.
        """
        at = replace(run, step=run.step + 1)
        if run.step < len(written.steps) and run.kind != "retention" and not is_share(run):
            left = tuple(self._stopped(written.steps[run.step], exceptions))
            if left:
                later = ordered(self.data_map.schema, (*written.later, *left))
                written = Written(written.steps, later, written.people)
                counts = msgspec.json.decode(run.counts, type=list[int]) + [0] * len(left)
                at = replace(at, plan=self.sealer.seal(write(written)), counts=msgspec.json.encode(counts).decode())
        if at.step == len(written.steps):
            self._closing.close(written.people, exceptions)
        return at, written

    def _stopped(self, step: Step, exceptions: Exceptions) -> Iterator[Step]:
        """The rows that a step that is over has left, since a hold was placed meanwhile."""
        kept = exceptions.held(step.label) if step.action in REMOVING else exceptions.frozen(step.label, step.columns)
        if step.action == "keep" or not (kept or self._may_be_kept(step, exceptions)):
            return
        rows = step.selection if step.action in REMOVING else within(step.selection, kept)
        ground: Ground = step.ground if kept else "referred"
        step = replace(step, selection=rows, ground=ground)
        yield from pin(self.data_map, self.stores.dataset, step, frozenset())

    @property
    def _closing(self) -> Closing:
        return Closing(self.data_map, self.stores, self.pseudonyms, self.shredder)

    def _finished(self, step: Step, run: Run) -> None:
        """Joined. Take down what retention removed, table by table; of an erasure the request does it as a whole."""
        rows = msgspec.json.decode(run.counts, type=list[int])[run.step]
        if run.kind == "retention" and rows and step.ground != "link" and not is_share(run):
            entries = (entry for entry in self.data_map.entries if entry.table == step.label and entry.category)
            names = dict.fromkeys(str(entry.category) for entry in entries)
            facts = {"table": step.label, "category": ", ".join(names), "action": step.action, "run": run.id}
            self.witness.record("retention.applied", rows=rows, **facts)

    def _ended(self, run: Run, written: Written) -> Run:
        """The run done, or open where rows stay for a time. A plan that is done forgets whom it was about."""
        exceptions = self._exceptions(run)
        if any(remaining(written, self.stores.dataset, exceptions)):
            return run
        now = self.clock.now()
        done = replace(run, state="done", plan=self.sealer.seal(b""), ended_at=now, beat_at=now)
        with self.stores.transactions.atomic():
            self._keep(done, run)
            self._closing.close_late(written.people, exceptions)
        return done

    def _came_late(self, run: Run, written: Written) -> bool:
        """Whether rows that may go came after their step was done; of a schedule the next run takes them."""
        exceptions = self._exceptions(run)
        steps = [step for step in written.steps if not self._may_be_kept(step, exceptions)]
        return run.kind != "retention" and any(may_go(step, self.stores.dataset, exceptions) for step in steps)

    def _back(self, run: Run) -> Run:
        """The run at its beginning: what refers to rows that go may have come after its own step."""
        back = replace(run, step=0, last_key="", beat_at=self.clock.now())
        with self.stores.transactions.atomic():
            self._keep(back, run)
        return back

    def _again(self, run: Run, written: Written) -> Run:
        """The run as it goes on: one that has come to its end begins again with what stayed for a time."""
        if run.step < len(written.all):
            return run
        again = replace(run, step=len(written.steps), last_key="", beat_at=self.clock.now())
        with self.stores.transactions.atomic():
            self._keep(again, run)
        return again

    def _read(self, run: Run) -> Written:
        return read(self.sealer.open(run.plan))

    def _exceptions(self, run: Run) -> Exceptions:
        if run.kind == "retention":
            return Exceptions.of_retention(self.data_map, self.stores, self.clock.now())
        return Exceptions(data_map=self.data_map, holds=self.stores.holds.in_force(), now=self.clock.now())
