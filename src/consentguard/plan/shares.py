"""Parts a large step of a run among several workers: each share is a run of its own, with its own checkpoint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import msgspec

from consentguard.plan.execution import MOST, Execution
from consentguard.plan.steps import Step
from consentguard.plan.written import Written, read, share_of, write
from consentguard.records import Run, new_id

WORTH = 4 * MOST
"""How many rows a step has at least that is parted: fewer are done faster than handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts runs, and puts them together again. Steps are done one after the other, since rows go before their parents.

    Whoever is killed loses nothing: a share that is handed out again goes on where its checkpoint stands.
    """

    execution: Execution

    def next(self, run: Run, parts: int) -> tuple[Run, tuple[Run, ...]]:
        """Durable. Do steps that are small, up to one that is worth parting: the run there, and the shares to hand out.

        No shares once the run has come to its end. Shares that were handed out before and are not done come again.
        Raises what `Execution.carry_on` raises.
        """
        while run.state == "open":
            given = self._of_step(run)
            if waiting := tuple(share for share in given if share.state == "open"):
                return run, waiting
            if given:
                run = self._gathered(run, given)
            written = self._read(run)
            if run.step >= len(written.steps):
                return self.execution.carry_on(run), ()
            if shares := self._part(run, written, parts):
                return run, shares
            run = self.execution.one_step(run)
        return run, ()

    def joined(self, run: Run, progress: Callable[[Step, int], None]) -> Run:
        """Durable. Do what others have not done of the shares of a run's step: the run behind that step, or as it is.

        For whoever carries a run on alone. Raises what `Execution.carry_on` raises.
        """
        given = self._of_step(run)
        done = [self.execution.carry_on(share, progress=progress) for share in given]
        return self._gathered(run, done) if done else run

    def beat(self, run: Run) -> dt.datetime:
        """When anybody last did something for a run, or for one of the shares of its step."""
        return max(each.beat_at for each in (run, *self._of_step(run)))

    def _part(self, run: Run, written: Written, parts: int) -> tuple[Run, ...]:
        """The shares of the run's step, kept; none of one that is begun, or small, or changes nothing."""
        step, dataset = written.all[run.step], self.execution.stores.dataset
        if run.last_key or parts < 2 or step.action == "keep" or dataset.count(step.selection) < WORTH:
            return ()
        bounds = ["", *dataset.split(step.selection, parts), ""]
        shares = tuple(self._share(run, step, above, upto) for above, upto in pairwise(bounds))
        with self.execution.stores.transactions.atomic():
            self.execution.claim(run)
            if given := self._of_step(run):
                return given
            for share in shares:
                self.execution.stores.runs.add(share)
        return shares

    def _share(self, run: Run, step: Step, above: str, upto: str) -> Run:
        own = replace(step, selection=replace(step.selection, above=above, upto=upto))
        now = self.execution.clock.now()
        return Run(
            id=new_id(now),
            kind=run.kind,
            about=share_of(run),
            digest=run.digest,
            plan=self.execution.sealer.seal(write(Written((own,)))),
            counts="[0]",
            started_at=now,
            beat_at=now,
        )

    def _gathered(self, run: Run, shares: Sequence[Run]) -> Run:
        """The run behind a step whose shares are done; whoever was killed at that has counted their rows already."""
        counted = _counts(run)[run.step]
        return self.execution.one_step(run, done=0 if counted else sum(map(sum, map(_counts, shares))))

    def _of_step(self, run: Run) -> tuple[Run, ...]:
        return tuple(self.execution.stores.runs.about(share_of(run)))

    def _read(self, run: Run) -> Written:
        return read(self.execution.sealer.open(run.plan))


def _counts(run: Run) -> list[int]:
    return msgspec.json.decode(run.counts, type=list[int])
