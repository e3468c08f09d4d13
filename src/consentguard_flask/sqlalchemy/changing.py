"""Gives columns of the host's rows new values: set-based, but row by row where what is stored is sealed for its row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consentguard_flask.sqlalchemy import encrypted_rows
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted import sealed_for
from consentguard_flask.sqlalchemy.encrypted.parts import part_text
from consentguard_flask.sqlalchemy.encrypted.rows import row_column
from consentguard_flask.sqlalchemy.paths import Rows
from consentguard_flask.sqlalchemy.row_keys import Condition

Columns = Mapping[sa.Column[Any], Any]


def change(database: Database, rows: Rows, those: Condition, given: Columns) -> int:
    """Give columns of some rows these values; how many rows. Raises StoreError."""
    sealed = [*filter(encrypted_rows.is_bound, given), *encrypted_rows.holders(given)]
    if not sealed:
        return database.write(sa.update(rows.table).where(those).values(given))
    writing = _Writing(rows.own(), given, sealed)
    found = writing.parameters(database.read(sa.select(*writing.selected).where(those)))
    if found:
        database.write(writing.statement, found)
    return len(found)


@dataclass(frozen=True)
class _Writing:
    """An UPDATE for each row. `sealed` are the columns that are sealed for their rows, or hold what others do."""

    rows: Rows
    given: Columns
    sealed: Sequence[sa.Column[Any]]

    @property
    def selected(self) -> list[sa.ColumnElement[Any]]:
        return [*self.rows.keys, *self._reading.selected]

    @property
    def statement(self) -> sa.Update:
        is_row = (key == sa.bindparam(f"key_{place}", type_=key.type) for place, key in enumerate(self.rows.keys))
        new = {column: sa.bindparam(f"new_{place}", type_=column.type) for place, column in enumerate(self.sealed)}
        return sa.update(self.rows.table).where(*is_row).values({**self.given, **new})

    def parameters(self, found: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        width = len(self.rows.keys)
        values = self._reading.values([tuple(row)[width:] for row in found])
        return [
            self._of(tuple(row)[:width], dict(zip(self._names, held, strict=True)))
            for row, held in zip(found, values, strict=True)
        ]

    def _of(self, keys: Sequence[Any], held: dict[str, Any]) -> dict[str, Any]:
        held |= {column.key: value for column, value in self.given.items()}
        new = {f"new_{place}": self._value(column, held) for place, column in enumerate(self.sealed)}
        return {f"key_{place}": key for place, key in enumerate(keys)} | new

    def _value(self, column: sa.Column[Any], held: Mapping[str, Any]) -> Any:
        kind: Any = column.type
        value = held.get(column.key)
        if kind.part_columns:
            value = [part_text(held[key], self.rows.table.c[key].type) for key in kind.part_columns]
        return sealed_for(held[row_column(kind, self.rows.table)], value) if kind.bound_to else value

    @property
    def _reading(self) -> encrypted_rows.Reading:
        by_key = {self.rows.source(name).key: name for name in self.rows.names}
        return encrypted_rows.Reading(self.rows, [by_key[key] for key in self._names])

    @property
    def _names(self) -> list[str]:
        """The keys of the columns that have to be known of each row."""
        return list(dict.fromkeys(key for column in self.sealed for key in self._needed(column)))

    def _needed(self, column: sa.Column[Any]) -> Iterator[str]:
        kind: Any = column.type
        yield from kind.part_columns
        if kind.bound_to:
            yield row_column(kind, self.rows.table)
