"""Encrypted columns of the host's tables as they are stored, and how far the works on them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.crypto.index.layout import beginning_sql, clearing_sql
from consentguard.ports import SealedRow, SealedTable, Swap
from consentguard.records import ColumnJob
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted.loading import AsStored
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.paths import Rows, same
from consentguard_flask.sqlalchemy.row_keys import Condition, beyond, parsed, typed, written
from consentguard_flask.sqlalchemy.stores.keyset import (
    as_bytes,
    change_together,
    changed,
    key_is,
    key_values,
    takes_together,
)
from consentguard_flask.sqlalchemy.stores.rows import add, first, records, values


class SealedRows:
    """`consentguard.ports.SealedRows`."""

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models

    def after(self, table: SealedTable, key: str, limit: int) -> Sequence[SealedRow]:
        """Rows with greater primary keys, of which not all columns are NULL."""
        rows = Rows(self._models, table.label)
        keys, width = rows.keys, len(table.columns)
        stored = [sa.type_coerce(rows.source(name), AsStored) for name in table.columns]
        subjects = [rows.source(name) for name in table.subjects]
        held = sa.or_(*(column.is_not(None) for column in stored))
        query = sa.select(*keys, *stored, *subjects).where(held, *beyond(keys, key)).order_by(*keys).limit(limit)
        first_subject = len(keys) + width
        return [
            SealedRow(
                written(row[: len(keys)]),
                tuple(map(as_bytes, row[len(keys) : first_subject])),
                tuple(map(_text, row[first_subject:])),
            )
            for row in map(tuple, self._database.read(query))
        ]

    def swap(self, table: SealedTable, changes: Sequence[Swap]) -> int:
        """Joined. Give rows their new values where they still hold the old; how many did."""
        rows = Rows(self._models, table.label)
        columns = [rows.source(name) for name in table.columns]
        if takes_together(self._database, rows.keys):
            names = tuple(self._database.quoted(column.name) for column in columns)
            given = [(parsed(rows.keys, key), new, old) for key, old, new in changes]
            return change_together(self._database, rows, given, sets=names, guards=names)
        still = [
            sa.type_coerce(column, AsStored).is_not_distinct_from(sa.bindparam(f"old_{place}", type_=AsStored))
            for place, column in enumerate(columns)
        ]
        new = {column: sa.bindparam(f"new_{place}", type_=AsStored) for place, column in enumerate(columns)}
        statement = sa.update(rows.table).where(*key_is(rows.keys), *still).values(new)
        return changed(self._database, statement, [_given(rows, change) for change in changes])

    def beginnings(self, label: str, column: str, length: int) -> Mapping[bytes, int]:
        """How many values begin alike."""
        rows = Rows(self._models, label)
        source = rows.source(column)
        quoted = self._database.quoted(source.name)
        parts: list[sa.ColumnElement[Any]] = [
            sa.literal_column(part) for part in beginning_sql(quoted, length, self._database.dialect)
        ]
        held = sa.type_coerce(source, AsStored).is_not(None)
        query = sa.select(*parts, sa.func.count()).select_from(rows.table).where(held).group_by(sa.text("1, 2"))
        found = Counter[bytes]()
        for row in map(tuple, self._database.read(query)):
            found[b"".join(bytes(part) for part in row[:2] if part and not isinstance(part, str))] += row[2]
        return found

    def held(self, label: str, column: str, subject: str, key: str) -> int:
        """How many rows of a data subject hold something."""
        rows = Rows(self._models, label)
        held = sa.type_coerce(rows.source(column), AsStored).is_not(None)
        query = sa.select(sa.func.count()).select_from(rows.table).where(held, self._theirs(rows, subject, key))
        return int(self._database.read(query)[0][0])

    def unindex(self, label: str, column: str, subject: str, key: str) -> int:
        """Joined. Take the digests out of what they hold; how many had some."""
        rows = Rows(self._models, label)
        name = rows.source(column).name
        # with a column that holds bytes and no more: the type itself takes nothing that the database makes
        table = sa.table(rows.table.name, sa.column(name, AsStored), schema=rows.table.schema)
        without, has_some = clearing_sql(self._database.quoted(name), self._database.dialect)
        theirs = (sa.literal_column(has_some, sa.Boolean()), self._theirs(rows, subject, key))
        return self._database.write(sa.update(table).where(*theirs).values({name: sa.literal_column(without)}))

    def _theirs(self, rows: Rows, subject: str, key: str) -> Condition:
        """The rows of which a column is that key; none where it can be no key of theirs."""
        source = rows.source(subject)
        column: sa.ColumnElement[Any] = sa.column(source.name, source.type)
        values = (sa.literal(value, column.type) for value in typed(column, key) if str(value) == key)
        return sa.or_(sa.false(), *(same(self._database.dialect, column, value) for value in values))


class ColumnJobs:
    """`consentguard.ports.ColumnJobs`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.column_jobs

    def find(self, name: str) -> ColumnJob | None:
        """The work of that name, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.name == name), ColumnJob)

    def all(self) -> Sequence[ColumnJob]:
        """Every work, by name."""
        return records(self._database, sa.select(self._table).order_by(self._table.c.name), ColumnJob)

    def put(self, job: ColumnJob) -> None:
        """Joined. Keep how far a work is, in place of what was kept of it before."""
        change = sa.update(self._table).where(self._table.c.name == job.name).values(values(job))
        if not self._database.write(change):
            add(self._database, self._table, job)


def _given(rows: Rows, change: Swap) -> dict[str, object]:
    old = {f"old_{place}": value for place, value in enumerate(change.old)}
    new = {f"new_{place}": value for place, value in enumerate(change.new)}
    return {**key_values(rows.keys, change.key), **old, **new}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
