"""Encrypted columns of the host's rows, for who works by the data map: found by their index, read, and emptied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.crypto import installed
from consentguard.crypto.data_keys import KeyBatch
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError
from consentguard.ports import StoreError
from consentguard_flask.sqlalchemy.encrypted import Encrypted, sealed_for
from consentguard_flask.sqlalchemy.encrypted.loading import AsStored
from consentguard_flask.sqlalchemy.encrypted.rows import row_column
from consentguard_flask.sqlalchemy.holding import differs
from consentguard_flask.sqlalchemy.paths import Rows
from consentguard_flask.sqlalchemy.row_keys import Condition


def equals(rows: Rows, name: str, value: str) -> Condition:
    """What holds for the rows whose encrypted column is `value`, upper and lower case alike.

    Raises StoreError for a column without an index that takes these for alike.
    """
    kind: Any = rows.source(name).type
    if kind.exact is None or not kind.plain.is_text or kind.exact.terms("A") != kind.exact.terms("a"):
        hint = 'declare what people are found by as Encrypted(..., search="email"), or "casefold"'
        raise StoreError(f'"{rows.label}.{name}" is encrypted, so nobody is found by it', hint=hint)
    found: Condition = rows.column(name) == value
    return found


class Reading:
    """Columns of a query's rows with what encrypted ones are opened by: the keys of many at once.

    `selected` is what the query has to select, and `values` gives the columns of what it found.
    """

    def __init__(self, rows: Rows, names: Sequence[str]) -> None:
        self._kinds = [_kind(rows.source(name)) for name in names]
        self._places: dict[int, int] = {}
        columns = [rows.column(name) for name in names]
        self.selected = [
            sa.type_coerce(column, AsStored) if kind else column
            for column, kind in zip(columns, self._kinds, strict=True)
        ]
        for place, kind in enumerate(self._kinds):
            if kind is not None and kind.bound_to:
                self._places[place] = len(self.selected)
                self.selected.append(rows.alias.c[row_column(kind, rows.table)])

    def values(self, found: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
        """The values of each row; None for one that was erased. Raises DecryptionError, KeyringError, StoreError."""
        found, batch = list(found), KeyBatch(installed.subject_keys)
        for row in found:
            for place in self._places:
                if row[place] is not None:
                    self._of(place).current().note(row[place], batch)
        for row in found:
            yield [self._value(row, place, batch) for place in range(len(self._kinds))]

    def _value(self, row: Sequence[Any], place: int, batch: KeyBatch) -> Any:
        if self._kinds[place] is None or row[place] is None:
            return row[place]
        bound = row[self._places[place]] if place in self._places else None
        try:
            value = self._of(place).open(row[place], None if bound is None else str(bound), batch)
        except ErasedError:
            return None
        return None if value is ERASED else value

    def _of(self, place: int) -> Encrypted[Any]:
        kind: Any = self._kinds[place]
        found: Encrypted[Any] = kind
        return found


class Sealing:
    """An UPDATE for each row, of columns whose value is sealed for it. `selected` is what has to be known.

    `texts` gives the value of each column from the row's primary key; `others` are what all rows are given alike.
    """

    def __init__(
        self, rows: Rows, values: Mapping[sa.Column[Any], Callable[[Any], Any]], others: Mapping[sa.Column[Any], object]
    ) -> None:
        self._values, self._keys = values, rows.keys
        self._kinds = [_kind(column) for column in values]
        self.selected = [*rows.keys, *(rows.table.c[row_column(kind, rows.table)] for kind in self._kinds if kind)]
        is_row = (key == sa.bindparam(f"key_{place}", type_=key.type) for place, key in enumerate(rows.keys))
        new = {column: sa.bindparam(f"new_{place}", type_=column.type) for place, column in enumerate(values)}
        self.statement = sa.update(rows.table).where(*is_row).values({**others, **new})

    def parameters(self, found: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """What the statement is executed with, once for each row."""
        return [self._of(row) for row in found]

    def _of(self, row: Sequence[Any]) -> dict[str, Any]:
        keys, bound = row[: len(self._keys)], row[len(self._keys) :]
        given = {f"key_{place}": key for place, key in enumerate(keys)}
        for place, (value, to) in enumerate(zip(self._values.values(), bound, strict=True)):
            given[f"new_{place}"] = sealed_for(to, value(keys[0]))
        return given


def emptied(column: sa.Column[Any]) -> Callable[[Any], str]:
    """What an encrypted column that cannot be NULL holds when it is emptied, from its row's primary key."""
    return str if differs(column) else lambda _: ""


def is_bound(column: sa.Column[Any]) -> bool:
    """Whether a value has to be sealed for its row."""
    kind = _kind(column)
    return kind is not None and bool(kind.bound_to)


def needs_sealing(column: sa.Column[Any]) -> bool:
    """Whether an empty text has to be sealed to be what the column holds in place of a value."""
    return _kind(column) is not None and not column.nullable


def holders(columns: Iterable[sa.Column[Any]]) -> set[sa.Column[Any]]:
    """The columns that hold what these do, among others, to be searched by."""
    return {
        other
        for column in columns
        for other in column.table.columns
        if (kind := _kind(other)) is not None and column.key in kind.part_columns
    }


def _kind(column: sa.Column[Any]) -> Encrypted[Any] | None:
    return column.type if isinstance(column.type, Encrypted) else None
