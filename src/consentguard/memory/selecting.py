"""Selections over tables in memory: whose rows they are, and what holds of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from consentguard.datamap.alike import alike
from consentguard.datamap.tags import SELF, Match
from consentguard.memory.journal import utc
from consentguard.memory.tables import KEY, MemoryTable, Row, place
from consentguard.ports import StoreError
from consentguard.records import Selection, Test

OPPOSITES = {"since": "before", "outside": "among", "empty": "filled"}
"""What a test asks for that holds wherever another does not, NULL included."""


class Selecting:
    """Finds the rows of selections. A path follows foreign keys forward, never backward."""

    def __init__(self, tables: Mapping[str, MemoryTable]) -> None:
        self._tables = tables

    def table(self, label: str) -> MemoryTable:
        """The table of a label. Raises StoreError where there is none."""
        if label not in self._tables:
            raise StoreError(f"there is no table {label!r}", hint=f"the tables are {', '.join(self._tables)}")
        return self._tables[label]

    def rows(self, selection: Selection) -> list[Row]:
        """The selected rows, in the order in which the table has them."""
        if not (selection.of_people or selection.where or selection.whole):
            return []
        wanted = self._about(selection) if selection.of_people else lambda _: True
        found = [
            row
            for row in self.table(selection.label).rows
            if _lies_between(row, selection) and wanted(row) and self._holds(row, selection)
        ]
        besides = {id(row) for other in selection.besides for row in self.rows(other)}
        return [row for row in found if id(row) not in besides]

    def values(self, label: str, row: Row, steps: Sequence[str]) -> Iterator[object]:
        """What stands at the end of a path: over foreign keys, and into JSON."""
        step, *rest = steps
        value = row.get(step)
        table = self.table(label).to.get(step)
        if not rest:
            yield value
        elif table:
            keys = value if isinstance(value, (list, tuple, set)) else [value]
            for other in self.table(table).rows:
                if other[KEY] in keys:
                    yield from self.values(table, other, rest)
        elif isinstance(value, Mapping):
            yield from self.values(label, dict(value), rest)

    def _about(self, selection: Selection) -> Callable[[Row], bool]:
        """Whether a row's path leads to one of the selection's people."""
        label, path, keys = selection.label, selection.path, set(selection.keys)
        if isinstance(path, Match):
            root, _, target = path.target.rpartition(".")
            values = {row[target] for row in self.table(root).rows if str(row[KEY]) in keys} - {None, ""}
            return lambda row: not values.isdisjoint(self.values(label, row, path.column.split(".")))
        steps = [] if path == SELF else str(path).split(".")
        return lambda row: not keys.isdisjoint(map(str, self.values(label, row, [*steps, KEY])))

    def _holds(self, row: Row, selection: Selection) -> bool:
        return all(self._is(selection.label, row, test) for test in selection.where)

    def _is(self, label: str, row: Row, test: Test) -> bool:
        """Whether a test holds of a row. Raises StoreError for one that cannot be held against it."""
        how = OPPOSITES.get(test.how, test.how)
        lacking = next((column for column in test.column.split(",") if column.split(".")[0] not in row), None)
        if lacking is not None or (how != "filled" and test.value is None):
            raise StoreError(f"rows of {label} cannot be tested by {lacking or test.column!r}", hint="name a column")
        found = any(
            self._has(value, how, test, emptied)
            for column in test.column.split(",")
            for emptied in [str(row[KEY]) if column in self.table(label).unique else ""]
            for value in self.values(label, row, column.split("."))
        )
        return found is (how == test.how)

    @staticmethod
    def _has(value: object, how: str, test: Test, emptied: str) -> bool:
        if how == "filled":
            return value not in (None, "", emptied)
        if isinstance(test.value, tuple):
            return value is not None and any(alike(value, text) for text in test.value)
        return test.value is not None and _lies_before(value, test.value)


def _lies_between(row: Row, selection: Selection) -> bool:
    own = place(row, str(row[KEY]))
    after = not selection.above or own > place(row, selection.above)
    return after and (not selection.upto or own <= place(row, selection.upto))


def _lies_before(value: object, moment: dt.datetime) -> bool:
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)) < moment
    return isinstance(value, dt.date) and value < utc(moment).date()
