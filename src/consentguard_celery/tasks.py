"""The jobs of a schedule as Celery tasks, and the parting of large runs of retention among workers.

Tasks carry names and ids alone, and keep no result. Each may be sent again whenever: what is not due is not done twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from celery import current_task, shared_task
from celery.utils.log import get_task_logger

from consentguard import jobs
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.plan.execution import RunError
from consentguard.plan.shares import Shares
from consentguard.ports import StoreError
from consentguard.records import Run
from consentguard.schedules import Schedules, pruned_evidence
from consentguard_celery.worker import guard_at, parts

OURS: dict[str, Any] = {
    "acks_late": True,
    "reject_on_worker_lost": True,
    "ignore_result": True,
    "autoretry_for": (StoreError,),
    "retry_backoff": 2,
    "retry_backoff_max": 600,
    "max_retries": 8,
}
"""What is lost with its worker is sent again, and so is what a database refused, ever later."""
ABOUT_PEOPLE = ("rights", "resume", "send", "expire", "remind")
LATER = 20
"""After how many seconds a share is looked at again that somebody else carries on."""
SILENT = dt.timedelta(minutes=5)
"""A run that nobody says anything of for so long is handed out again: its worker was killed, machine and all."""
_log = get_task_logger(__name__)


class Task(Protocol):
    """A function that a worker calls."""

    def __call__(self, *arguments: Any, **named: Any) -> None:
        """Do it here and now."""

    def delay(self, *arguments: Any, **named: Any) -> Any:
        """Send it to a worker."""


class JobError(ConsentGuardError):
    """A job of a schedule failed."""


def _task(name: str) -> Callable[[Callable[..., None]], Task]:
    return cast("Callable[[Callable[..., None]], Task]", shared_task(name=name, **OURS))


@_task("consentguard.events")
def events(site: str = "default", database: str = "default") -> None:
    """Delete what an event ended. For every few minutes."""
    _run_due(("events",), site, database)


@_task("consentguard.seal")
def seal(site: str = "default", database: str = "default") -> None:
    """Chain the evidence. For every few minutes."""
    _run_due(("seal",), site, database)


@_task("consentguard.errands")
def errands(site: str = "default", database: str = "default") -> None:
    """Do what requests have done in other places. For every few minutes."""
    _run_due(("errands",), site, database)


@_task("consentguard.rights")
def rights(site: str = "default", database: str = "default") -> None:
    """Carry out requests, go on with them, send mails, close what has ended and remind: each of it as it is due."""
    _run_due(ABOUT_PEOPLE, site, database)


@_task("consentguard.retention")
def retention(site: str = "default", database: str = "default", silent: float = SILENT.total_seconds()) -> None:
    """Delete what is older than the policy keeps it, parted among workers. For every few minutes: it runs once a day.

    A run of which nobody has said anything for `silent` seconds is handed out again.
    """
    with guard_at(site, database) as guard:
        if "retention" not in Schedules(guard).due():
            return
        with jobs.held(guard.stores, "retention", guard.clock.now) as going:
            if not going or _is_alive(guard, dt.timedelta(seconds=silent)):
                return
            runs = guard.retention.begin(guard.retention.due())
    if runs:
        share_out.delay(runs[0].id, runs[0].step, site, database)
    else:
        finish.delay(site, database)


@_task("consentguard.share_out")
def share_out(run_id: str, step: int, site: str = "default", database: str = "default") -> None:
    """Do the small steps of a run from a step on, up to one that is worth parting, and hand its shares out.

    Every share calls this again once it is the last. For a run of any kind: that of a tenant may be handed out so, too.
    """
    with guard_at(site, database) as guard:
        run = guard.stores.runs.find(run_id)
        if run is None or (run.state == "open" and run.step != step):
            return  # somebody else went on with it
        try:
            run, shares = Shares(execution=guard.execution).next(run, parts())
        except RunError:
            return
        following = None if shares or run.kind != "retention" else _after(guard, run)
    for share in shares:
        carry_on.delay(share.id, run.id, run.step, site, database)
    if following:
        share_out.delay(following.id, following.step, site, database)
    elif not shares and run.kind == "retention":
        finish.delay(site, database)


@_task("consentguard.carry_on")
def carry_on(share_id: str, run_id: str, step: int, site: str = "default", database: str = "default") -> None:
    """Carry a share on from its checkpoint. The last share of a step has the run go on."""
    with guard_at(site, database) as guard:
        runs = guard.stores.runs
        share, run = runs.find(share_id), runs.find(run_id)
        if share is None or run is None or run.state != "open":
            return  # the rules changed meanwhile, and the run was given up
        try:
            guard.execution.carry_on(share)
        except RunError as error:
            raise current_task.retry(exc=error, countdown=LATER) from error
        is_last = all(each.state != "open" for each in runs.about(share.about))
    if is_last:
        share_out.delay(run_id, step, site, database)


@_task("consentguard.finish")
def finish(site: str = "default", database: str = "default") -> None:
    """What follows when the runs of retention have ended: the archive, the evidence, and that it was done."""
    with guard_at(site, database) as guard:
        pruned_evidence(guard, guard.retention.due().evidence_before)
        guard.retention.finish()


def _run_due(names: Sequence[str], site: str, database: str) -> None:
    """Run those jobs that are due. Raises JobError, or the StoreError for which Celery tries again."""
    with guard_at(site, database) as guard:
        schedules = Schedules(guard)
        due = schedules.due()
        turns = list(schedules.run([name for name in names if name in due]))
    for turn in turns:
        if isinstance(turn.error, StoreError):
            raise turn.error
    if failed := [f"{turn.job}: {turn.trouble}" for turn in turns if turn.error]:
        raise JobError("; ".join(failed), hint="`consentguard run-due` runs it again")
    for turn in turns:
        if turn.failed:
            _log.warning("consentguard: %s: %s", turn.job, turn.trouble)


def _is_alive(guard: Guard, silent: dt.timedelta) -> bool:
    """Whether a run is going on."""
    shares, now = Shares(execution=guard.execution), guard.clock.now()
    return any(now - shares.beat(run) < silent for run in _open(guard))


def _after(guard: Guard, run: Run) -> Run | None:
    """The run of retention that follows one that has ended."""
    return next((each for each in _open(guard) if (each.started_at, each.id) > (run.started_at, run.id)), None)


def _open(guard: Guard) -> list[Run]:
    """The runs of rules that have not ended: no shares, and none of an event."""
    return [run for run in guard.stores.runs.open("retention") if not run.about]
