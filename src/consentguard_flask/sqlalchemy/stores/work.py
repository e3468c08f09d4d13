"""Work that goes on until it is done: runs of a plan, errands to other places, events, archived rows, bookmarks."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.ports.mistakes import ConflictError, RefusedError
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
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, add_all, first, portions, records, values


class Runs:
    """`consentguard.ports.Runs`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.runs

    def add(self, run: Run) -> None:
        """Joined. Keep a new run."""
        add(self._database, self._table, run)

    def find(self, id: str) -> Run | None:  # noqa: A002 - the record's own word
        """The run with this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), Run)

    def advance(self, run: Run, was: Run) -> bool:
        """Joined. Replace how far a run is, if it still is as it was; the verdict. Locks its row."""
        columns, new = self._table.c, values(run)
        same = (columns.state == was.state, columns.step == was.step, columns.last_key == was.last_key)
        change = sa.update(self._table).where(columns.id == run.id, *same)
        return self._database.verdict(change.values({name: new[name] for name in ADVANCING}))

    def open(self, kind: RunKind) -> Sequence[Run]:
        """The runs of a kind that have not ended, the oldest first: by `(started_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.kind == kind, columns.state == "open")
        return records(self._database, query.order_by(columns.started_at, columns.id), Run)

    def about(self, about: str) -> Sequence[Run]:
        """The runs about a request or a run, the oldest first: by `(started_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.about == about).order_by(columns.started_at, columns.id)
        return records(self._database, query, Run)

    def last(self, kind: RunKind) -> Run | None:
        """The newest run of a kind by `(started_at, id)`, or None."""
        columns = self._table.c
        newest = sa.select(self._table).where(columns.kind == kind)
        return first(self._database, newest.order_by(columns.started_at.desc(), columns.id.desc()).limit(1), Run)


class Errands:
    """`consentguard.ports.Errands`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.errands

    def add(self, errands: Sequence[Errand]) -> None:
        """Joined. Keep new errands, all or none."""
        add_all(self._database, self._table, errands)

    def find(self, id: str) -> Errand | None:  # noqa: A002 - the record's own word
        """The errand with this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), Errand)

    def due(self, now: dt.datetime, hands: Sequence[Hand], limit: int) -> Sequence[Errand]:
        """Open errands for these hands whose `next_at` is reached, the longest waiting first: by `(next_at, id)`."""
        columns = self._table.c
        waiting = (columns.state == "open", columns.next_at <= now, columns.hand.in_(hands))
        query = sa.select(self._table).where(*waiting).order_by(columns.next_at, columns.id).limit(limit)
        return records(self._database, query, Errand)

    def about(self, about: str) -> Sequence[Errand]:
        """The errands of a request or run, in the order of their ids."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.about == about).order_by(columns.id)
        return records(self._database, query, Errand)

    def change(self, errand: Errand, was: Errand) -> bool:
        """Joined. Replace how far an errand is, if its `state` and `tries` still are as in `was`; the verdict."""
        columns, new = self._table.c, values(errand)
        same = (columns.id == errand.id, columns.state == was.state, columns.tries == was.tries)
        change = sa.update(self._table).where(*same).values({name: new[name] for name in SETTLING})
        return self._database.verdict(change)


class Happenings:
    """`consentguard.ports.Happenings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.happenings

    def add(self, happening: Happening) -> None:
        """Joined. Keep an event."""
        add(self._database, self._table, happening)

    def open(self) -> Sequence[Happening]:
        """The events whose data is not gone, the most urgent first: by `(due_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.done_at.is_(None)).order_by(columns.due_at, columns.id)
        return records(self._database, query, Happening)

    def finish(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """Joined. Say that the data of an event is gone; False where it was said before."""
        columns = self._table.c
        end = sa.update(self._table).where(columns.id == id, columns.done_at.is_(None))
        return self._database.verdict(end.values(done_at=at))


class Archive:
    """`consentguard.ports.Archive`: a row, and another for each of whom it is about."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.archive
        self._subjects = database.tables.archived_subjects

    def add(self, rows: Sequence[ArchivedRow]) -> None:
        """Joined. Keep rows, all or none."""
        new = [values(row) | {"subjects": json.dumps(row.subjects)} for row in rows]
        about = [{"row": row.id, "subject": each} for row in rows for each in dict.fromkeys(row.subjects)]
        with self._database.atomic():
            for table, given in ((self._table, new), (self._subjects, about)):
                if given:
                    self._database.write(sa.insert(table), given)

    def of(self, subject: str) -> Sequence[ArchivedRow]:
        """The rows about a pseudonym, in the order of their ids."""
        theirs = sa.select(self._subjects.c.row).where(self._subjects.c.subject == subject)
        query = sa.select(self._table).where(self._table.c.id.in_(theirs)).order_by(self._table.c.id)
        return list(map(_archived, self._database.read(query)))

    def remove(self, ids: Sequence[str]) -> int:
        """Joined. Remove rows; how many went."""
        with self._database.atomic():
            return sum(map(self._remove, portions(ids)))

    def forget(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the rows about these pseudonyms, whoever else they are about; how many went."""
        with self._database.atomic():
            about = (sa.select(self._subjects.c.row).where(self._subjects.c.subject.in_(s)) for s in portions(subjects))
            ids = dict.fromkeys(id_ for query in about for (id_,) in self._database.read(query))
            return self.remove([*ids])

    def _remove(self, ids: Sequence[str]) -> int:
        self._database.remove(self._subjects, self._subjects.c.row.in_(ids))
        return self._database.remove(self._table, self._table.c.id.in_(ids))

    def over(self, now: dt.datetime, after: ArchivedRow | None, limit: int) -> Sequence[ArchivedRow]:
        """The first so many rows behind another whose `until` is reached, the longest past first."""
        until, id_ = self._table.c.until, self._table.c.id
        ended = sa.select(self._table).where(until <= now).order_by(until, id_).limit(limit)
        if after is not None:
            later = sa.or_(until > after.until, sa.and_(until == after.until, id_ > after.id))
            ended = ended.where(until >= after.until, later)
        return list(map(_archived, self._database.read(ended)))


class Bookmarks:
    """`consentguard.ports.Bookmarks`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.bookmarks

    def find(self, name: str) -> Bookmark | None:
        """The bookmark of this name, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.name == name), Bookmark)

    def put(self, bookmark: Bookmark, was: Bookmark | None) -> bool:
        """Joined. Keep a bookmark in place of the one of its name if that still is `was`; None: if there is none."""
        if was is None:
            return self._add(bookmark)
        columns = self._table.c
        same = (columns.name == bookmark.name, columns.value == was.value, columns.at == was.at)
        return self._database.verdict(sa.update(self._table).where(*same).values(values(bookmark)))

    def _add(self, bookmark: Bookmark) -> bool:
        try:
            # inside a transaction this is a savepoint, so that the rest goes on where the row is there already
            with self._database.atomic():
                add(self._database, self._table, bookmark)
        except (RefusedError, ConflictError):
            return False
        return True


def _archived(row: sa.Row[Any]) -> ArchivedRow:
    found = dict(row._mapping)
    return ArchivedRow(**found | {"subjects": tuple(json.loads(found["subjects"]))})
