"""Legal holds, which what deletes and what places them wait for each other about; restrictions and objections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from consentguard.records import Hold, Mark, MarkKind, SubjectRef
from consentguard_django import models
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import SubjectRows
from consentguard_django.stores.transactions import decided, told

GATE = "holds"
"""The bookmark that what deletes shares, and what places a hold takes for itself, until its transaction ends."""
QUEUE = int.from_bytes(b"consentg")
"""The number of PostgreSQL's advisory lock in which both stand in line."""
SHARED = {"postgresql": "FOR SHARE", "mysql": "LOCK IN SHARE MODE"}
"""How a row is shared. SQLite lets one transaction write at a time, and ends one that has read what is no longer so."""


class DjangoHolds:
    """`consentguard.ports.Holds`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = SubjectRows(alias, models.Hold, Hold)

    def place(self, hold: Hold) -> None:
        """Keep a hold, once every transaction has ended that has asked for those in force."""
        of_any = connections[self._alias].features.supports_update_conflicts_with_target
        gate = models.Bookmark(name=GATE, value="", at=hold.placed_at)
        with told(self._alias), transaction.atomic(using=self._alias):
            self._stand_in_line("pg_advisory_xact_lock")
            # changed and not only locked: so a transaction that sees the past alone is told that it does
            self._gates.bulk_create(
                [gate], update_conflicts=True, update_fields=["at"], unique_fields=["name"] if of_any else None
            )
            self._rows.add(hold)

    def release(self, id: str, at: dt.datetime, by: str) -> bool:  # noqa: A002 - the record's own word
        """End a hold; False where there is none in force with this id."""
        standing = self._rows.where(id=id, released_at=None)
        return decided(self._alias, lambda: standing.update(released_at=at, released_by=by))

    def find(self, id: str) -> Hold | None:  # noqa: A002 - the record's own word
        """The hold with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def in_force(self) -> Sequence[Hold]:
        """The holds that are not released, the oldest first; inside a transaction nobody places one until it ends."""
        standing = self._rows.where(released_at=None).order_by("placed_at", "id")
        connection = connections[self._alias]
        with told(self._alias):
            inside = connection.in_atomic_block or not connection.get_autocommit()
            if inside and connection.vendor in SHARED:
                self._share(connection)
                if connection.vendor == "mysql":
                    return self._as_they_are_now(standing)
        return self._rows.read(standing)

    def _share(self, connection: BaseDatabaseWrapper) -> None:
        """Keep everybody from placing a hold until the transaction ends."""
        self._stand_in_line("pg_advisory_xact_lock_shared")
        if not self._gates.filter(name=GATE).exists():
            start = dt.datetime.fromtimestamp(0, dt.UTC)
            self._gates.bulk_create([models.Bookmark(name=GATE, value="", at=start)], ignore_conflicts=True)
        gates, name = (connection.ops.quote_name(each) for each in (models.Bookmark._meta.db_table, "name"))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {name} FROM {gates} WHERE {name} = %s {SHARED[connection.vendor]}", [GATE])  # noqa: S608
            cursor.fetchall()

    def _stand_in_line(self, lock: str) -> None:
        """PostgreSQL lets those who share a row pass whoever wants it alone: one of several workers always would."""
        connection = connections[self._alias]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {lock}(%s)", [QUEUE])

    def _as_they_are_now(self, rows: QuerySet[Any]) -> Sequence[Hold]:
        """Whatever the transaction has seen: MariaDB shows the past to a plain query, and not to one that locks."""
        query, given = rows.query.get_compiler(self._alias).as_sql()
        found = self._rows.all.raw(f"{query} {SHARED['mysql']}", given)
        return [self._rows.record([getattr(row, name) for name in self._rows.names]) for row in found]

    @property
    def _gates(self) -> QuerySet[models.Bookmark]:
        return models.Bookmark.objects.using(self._alias)


class DjangoMarks:
    """`consentguard.ports.Marks`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = SubjectRows(alias, models.Mark, Mark)

    def add(self, mark: Mark) -> None:
        """Keep a mark."""
        self._rows.add(mark)

    def lift(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """End a mark; False where there is none in force with this id."""
        standing = self._rows.where(id=id, lifted_at=None)
        return decided(self._alias, lambda: standing.update(lifted_at=at))

    def find(self, id: str) -> Mark | None:  # noqa: A002 - the record's own word
        """The mark with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def of(self, subject: SubjectRef) -> Sequence[Mark]:
        """The marks of a data subject that are not lifted, the oldest first."""
        return self._rows.read(self._theirs(subject).filter(lifted_at=None).order_by("at", "id"))

    def of_kind(self, kind: MarkKind) -> Sequence[Mark]:
        """The marks of a kind that are not lifted, the oldest first."""
        return self._rows.read(self._rows.where(kind=kind, lifted_at=None).order_by("at", "id"))

    def in_force(self, now: dt.datetime) -> Sequence[Mark]:
        """The marks that hold at a moment, the oldest first."""
        standing = self._rows.where(lifted_at=None).filter(Q(until=None) | Q(until__gt=now))
        return self._rows.read(standing.order_by("at", "id"))

    def ending(self, before: dt.datetime) -> Sequence[Mark]:
        """The marks that end by themselves before a moment, the next first."""
        return self._rows.read(self._rows.where(lifted_at=None, until__lt=before).order_by("until", "id"))

    def forget(self, subjects: Sequence[SubjectRef]) -> int:
        """Remove the marks of data subjects."""
        gone = 0
        with told(self._alias), transaction.atomic(using=self._alias):
            for kind in dict.fromkeys(subject.kind for subject in subjects):
                keys = [subject.key for subject in subjects if subject.kind == kind]
                theirs = (self._rows.where(subject_kind=kind, subject_key__in=some) for some in portions(keys))
                gone += sum(rows.delete()[0] for rows in theirs)
        return gone

    def _theirs(self, subject: SubjectRef) -> QuerySet[Any]:
        return self._rows.where(subject_kind=subject.kind, subject_key=subject.key)
