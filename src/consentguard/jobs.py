"""What a schedule runs, how often, and when each job last did: kept in the database that it runs on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from consentguard.manifest.schema import Manifest
from consentguard.ports import Stores
from consentguard.records import Bookmark

DAY = dt.timedelta(days=1)
MISSED_AFTER = 2
"""A job was missed once it has not run for so many times its rhythm."""
SILENT = dt.timedelta(minutes=10)
"""A job that was begun, and says nothing for so long, is no longer run by anybody."""
OFTEN = dt.timedelta(minutes=1)
"""How often it is written down at most that a job goes on, or has run."""
AGAIN = dt.timedelta(hours=1)
"""How long after it failed a job is tried again, at the latest."""
_RUNNING, _FAILED, _WELL = "running", "failed", ""
_FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that has to be done again and again: `hour` is when a day's job begins, in UTC."""

    name: str
    every: dt.timedelta
    what: str
    hour: int = 0

    def slot(self, now: dt.datetime) -> dt.datetime:
        """The last moment at which it should have begun: a rhythm does not drift with how long a run takes."""
        first = _FIRST + dt.timedelta(hours=self.hour)
        return now - (now - first) % self.every

    def is_due(self, last: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether it has not run since it should have."""
        return last is None or last < self.slot(now)

    def is_missed(self, last: dt.datetime | None, now: dt.datetime) -> bool:
        """Whether it has not run for twice its rhythm, or never has."""
        return last is None or now - last > MISSED_AFTER * self.every


def _often(name: str, minutes: int, what: str) -> Job:
    return Job(name=name, every=dt.timedelta(minutes=minutes), what=what)


def _daily(name: str, hour: int, what: str) -> Job:
    return Job(name=name, every=DAY, hour=hour, what=what)


JOBS: tuple[Job, ...] = (
    _often("events", 5, "delete what an event ended"),
    _often("seal", 5, "chain the evidence"),
    _often("send", 10, "send the mails that are owed"),
    _often("rights", 10, "carry out the requests that may begin"),
    _often("errands", 10, "do what requests have done in other places"),
    _often("resume", 60, "go on with what was begun, or waited for a hold or a law"),
    _daily("minors", 2, "look for birth dates of minors, and remind of reports about them"),
    _daily("retention", 3, "delete what is older than the policy keeps it"),
    _daily("expire", 4, "close requests that nobody confirmed or downloaded"),
    _daily("remind", 6, "remind of requests whose time runs out"),
)
"""In the order in which those run that are due at once."""


def jobs_of(manifest: Manifest) -> Sequence[Job]:
    """The jobs that a policy gives rise to: one without rules of retention, events in them or an age needs none for
    these.
    """
    rules = [each.retention for each in manifest.categories.values() if not isinstance(each.retention, str)]
    idle = {
        "retention": not rules,
        "events": not any(rule.ends_on for rule in rules),
        "minors": manifest.age is None,
    }
    return [job for job in JOBS if not idle.get(job.name)]


def last_run(stores: Stores, job: str) -> dt.datetime | None:
    """When a job last ran to its end; None where it never did."""
    bookmark = stores.bookmarks.find(f"{job}.ran")
    return bookmark.at if bookmark else None


def ran(stores: Stores, job: str, now: dt.datetime) -> None:
    """Durable. Write down that a job ran to its end, by whatever door; once a minute is enough."""
    was = stores.bookmarks.find(f"{job}.ran")
    if was is None or now - was.at >= OFTEN:
        with stores.transactions.atomic():
            stores.bookmarks.put(Bookmark(name=f"{job}.ran", value="", at=now), was)


@contextmanager
def held(stores: Stores, job: str, now: Callable[[], dt.datetime]) -> Iterator[Callable[..., None] | None]:
    """Durable. A job that nobody else runs meanwhile: what says that it goes on; None where somebody is at it.

    Of a process that was killed nothing is heard, and the job is free after `SILENT`.
    """
    begun = _claimed(stores, job, now())
    if begun is None:
        yield None
        return
    last, ended = begun, _FAILED

    def goes_on(*_: object) -> None:
        nonlocal last
        if now() - last.at >= OFTEN:
            last = _put(stores, Bookmark(name=last.name, value=_RUNNING, at=now()), last) or last

    try:
        yield goes_on
        ended = _WELL
    finally:
        _put(stores, Bookmark(name=last.name, value=ended, at=now()), last)


def rests(stores: Stores, job: Job, now: dt.datetime) -> bool:
    """Whether a job failed lately: it is tried again an hour later, and one of a shorter rhythm with that."""
    begun = stores.bookmarks.find(f"{job.name}.begun")
    return begun is not None and begun.value == _FAILED and now - begun.at < min(job.every, AGAIN)


def _claimed(stores: Stores, job: str, now: dt.datetime) -> Bookmark | None:
    was = stores.bookmarks.find(f"{job}.begun")
    if was and was.value == _RUNNING and now - was.at < SILENT:
        return None
    return _put(stores, Bookmark(name=f"{job}.begun", value=_RUNNING, at=now), was)


def _put(stores: Stores, bookmark: Bookmark, was: Bookmark | None) -> Bookmark | None:
    with stores.transactions.atomic():
        return bookmark if stores.bookmarks.put(bookmark, was) else None
