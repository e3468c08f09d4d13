"""Adds rows to the host's own tables with all of their values, keys included: as they were exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from consentguard.sequences import advance
from consentguard_flask.sqlalchemy import encrypted_rows
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted import sealed_for
from consentguard_flask.sqlalchemy.encrypted.parts import part_text
from consentguard_flask.sqlalchemy.encrypted.rows import row_column
from consentguard_flask.sqlalchemy.paths import Rows

Row = Mapping[sa.Column[Any], Any]


def insert(database: Database, rows: Rows, given: Sequence[Row]) -> int:
    """Insert rows; how many. A column that is left out holds its default. Raises StoreError."""
    for columns, several in groupby(given, _columns):
        together = [_stored(rows, row) for row in several]
        names = {column.key: column for column in rows.table.columns if column.key in together[0]}
        database.write(
            sa.insert(rows.table).values({key: sa.bindparam(key, type_=names[key].type) for key in names}), together
        )
        key = rows.table.autoincrement_column
        if key is not None and key in columns and database.dialect == "postgresql":
            _advance(database, rows.table, key)
    return len(given)


def _columns(row: Row) -> tuple[sa.Column[Any], ...]:
    return tuple(row)


def _stored(rows: Rows, row: Row) -> dict[str, Any]:
    """What the columns of a row hold, by their keys: each value that is bound with whose it is."""
    kind: Any
    held = {column.key: value for column, value in row.items()}
    for holder in encrypted_rows.holders(row):
        kind = holder.type
        parts = kind.part_columns
        held[holder.key] = [part_text(held.get(key), rows.table.c[key].type) for key in parts]
    for key in held:
        kind = rows.table.c[key].type
        if encrypted_rows.is_bound(rows.table.c[key]):
            held[key] = sealed_for(held.get(row_column(kind, rows.table)), held[key])
    return held


def _advance(database: Database, table: sa.Table, key: sa.Column[Any]) -> None:
    quoted = database.quoted_table(table)
    statement = advance(quoted, database.quoted(key.name), (":table_name", ":column_name"))
    database.read(sa.text(statement).bindparams(table_name=quoted, column_name=key.name))
