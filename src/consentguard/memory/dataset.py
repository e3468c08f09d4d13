"""A host's tables in memory: rows are dicts, and a foreign key is the other row's primary key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consentguard.datamap.alike import alike
from consentguard.datamap.tags import SELF, Match
from consentguard.memory.journal import Journal, utc
from consentguard.ports import StoreError
from consentguard.records import Selection

Row = dict[str, object]
KEY = "id"


@dataclass(eq=False, slots=True)
class MemoryTable:
    """One table: `rows`, each with its primary key under `id`.

    `to` names the table that a column leads to: of a foreign key, which holds a primary key, or of a many-to-many
    relation, which holds a list of them. NULL is not allowed in the columns of `required`.
    """

    rows: list[Row] = field(default_factory=list, repr=False)
    to: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()


class MemoryDataset:
    """`consentguard.ports.Dataset` over tables in memory. A path follows foreign keys forward, never backward."""

    def __init__(self, journal: Journal, tables: Mapping[str, MemoryTable]) -> None:
        self._journal = journal
        self._tables = tables

    def match(self, label: str, column: str, value: str) -> Sequence[str]:
        """The primary keys of rows whose column is `value`."""
        with self._journal.atomic():
            found = [row for row in self._table(label).rows if alike(row[column], value)]
            return [str(row[KEY]) for row in in_order(found)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        return len(self._selected(selection))

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key."""
        for row in in_order(self._selected(selection)):
            yield {column: row[column] for column in columns}

    def delete(self, selection: Selection) -> int:
        """Delete the selected rows. Raises StoreError, with nothing changed, while a row of another refers to one."""
        with self._journal.atomic():
            table, going = self._table(selection.label), self._selected(selection)
            gone = {id(row) for row in going}
            self._journal.note(_put_back(table.rows))
            table.rows[:] = [row for row in table.rows if id(row) not in gone]
            self._refuse_orphans(selection.label, {row[KEY] for row in going})
            return len(going)

    def clear(self, selection: Selection, columns: Sequence[str]) -> int:
        """Empty these columns of the selected rows."""
        with self._journal.atomic():
            required, rows = self._table(selection.label).required, self._selected(selection)
            for row in rows:
                self._journal.note(write_back(row))
                row.update({column: _nothing(row, column, required) for column in columns})
            return len(rows)

    def _table(self, label: str) -> MemoryTable:
        if label not in self._tables:
            raise StoreError(f"there is no table {label!r}", hint=f"the tables are {', '.join(self._tables)}")
        return self._tables[label]

    def _selected(self, selection: Selection) -> list[Row]:
        people = bool(selection.root or selection.keys)
        if not people and selection.before is None:
            return []
        with self._journal.atomic():
            rows = self._table(selection.label).rows
            wanted = self._about(selection) if people else None
            found = [row for row in rows if (wanted is None or wanted(row)) and self._older(row, selection)]
            besides = {id(row) for other in selection.besides for row in self._selected(other)}
            return [row for row in found if id(row) not in besides]

    def _older(self, row: Row, selection: Selection) -> bool:
        """Whether a row's moment, or that of a row that it belongs to, lies before the selection's."""
        if selection.before is None:
            return True
        column, moment = selection.before
        return any(_lies_before(value, moment) for value in self._values(selection.label, row, column.split(".")))

    def _about(self, selection: Selection) -> Callable[[Row], bool]:
        """Whether a row's path leads to one of the selection's people."""
        label, path, keys = selection.label, selection.path, set(selection.keys)
        if isinstance(path, Match):
            root, _, target = path.target.rpartition(".")
            values = {row[target] for row in self._table(root).rows if str(row[KEY]) in keys} - {None, ""}
            return lambda row: not values.isdisjoint(self._values(label, row, path.column.split(".")))
        steps = [] if path == SELF else str(path).split(".")
        return lambda row: not keys.isdisjoint(map(str, self._values(label, row, [*steps, KEY])))

    def _values(self, label: str, row: Row, steps: Sequence[str]) -> Iterator[object]:
        """What stands at the end of a path: over foreign keys, and into JSON."""
        step, *rest = steps
        value = row.get(step)
        table = self._table(label).to.get(step)
        if not rest:
            yield value
        elif table:
            keys = value if isinstance(value, (list, tuple, set)) else [value]
            for other in self._table(table).rows:
                if other[KEY] in keys:
                    yield from self._values(table, other, rest)
        elif isinstance(value, Mapping):
            yield from self._values(label, dict(value), rest)

    def _refuse_orphans(self, label: str, gone: set[object]) -> None:
        for other, table in self._tables.items():
            for column in (column for column, target in table.to.items() if target == label):
                if any(row[column] in gone for row in table.rows if not isinstance(row[column], (list, set))):
                    raise StoreError(
                        f"rows of {other} still refer by {column!r} to rows of {label} that were to be deleted",
                        hint="delete those first, or clear the column",
                    )


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By primary key: numbers as numbers."""
    return sorted(rows, key=lambda row: place(row, str(row[KEY])))


def place(row: Row, key: str) -> str:
    """Where a primary key, of the kind that the row's is, stands in the order."""
    return key.zfill(20) if isinstance(row[KEY], int) else key


def _lies_before(value: object, moment: dt.datetime) -> bool:
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)) < moment
    return isinstance(value, dt.date) and value < utc(moment).date()


def _nothing(row: Row, column: str, required: frozenset[str]) -> object:
    if column not in required:
        return None
    if isinstance(row[column], str):
        return ""
    raise StoreError(f"column {column!r} can be neither NULL nor empty", hint="redact it, or delete the row")


def _put_back(rows: list[Row]) -> Callable[[], object]:
    before = list(rows)
    return lambda: rows.__setitem__(slice(None), before)


def write_back(row: Row) -> Callable[[], object]:
    """What undoes a change of a row that is about to be made."""
    before = dict(row)
    return lambda: row.update(before)
