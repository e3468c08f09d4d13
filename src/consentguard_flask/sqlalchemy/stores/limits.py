"""What limits the use and the deletion of personal data: legal holds, restrictions and objections."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.records import Hold, Mark, MarkKind, SubjectRef
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import insert_or_lock, portions, values
from consentguard_flask.sqlalchemy.watching import in_transaction

LOCK = {"name": "holds", "value": "", "at": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}
"""The bookmark that whoever places a hold locks for itself, and whoever deletes shares with others who do."""
QUEUE = int.from_bytes(b"consentg")
"""The number of PostgreSQL's advisory lock in which both stand in line."""


class Holds:
    """`consentguard.ports.Holds`. SQLite has no locks of rows: there our transactions follow one another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.holds
        self._locks = database.tables.bookmarks

    def place(self, hold: Hold) -> None:
        """Joined. Keep a hold, once the transactions that have called `in_force` have ended."""
        subject = _subject(hold.subject)
        lists = {"keys": json.dumps(hold.keys), "columns": json.dumps(hold.columns)}
        row = {name: value for name, value in values(hold).items() if name != "subject"} | subject | lists
        with self._database.atomic():
            self._stand_in_line(sa.func.pg_advisory_xact_lock(QUEUE))
            self._lock()
            self._database.write(sa.insert(self._table), row)

    def release(self, id: str, at: dt.datetime, by: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. End a hold; False, with nothing changed, where there is none in force with this id."""
        columns = self._table.c
        end = sa.update(self._table).where(columns.id == id, columns.released_at.is_(None))
        return self._database.verdict(end.values(released_at=at, released_by=by))

    def find(self, id: str) -> Hold | None:  # noqa: A002 - the record's own word
        """The hold with this id, in force or not, or None."""
        found = self._database.read(sa.select(self._table).where(self._table.c.id == id))
        return next(map(_hold, found), None)

    def in_force(self) -> Sequence[Hold]:
        """The holds that are not released, by `(placed_at, id)`; nobody places one while this transaction goes on."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.released_at.is_(None)).order_by(columns.placed_at, columns.id)
        if in_transaction(self._database.session()):
            self._share()
            # with a lock as they are now: what MariaDB shows otherwise is as old as the transaction
            query = query.with_for_update(read=True)
        return [_hold(row) for row in self._database.read_now(query)]

    def _share(self) -> None:
        self._stand_in_line(sa.func.pg_advisory_xact_lock_shared(QUEUE))
        here = sa.select(self._locks.c.name).where(self._locks.c.name == LOCK["name"])
        # looks first: in MariaDB two that lock the gap, and insert there next, would wait for each other
        if self._database.read(here):
            self._database.read(here.with_for_update(read=True))
        else:
            self._lock()

    def _lock(self) -> None:
        if self._database.dialect != "sqlite":
            self._database.write(insert_or_lock(self._database, self._locks, "name"), LOCK)

    def _stand_in_line(self, lock: sa.ColumnElement[None]) -> None:
        """PostgreSQL lets those who share a row pass whoever wants it alone: one of several workers always would."""
        if self._database.dialect == "postgresql":
            self._database.read(sa.select(lock))


class Marks:
    """`consentguard.ports.Marks`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.marks

    def add(self, mark: Mark) -> None:
        """Joined. Keep a mark."""
        row = {name: value for name, value in values(mark).items() if name != "subject"} | _subject(mark.subject)
        self._database.write(sa.insert(self._table), row)

    def lift(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """Joined. End a mark; False, with nothing changed, where there is none in force with this id."""
        columns = self._table.c
        end = sa.update(self._table).where(columns.id == id, columns.lifted_at.is_(None))
        return self._database.verdict(end.values(lifted_at=at))

    def find(self, id: str) -> Mark | None:  # noqa: A002 - the record's own word
        """The mark with this id, in force or not, or None."""
        return next(iter(self._read(self._table.c.id == id)), None)

    def of(self, subject: SubjectRef) -> Sequence[Mark]:
        """The marks of a data subject that are not lifted, the oldest first: by `(at, id)`."""
        columns = self._table.c
        return self._read(self._theirs(subject), columns.lifted_at.is_(None), by=columns.at)

    def of_kind(self, kind: MarkKind) -> Sequence[Mark]:
        """The marks of a kind that are not lifted, the oldest first: by `(at, id)`."""
        columns = self._table.c
        return self._read(columns.kind == kind, columns.lifted_at.is_(None), by=columns.at)

    def in_force(self, now: dt.datetime) -> Sequence[Mark]:
        """The marks that hold at a moment (`now < until`), the oldest first: by `(at, id)`."""
        columns = self._table.c
        lasts = sa.or_(columns.until.is_(None), columns.until > now)
        return self._read(columns.lifted_at.is_(None), lasts, by=columns.at)

    def ending(self, before: dt.datetime) -> Sequence[Mark]:
        """The marks that are not lifted and end by themselves before a moment, the next first: by `(until, id)`."""
        columns = self._table.c
        return self._read(columns.lifted_at.is_(None), columns.until < before, by=columns.until)

    def forget(self, subjects: Sequence[SubjectRef]) -> int:
        """Joined. Remove the marks of data subjects who were erased; how many went."""
        columns, gone = self._table.c, 0
        with self._database.atomic():
            for kind in dict.fromkeys(subject.kind for subject in subjects):
                keys = [subject.key for subject in subjects if subject.kind == kind]
                for some in portions(keys):
                    theirs = (columns.subject_kind == kind, columns.subject_key.in_(some))
                    gone += self._database.remove(self._table, *theirs)
        return gone

    def _theirs(self, subject: SubjectRef) -> sa.ColumnElement[bool]:
        columns = self._table.c
        return sa.and_(columns.subject_kind == subject.kind, columns.subject_key == subject.key)

    def _read(self, *where: sa.ColumnElement[bool], by: sa.ColumnElement[Any] | None = None) -> Sequence[Mark]:
        """As they are by now: a mark stops the uses of other processes too."""
        query = sa.select(self._table).where(*where)
        ordered = query if by is None else query.order_by(by, self._table.c.id)
        return [Mark(**_with_subject(row)) for row in self._database.read_now(ordered)]


def _subject(subject: SubjectRef | None) -> dict[str, object]:
    return {"subject_kind": subject.kind if subject else "", "subject_key": subject.key if subject else ""}


def _with_subject(row: sa.Row[Any]) -> dict[str, Any]:
    found = dict(row._mapping)
    kind, key = found.pop("subject_kind"), found.pop("subject_key")
    return found | {"subject": SubjectRef(kind, key) if kind else None}


def _hold(row: sa.Row[Any]) -> Hold:
    found = _with_subject(row)
    lists = {name: tuple(json.loads(found[name])) for name in ("keys", "columns")}
    return Hold(**found | lists)
