"""A host's table in memory: its rows, what its columns lead to, and the order of its primary keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from consentguard.datamap.schema import ColumnType

Row = dict[str, object]
KEY = "id"


@dataclass(eq=False, slots=True)
class MemoryTable:
    """One table: `rows`, each with its primary key under `id`.

    `to` names the table that a column leads to: of a foreign key, which holds a primary key, or of a many-to-many
    relation, which holds a list of them. NULL is not allowed in the columns of `required`, and in those of `unique` no
    two rows hold the same. `types` says of a column what JSON cannot: that its texts are moments, for example.
    """

    rows: list[Row] = field(default_factory=list, repr=False)
    to: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    types: Mapping[str, ColumnType] = field(default_factory=dict)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By primary key: numbers as numbers."""
    return sorted(rows, key=lambda row: place(row, str(row[KEY])))


def place(row: Row, key: str) -> str:
    """Where a primary key, of the kind that the row's is, stands in the order."""
    return key.zfill(20) if isinstance(row[KEY], int) else key


def write_back(row: Row) -> Callable[[], object]:
    """What undoes a change of a row that is about to be made."""
    before = dict(row)
    return lambda: row.update(before)
