"""Reads columns of many rows, and of the rows that they belong to: in a few queries, however many rows there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consentguard.datamap.paths import Schema
from consentguard.datamap.schema import Table
from consentguard.plan.ways import holding
from consentguard.ports import Dataset
from consentguard.records import Selection, Test

PORTION = 1_000
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of rows of one database."""

    schema: Schema
    dataset: Dataset

    def of(self, label: str, keys: Sequence[str], columns: Iterable[str]) -> dict[str, Row]:
        """The columns of the rows with these primary keys, by key: own ones, and `order.placed` over foreign keys.

        A row that is not there is left out. It takes a query or two for each table that a column stands in.
        """
        columns, found = tuple(columns), dict[str, Row]()
        for start in range(0, len(keys), PORTION):
            found |= self._portion(label, keys[start : start + PORTION], columns)
        return found

    def _portion(self, label: str, keys: Sequence[str], columns: Sequence[str]) -> dict[str, Row]:
        table, rows = self.schema[label], Selection.of(label, keys)
        ways = {first: _rest(columns, first) for first in map(_first, columns) if self._leads(table, first)}
        own = [name for name in map(_first, columns) if name not in ways]
        links = {first: holding(table.ways[first])[0] for first in ways}
        read = tuple(dict.fromkeys((*own, *links.values())))
        known = self.dataset.keys(rows, "", len(keys))
        found = dict(zip(known, self.dataset.rows(rows, read), strict=False))
        ends = {first: self._ends(table, first, found.values(), links[first], rest) for first, rest in ways.items()}
        return {
            key: {column: self._value(row, column, links, ends) for column in columns} for key, row in found.items()
        }

    def _ends(self, table: Table, first: str, rows: Iterable[Row], link: str, rest: Sequence[str]) -> Mapping[str, Row]:
        keys = list(dict.fromkeys(str(row[link]) for row in rows if row[link] is not None))
        return self.of(table.ways[first].targets[0], keys, rest)

    def _leads(self, table: Table, name: str) -> bool:
        way = table.ways.get(name)
        return name not in self._plain(table) and way is not None and way.kind == "foreign_key"

    def _plain(self, table: Table) -> frozenset[str]:
        return frozenset(column.name for column in table.columns if not column.key)

    def _value(self, row: Row, column: str, links: Mapping[str, str], ends: Mapping[str, Mapping[str, Row]]) -> object:
        first, _, rest = column.partition(".")
        if first in ends:
            return ends[first].get(str(row[links[first]]), {}).get(rest)
        value = row[first]
        for step in rest.split(".") if rest else ():
            value = value.get(step) if isinstance(value, Mapping) else None
        return value


def _first(column: str) -> str:
    return column.partition(".")[0]


def _rest(columns: Sequence[str], first: str) -> list[str]:
    return [column.partition(".")[2] for column in columns if _first(column) == first]


def moment(value: object) -> dt.datetime | None:
    """The moment that a value is: of a date the end of its day, and in UTC where no time zone is said."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value + dt.timedelta(days=1), dt.time(), dt.UTC)
    return None


def passes(test: Test, row: Row) -> bool:
    """Whether a test that is no matter of time holds of a row, as it does in the database."""
    values = [row.get(column) for column in test.column.split(",")]
    if test.how == "filled":
        return any(value not in (None, "") for value in values)
    if test.how == "empty":
        return values[0] in (None, "")
    texts = test.value if isinstance(test.value, tuple) else ()
    named = values[0] is not None and str(values[0]).casefold() in {text.casefold() for text in texts}
    return named == (test.how == "among")
