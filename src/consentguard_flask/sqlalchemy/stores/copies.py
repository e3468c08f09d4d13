"""Columns of the host's tables that are copies of others, while the host writes to both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.changing import mark
from consentguard.ports import CopiedColumn, CopiedRow
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted.loading import AsStored
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.paths import Rows
from consentguard_flask.sqlalchemy.row_keys import Condition, beyond, parsed, written
from consentguard_flask.sqlalchemy.stores.keyset import (
    as_bytes,
    change_together,
    changed,
    key_is,
    key_values,
    takes_together,
)


class CopiedRows:
    """`consentguard.ports.CopiedRows`."""

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models

    def after(self, copy: CopiedColumn, key: str, limit: int, *, uncopied: bool = False) -> Sequence[CopiedRow]:
        """Rows with greater primary keys, in their order."""
        rows = Rows(self._models, copy.label)
        keys, names = rows.keys, (copy.source, copy.target)
        asked = [self._value(copy, rows, name) for name in names]
        marks = [sa.type_coerce(sa.literal_column(self._mark(rows, name)), AsStored) for name in names]
        subject = rows.source(copy.subject) if copy.subject else sa.null()
        wanted = self._uncopied(copy, rows) if uncopied else sa.or_(*(_is_there(rows, name) for name in names))
        query = sa.select(*keys, *asked, *marks, subject).where(wanted, *beyond(keys, key)).order_by(*keys).limit(limit)
        return [_read(row) for row in map(tuple, self._database.read(query))]

    def uncopied(self, copy: CopiedColumn) -> int:
        """How many rows have a source and no target."""
        rows = Rows(self._models, copy.label)
        query = sa.select(sa.func.count()).select_from(rows.table).where(self._uncopied(copy, rows))
        return int(self._database.read(query)[0][0])

    def copy(self, copy: CopiedColumn, changes: Sequence[tuple[CopiedRow, object]]) -> int:
        """Joined. Give rows a target, where both columns are as they were read; how many were."""
        rows = Rows(self._models, copy.label)
        target, is_stored = rows.source(copy.target), copy.target in copy.stored
        guards = [self._mark(rows, name) for name in (copy.source, copy.target)]
        if is_stored and takes_together(self._database, rows.keys):
            given = [(parsed(rows.keys, was.key), (new,), was.marks) for was, new in changes]
            return change_together(
                self._database, rows, given, sets=(self._database.quoted(target.name),), guards=guards
            )
        same = [
            sa.type_coerce(sa.literal_column(guard), AsStored).is_not_distinct_from(
                sa.bindparam(f"mark_{place}", type_=AsStored)
            )
            for place, guard in enumerate(guards)
        ]
        new = sa.bindparam("new", type_=AsStored if is_stored else target.type)
        statement = sa.update(rows.table).where(*key_is(rows.keys), *same).values({target: new})
        return changed(self._database, statement, [_given(rows, was, value) for was, value in changes])

    def _uncopied(self, copy: CopiedColumn, rows: Rows) -> Condition:
        return sa.and_(_is_there(rows, copy.source), ~_is_there(rows, copy.target))

    def _value(self, copy: CopiedColumn, rows: Rows, name: str) -> Any:
        column = rows.source(name)
        return sa.type_coerce(column, AsStored) if name in copy.stored else column

    def _mark(self, rows: Rows, name: str) -> str:
        table, column = self._database.quoted_table(rows.table), self._database.quoted(rows.source(name).name)
        return mark(self._database.dialect, f"{table}.{column}")


def _is_there(rows: Rows, name: str) -> Condition:
    return sa.type_coerce(rows.source(name), AsStored).is_not(None)


def _given(rows: Rows, was: CopiedRow, value: object) -> dict[str, object]:
    return {**key_values(rows.keys, was.key), "new": value, "mark_0": was.marks[0], "mark_1": was.marks[1]}


def _read(row: tuple[Any, ...]) -> CopiedRow:
    *key, source, target, one, other, subject = row
    marks = (_mark(one), _mark(other))
    return CopiedRow(written(key), as_bytes(source), as_bytes(target), marks, None if subject is None else str(subject))


def _mark(found: object) -> bytes | None:
    return bytes(found) if isinstance(found, (bytes, memoryview)) else None
