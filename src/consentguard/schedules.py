"""Runs the jobs of a guard: each that is due, whatever becomes of the others, and says which were missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consentguard import jobs
from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.guard import Guard
from consentguard.jobs import Job

Going = Callable[..., None]
"""Told again and again, by a job that takes long, that it goes on."""


class ScheduleError(ConsentGuardError):
    """There is no job of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What came of a job that was run: how much of what it did, and how many of its pieces failed; or its error."""

    job: str
    facts: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    error: Exception | None = field(default=None, repr=False)

    @property
    def is_well(self) -> bool:
        """Whether nothing failed."""
        return self.error is None and not self.failed

    @property
    def trouble(self) -> str:
        """What went wrong, in words that never hold personal data: of an error that is not ours the class alone."""
        if self.error is None:
            return f"{self.failed} could not be done" if self.failed else ""
        return str(self.error) if isinstance(self.error, ConsentGuardError) else type(self.error).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A job, when it last ran, and what is to be said of that."""

    job: Job
    last: dt.datetime | None
    due: bool
    missed: bool


@dataclass(frozen=True, slots=True)
class Schedules:
    """The jobs of a site on one of its databases."""

    guard: Guard

    def watched(self) -> tuple[Watched, ...]:
        """Each job that the policy gives rise to, with when it last ran."""
        now, stores = self.guard.clock.now(), self.guard.stores
        found = ((job, jobs.last_run(stores, job.name)) for job in jobs.jobs_of(self.guard.site.policy.manifest))
        return tuple(
            Watched(job=job, last=last, due=job.is_due(last, now), missed=job.is_missed(last, now))
            for job, last in found
        )

    def findings(self) -> Iterator[Finding]:
        """Errors for jobs that were missed, and for a ledger that knows of more than the database.

        Raises LedgerError, StoreError.
        """
        name = self.guard.stores.name
        for each in self.watched():
            if each.missed:
                ago = f"last ran {each.last:%Y-%m-%d %H:%M} UTC" if each.last else "never ran"
                message = f"the job `{each.job.name}` ({each.job.what}) {ago}"
                hint = "let cron call `consentguard run-due`: `consentguard schedule --cron` prints the lines"
                yield Finding(id="P-SCHEDULE", severity="error", message=message, where=name, hint=hint)
        if self.guard.ledger is not None and self.guard.replay.is_due():
            message = "the ledger knows of erasures or holds that this database does not: an older copy was put back"
            hint = "run `consentguard restore-replay`"
            yield Finding(id="P-REPLAY", severity="error", message=message, where=name, hint=hint)

    def due(self) -> tuple[str, ...]:
        """The names of the jobs that are due, without those that failed lately."""
        now, stores = self.guard.clock.now(), self.guard.stores
        return tuple(each.job.name for each in self.watched() if each.due and not jobs.rests(stores, each.job, now))

    def run(self, names: Sequence[str], *, progress: Callable[[str], None] = lambda _: None) -> Iterator[Turn]:
        """Durable. Run jobs by name, one after the other; one that fails keeps no other from running.

        A job that another process is at is passed over. `progress` is told of each that has ended. Raises
        ScheduleError for a name that there is not.
        """
        self.guard.stores.transactions.outside()
        if unknown := [name for name in names if name not in _WORK]:
            raise ScheduleError(f"there is no job {unknown[0]!r}", hint=f"the jobs are {', '.join(_WORK)}")
        return (turn for name in names if (turn := self._turn(name, progress)))

    def _turn(self, name: str, progress: Callable[[str], None]) -> Turn | None:
        guard, turn = self.guard, None
        try:
            with jobs.held(guard.stores, name, guard.clock.now) as going:
                if going:
                    turn = _WORK[name](guard, going)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other jobs are still to be done
            turn = Turn(job=name, error=error)
        progress(name)
        return turn


def _events(guard: Guard, going: Going) -> Turn:
    purged = guard.retention.purge(progress=going)
    return Turn(job="events", facts={"done": purged.done}, failed=purged.failed)


def _seal(guard: Guard, _: Going) -> Turn:
    return Turn(job="seal", facts={"sealed": guard.evidence.seal()})


def _send(guard: Guard, _: Going) -> Turn:
    (sent, failed), (asked, unasked) = guard.rights.send_owed(), guard.guardians.send_owed()
    return Turn(job="send", facts={"sent": sent + asked}, failed=failed + unasked)


def _rights(guard: Guard, going: Going) -> Turn:
    begun = guard.rights.begin(progress=going)
    facts = {"requests": len(begun.done), "minors": guard.minors.settle()}
    return Turn(job="rights", facts=facts, failed=len(begun.failed))


def _errands(guard: Guard, _: Going) -> Turn:
    worked = guard.errands.work()
    return Turn(job="errands", facts={"done": worked.done}, failed=worked.failed)


def _resume(guard: Guard, going: Going) -> Turn:
    resumed = guard.rights.resume(progress=going)
    tenants = guard.tenants.resume()
    replayed = guard.replay.resume() if guard.ledger is not None else 0
    settled = guard.minors.settle()
    facts = {"requests": len(resumed.done), "tenants": len(tenants), "replayed": replayed, "minors": settled}
    return Turn(job="resume", facts=facts, failed=len(resumed.failed))


def _minors(guard: Guard, _: Going) -> Turn:
    found, reminded = guard.minors.check(), guard.minors.remind()
    return Turn(job="minors", facts={"reports": found.reports, "reminded": len(reminded)})


def _retention(guard: Guard, going: Going) -> Turn:
    outlook = guard.retention.due()
    ran = guard.retention.run(outlook, progress=going)
    pruned = pruned_evidence(guard, outlook.evidence_before)
    facts = {"rows": sum(due.rows for due in ran.went), "expired": ran.expired, "evidence": pruned}
    return Turn(job="retention", facts=facts, failed=ran.failed + sum(each.rows for each in outlook.skipped))


def pruned_evidence(guard: Guard, before: dt.datetime | None) -> int:
    """Durable. How many entries of evidence went, of those before a moment; none where the policy names no moment."""
    left = guard.evidence.prune(before) if before else None
    return left.removed if left else 0


def _expire(guard: Guard, _: Going) -> Turn:
    return Turn(job="expire", facts={"closed": guard.rights.expire(), "guardians": guard.guardians.expire()})


def _remind(guard: Guard, _: Going) -> Turn:
    return Turn(job="remind", facts={"reminded": len(guard.rights.remind())})


_WORK: Mapping[str, Callable[[Guard, Going], Turn]] = {
    "events": _events,
    "seal": _seal,
    "send": _send,
    "rights": _rights,
    "errands": _errands,
    "resume": _resume,
    "minors": _minors,
    "retention": _retention,
    "expire": _expire,
    "remind": _remind,
}
