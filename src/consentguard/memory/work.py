"""Work that goes on until it is done, in memory: runs, errands, events, archived rows, bookmarks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import (
    ADVANCING,
    SETTLING,
    ArchivedRow,
    Bookmark,
    Errand,
    Hand,
    Happening,
    Run,
    RunKind,
)


class MemoryRuns:
    """`consentguard.ports.Runs` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._runs = Shelf[str, Run](journal)

    def add(self, run: Run) -> None:
        """Keep a new run."""
        self._runs.add(run.id, run)

    def find(self, id: str) -> Run | None:  # noqa: A002 - the port's own word
        """The run with this id."""
        return self._runs.get(id)

    def advance(self, run: Run, was: Run) -> bool:
        """Replace how far a run is, if it still is as it was."""
        with self._journal.atomic():
            now = self._runs.get(run.id)
            if now is None or (now.state, now.step, now.last_key) != (was.state, was.step, was.last_key):
                return False
            self._runs.put(now.id, replace(now, **{name: getattr(run, name) for name in ADVANCING}))
            return True

    def open(self, kind: RunKind) -> Sequence[Run]:
        """The runs of a kind that have not ended, the oldest first."""
        return sorted((run for run in self._runs.all() if (run.kind, run.state) == (kind, "open")), key=_age)

    def about(self, about: str) -> Sequence[Run]:
        """The runs about a request or a run, the oldest first."""
        return sorted((run for run in self._runs.all() if run.about == about), key=_age)

    def last(self, kind: RunKind) -> Run | None:
        """The newest run of a kind."""
        return max((run for run in self._runs.all() if run.kind == kind), key=_age, default=None)


class MemoryErrands:
    """`consentguard.ports.Errands` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._errands = Shelf[str, Errand](journal)

    def add(self, errands: Sequence[Errand]) -> None:
        """Keep new errands, all or none."""
        with self._journal.atomic():
            for errand in errands:
                self._errands.add(errand.id, errand)

    def find(self, id: str) -> Errand | None:  # noqa: A002 - the port's own word
        """The errand with this id."""
        return self._errands.get(id)

    def due(self, now: dt.datetime, hands: Sequence[Hand], limit: int) -> Sequence[Errand]:
        """Open errands for these hands whose time has come, the longest waiting first."""
        waiting = [each for each in self._errands.all() if each.state == "open" and each.hand in hands]
        found = [errand for errand in waiting if errand.next_at <= now]
        return sorted(found, key=lambda errand: (errand.next_at, errand.id))[:limit]

    def about(self, about: str) -> Sequence[Errand]:
        """The errands of a request or run."""
        found = [errand for errand in self._errands.all() if errand.about == about]
        return sorted(found, key=lambda errand: errand.id)

    def change(self, errand: Errand, was: Errand) -> bool:
        """Replace how far an errand is, if it still is as it was."""
        with self._journal.atomic():
            now = self._errands.get(errand.id)
            if now is None or (now.state, now.tries) != (was.state, was.tries):
                return False
            self._errands.put(now.id, replace(now, **{name: getattr(errand, name) for name in SETTLING}))
            return True


class MemoryHappenings:
    """`consentguard.ports.Happenings` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._happenings = Shelf[str, Happening](journal)

    def add(self, happening: Happening) -> None:
        """Keep an event."""
        self._happenings.add(happening.id, happening)

    def open(self) -> Sequence[Happening]:
        """The events whose data is not gone, the most urgent first."""
        found = [each for each in self._happenings.all() if each.done_at is None]
        return sorted(found, key=lambda happening: (happening.due_at, happening.id))

    def finish(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the port's own word
        """Say that the data of an event is gone; False where it was said before."""
        with self._journal.atomic():
            happening = self._happenings.get(id)
            if happening is None or happening.done_at is not None:
                return False
            self._happenings.put(id, replace(happening, done_at=at))
            return True


class MemoryArchive:
    """`consentguard.ports.Archive` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._rows = Shelf[str, ArchivedRow](journal)

    def add(self, rows: Sequence[ArchivedRow]) -> None:
        """Keep rows, all or none."""
        with self._journal.atomic():
            for row in rows:
                self._rows.add(row.id, row)

    def of(self, subject: str) -> Sequence[ArchivedRow]:
        """The rows about a pseudonym."""
        return sorted((row for row in self._rows.all() if subject in row.subjects), key=lambda row: row.id)

    def remove(self, ids: Sequence[str]) -> int:
        """Remove rows."""
        with self._journal.atomic():
            return sum(map(self._rows.drop, set(ids)))

    def forget(self, subjects: Sequence[str]) -> int:
        """Remove the rows about these pseudonyms."""
        return self._rows.drop_where(lambda row: row.id, lambda row: not set(row.subjects).isdisjoint(subjects))

    def over(self, now: dt.datetime, after: ArchivedRow | None, limit: int) -> Sequence[ArchivedRow]:
        """The first so many rows behind another whose time is over."""
        ended = ((row.until, row.id, row) for row in self._rows.all() if row.until is not None and row.until <= now)
        behind = (after.until, after.id) if after else None
        found = sorted(each for each in ended if behind is None or each[:2] > behind)
        return [row for _, _, row in found[:limit]]


class MemoryBookmarks:
    """`consentguard.ports.Bookmarks` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._bookmarks = Shelf[str, Bookmark](journal)

    def find(self, name: str) -> Bookmark | None:
        """The bookmark of this name."""
        return self._bookmarks.get(name)

    def put(self, bookmark: Bookmark, was: Bookmark | None) -> bool:
        """Keep a bookmark in place of what was there, if it still is."""
        with self._journal.atomic():
            if self._bookmarks.get(bookmark.name) != was:
                return False
            self._bookmarks.put(bookmark.name, bookmark)
            return True


def _age(run: Run) -> tuple[dt.datetime, str]:
    return run.started_at, run.id
