"""Work that goes on until it is done: runs, errands, events, archived rows, bookmarks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from consentguard.ports.mistakes import RefusedError
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
from consentguard_django import models
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, told


class DjangoRuns:
    """`consentguard.ports.Runs`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Run, Run)

    def add(self, run: Run) -> None:
        """Keep a new run."""
        self._rows.add(run)

    def find(self, id: str) -> Run | None:  # noqa: A002 - the record's own word
        """The run with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def advance(self, run: Run, was: Run) -> bool:
        """Replace how far a run is if it still is as it was; the verdict."""
        rows = self._rows.where(id=run.id, state=was.state, step=was.step, last_key=was.last_key)
        values = {name: getattr(run, name) for name in ADVANCING}
        return decided(self._alias, lambda: rows.update(**values))

    def open(self, kind: RunKind) -> Sequence[Run]:
        """The runs of a kind that have not ended, the oldest first."""
        return self._rows.read(self._rows.where(kind=kind, state="open").order_by("started_at", "id"))

    def about(self, about: str) -> Sequence[Run]:
        """The runs about a request or a run, the oldest first."""
        return self._rows.read(self._rows.where(about=about).order_by("started_at", "id"))

    def last(self, kind: RunKind) -> Run | None:
        """The newest run of a kind, or None."""
        return self._rows.first(self._rows.where(kind=kind).order_by("-started_at", "-id"))


class DjangoErrands:
    """`consentguard.ports.Errands`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Errand, Errand)

    def add(self, errands: Sequence[Errand]) -> None:
        """Keep new errands, all or none."""
        self._rows.add_all(errands)

    def find(self, id: str) -> Errand | None:  # noqa: A002 - the record's own word
        """The errand with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def due(self, now: dt.datetime, hands: Sequence[Hand], limit: int) -> Sequence[Errand]:
        """Open errands for these hands whose time has come, the longest waiting first."""
        rows = self._rows.where(state="open", hand__in=hands, next_at__lte=now)
        return self._rows.read(rows.order_by("next_at", "id")[:limit])

    def about(self, about: str) -> Sequence[Errand]:
        """The errands of a request or run."""
        return self._rows.read(self._rows.where(about=about).order_by("id"))

    def change(self, errand: Errand, was: Errand) -> bool:
        """Replace how far an errand is if it still is as it was; the verdict."""
        rows = self._rows.where(id=errand.id, state=was.state, tries=was.tries)
        values = {name: getattr(errand, name) for name in SETTLING}
        return decided(self._alias, lambda: rows.update(**values))


class DjangoHappenings:
    """`consentguard.ports.Happenings`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Happening, Happening)

    def add(self, happening: Happening) -> None:
        """Keep an event."""
        self._rows.add(happening)

    def open(self) -> Sequence[Happening]:
        """The events whose data is not gone, the most urgent first."""
        return self._rows.read(self._rows.where(done_at=None).order_by("due_at", "id"))

    def finish(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """Say that the data of an event is gone; False where it was said before."""
        unfinished = self._rows.where(id=id, done_at=None)
        return decided(self._alias, lambda: unfinished.update(done_at=at))


class DjangoArchive:
    """`consentguard.ports.Archive`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.ArchivedRow, ArchivedRow)
        self._subjects = models.ArchivedSubject.objects.using(alias)

    def add(self, rows: Sequence[ArchivedRow]) -> None:
        """Keep rows, all or none."""
        about = [
            models.ArchivedSubject(row=row.id, subject=each) for row in rows for each in dict.fromkeys(row.subjects)
        ]
        with told(self._alias), transaction.atomic(using=self._alias):
            self._rows.add_all(rows)
            self._subjects.bulk_create(about)

    def of(self, subject: str) -> Sequence[ArchivedRow]:
        """The rows about a pseudonym."""
        theirs = self._subjects.filter(subject=subject).values("row")
        return self._rows.read(self._rows.where(id__in=theirs).order_by("id"))

    def remove(self, ids: Sequence[str]) -> int:
        """Remove rows."""
        removed = 0
        with told(self._alias), transaction.atomic(using=self._alias):
            for some in portions(ids):
                self._subjects.filter(row__in=some).delete()
                removed += self._rows.where(id__in=some).delete()[0]
        return removed

    def forget(self, subjects: Sequence[str]) -> int:
        """Remove the rows about these pseudonyms."""
        with told(self._alias), transaction.atomic(using=self._alias):
            found: dict[str, None] = {}
            for some in portions(subjects):
                about = self._subjects.filter(subject__in=some).values_list("row", flat=True)
                found.update((str(row), None) for row in about)
            return self.remove(list(found))

    def over(self, now: dt.datetime, after: ArchivedRow | None, limit: int) -> Sequence[ArchivedRow]:
        """The first so many rows behind another whose time is over."""
        ended = self._rows.where(until__lte=now).order_by("until", "id")
        if after is not None:
            ended = ended.filter(
                Q(until__gt=after.until) | Q(until=after.until, id__gt=after.id), until__gte=after.until
            )
        return self._rows.read(ended[:limit])


class DjangoBookmarks:
    """`consentguard.ports.Bookmarks`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Bookmark, Bookmark)

    def find(self, name: str) -> Bookmark | None:
        """The bookmark of this name, or None."""
        return self._rows.first(self._rows.where(name=name))

    def put(self, bookmark: Bookmark, was: Bookmark | None) -> bool:
        """Keep a bookmark in place of what was there if it still is; the verdict."""
        if was is None:
            return self._add(bookmark)
        rows = self._rows.where(name=bookmark.name, value=was.value, at=was.at)
        return decided(self._alias, lambda: rows.update(value=bookmark.value, at=bookmark.at))

    def _add(self, bookmark: Bookmark) -> bool:
        def insert() -> int:
            self._rows.add(bookmark)
            return 1

        try:
            return decided(self._alias, insert)
        except RefusedError:
            return False
