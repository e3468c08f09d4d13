"""The jobs of a schedule as Django tasks: for Django 6.0 and later, where `django.tasks` exists.

Whatever sends tasks by the clock, such as cron or a worker that knows a schedule, sends `run_due` every few minutes.
"""

from __future__ import annotations

from django.tasks import task

from consentguard.records import Place
from consentguard.schedules import Schedules, Turn
from consentguard_django.conf import guards


@task
def run_due(site: str = "default", database: str = "default") -> dict[str, str]:
    """Run every job that is due: what was wrong with each that ran, and nothing for one that went well."""
    schedules = Schedules(guards().at(Place(site, database)))
    return _told(schedules, schedules.due())


@task
def run_job(job: str, site: str = "default", database: str = "default") -> dict[str, str]:
    """Run one job, due or not: see `consentguard schedule`. Raises ScheduleError where there is none of that name."""
    return _told(Schedules(guards().at(Place(site, database))), (job,))


def _told(schedules: Schedules, names: tuple[str, ...]) -> dict[str, str]:
    turns: list[Turn] = list(schedules.run(names))
    return {turn.job: turn.trouble for turn in turns}
