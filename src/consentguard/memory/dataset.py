"""A host's tables in memory: rows are dicts, and a foreign key is the other row's primary key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from consentguard.datamap.alike import alike
from consentguard.datamap.values import parsed
from consentguard.memory.journal import Journal, utc
from consentguard.memory.selecting import Selecting
from consentguard.memory.tables import KEY, MemoryTable, Row, in_order, place, write_back
from consentguard.ports import StoreError
from consentguard.records import Selection, Weight


class MemoryDataset:
    """`consentguard.ports.Dataset` over tables in memory. No other package keeps the past of their rows."""

    def __init__(self, journal: Journal, tables: Mapping[str, MemoryTable]) -> None:
        self._journal = journal
        self._tables = tables
        self._selecting = Selecting(tables)

    def match(self, label: str, column: str, value: str) -> Sequence[str]:
        """The primary keys of rows whose column is `value`."""
        with self._journal.atomic():
            found = [row for row in self._selecting.table(label).rows if alike(row[column], value)]
            return [str(row[KEY]) for row in in_order(found)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        return len(self._selected(selection))

    def weigh(self, selection: Selection, column: str = "") -> Weight:
        """How many rows are selected, about how many bytes, and the oldest moment of `column`."""
        rows = self._selected(selection)
        size = sum(len(str(value).encode()) for row in rows for value in row.values() if value is not None)
        steps = column.split(".") if column else []
        values = (value for row in rows if steps for value in self._selecting.values(selection.label, row, steps))
        return Weight(len(rows), size, min((_moment(value) for value in values if value is not None), default=None))

    def keys(self, selection: Selection, after: str, limit: int) -> Sequence[str]:
        """The first so many primary keys behind `after`."""
        rows = in_order(self._selected(selection))
        behind = [row for row in rows if not after or place(row, str(row[KEY])) > place(row, after)]
        return [str(row[KEY]) for row in behind[:limit]]

    def split(self, selection: Selection, parts: int) -> Sequence[str]:
        """At most `parts - 1` primary keys that part the selected rows into about equal shares."""
        keys = [str(row[KEY]) for row in in_order(self._selected(selection))]
        parts = min(parts, len(keys))
        return [keys[len(keys) * part // parts - 1] for part in range(1, parts)]

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key."""
        for row in in_order(self._selected(selection)):
            yield {column: row[column] for column in columns}

    def delete(self, selection: Selection) -> int:
        """Delete the selected rows. Raises StoreError, with nothing changed, while a row of another refers to one."""
        with self._journal.atomic():
            table, going = self._selecting.table(selection.label), self._selected(selection)
            gone = {id(row) for row in going}
            self._journal.note(_put_back(table.rows))
            table.rows[:] = [row for row in table.rows if id(row) not in gone]
            self._refuse_orphans(selection.label, {row[KEY] for row in going})
            return len(going)

    def clear(self, selection: Selection, columns: Sequence[str]) -> int:
        """Empty these columns of the selected rows."""
        table = self._selecting.table(selection.label)
        return self._write(selection, lambda row: {column: _nothing(row, column, table) for column in columns})

    def change(self, selection: Selection, values: Mapping[str, object]) -> int:
        """Give columns of the selected rows these values."""
        given = _typed(selection.label, self._selecting.table(selection.label), values)
        return self._write(selection, lambda _: given)

    def insert(self, label: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Add rows. A row without a primary key gets the next number."""
        with self._journal.atomic():
            table = self._selecting.table(label)
            self._journal.note(_put_back(table.rows))
            for row in rows:
                new = {KEY: _next(table.rows), **_typed(label, table, row)}
                if any(kept[KEY] == new[KEY] for kept in table.rows):
                    raise StoreError(f"{label} has a row with this primary key already", hint="leave it out")
                table.rows.append(new)
            return len(rows)

    def histories(self, label: str) -> Sequence[str]:
        """None."""
        self._selecting.table(label)
        return ()

    def forget(self, label: str, keys: Sequence[str], columns: Sequence[str] = ()) -> Mapping[str, int]:
        """Nothing is to be forgotten."""
        self._selecting.table(label)
        return {}

    def _selected(self, selection: Selection) -> list[Row]:
        with self._journal.atomic():
            return self._selecting.rows(selection)

    def _write(self, selection: Selection, new: Callable[[Row], Row]) -> int:
        with self._journal.atomic():
            rows = self._selected(selection)
            for row in rows:
                self._journal.note(write_back(row))
                row.update(new(row))
            return len(rows)

    def _refuse_orphans(self, label: str, gone: set[object]) -> None:
        for other, table in self._tables.items():
            for column in (column for column, target in table.to.items() if target == label):
                if any(row[column] in gone for row in table.rows if not isinstance(row[column], (list, set))):
                    raise StoreError(
                        f"rows of {other} still refer by {column!r} to rows of {label} that were to be deleted",
                        hint="delete those first, or clear the column",
                    )


def _next(rows: Sequence[Row]) -> int:
    return max((key for row in rows if isinstance(key := row[KEY], int)), default=0) + 1


def _moment(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return utc(value if value.tzinfo else value.replace(tzinfo=dt.UTC))
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), dt.UTC)
    raise StoreError("the column holds no moments", hint="name one of dates or moments")


def _typed(label: str, table: MemoryTable, values: Mapping[str, object]) -> Row:
    """These values as the columns hold them. Raises StoreError."""
    wrong = next((column for column, value in values.items() if not _is_possible(table, column, value)), None)
    if wrong is not None:
        raise StoreError(f"{label}.{wrong} cannot hold what it is given", hint="give it a value of its type")
    return {column: parsed(table.types.get(column, "other"), value) for column, value in values.items()}


def _is_possible(table: MemoryTable, column: str, value: object) -> bool:
    try:
        parsed(table.types.get(column, "other"), value)
    except (TypeError, ValueError):
        return False
    return value is not None or column not in table.required


def _nothing(row: Row, column: str, table: MemoryTable) -> object:
    if column not in table.required:
        return None
    if isinstance(row[column], str):
        return str(row[KEY]) if column in table.unique else ""
    raise StoreError(f"column {column!r} can be neither NULL nor empty", hint="redact it, or delete the row")


def _put_back(rows: list[Row]) -> Callable[[], object]:
    before = list(rows)
    return lambda: rows.__setitem__(slice(None), before)
