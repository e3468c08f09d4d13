"""Reads an archive into a site's tables: parents before children, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from pathlib import Path

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import EMPTIED, Column, Relation, Table
from consentguard.exports.contents import Row
from consentguard.exports.errors import ArchiveError
from consentguard.exports.reading import Archive, archive
from consentguard.plan.ways import holding
from consentguard.ports import Dataset, Stores
from consentguard.records import Selection

PORTION = 1000
"""How many rows are added by one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read in: rows by table, and how many references were emptied, by column, since nothing was there."""

    rows: Mapping[str, int]
    loosened: Mapping[str, int]


def import_archive(path: Path, data_map: DataMap, stores: Stores) -> Imported:
    """Joined. Verify an archive and add its rows to the tables of the same names.

    A column that the archive withholds is emptied, and so is a reference to a row that is nowhere, where it may be.
    Raises ArchiveError, with nothing changed, for an archive that was changed or is cut short, and for one that does
    not fit the tables; StoreError where the database refuses a row, such as one that is there already.
    """
    with archive(path) as opened:
        opened.verify()
        labels = _ordered(data_map, [held.label for held in opened.contents.tables])
        with stores.transactions.atomic():
            loader = _Loader(opened, data_map, stores.dataset, frozenset(labels))
            for label in labels:
                loader.load(label)
            for label in labels:
                loader.tie(label)
        return Imported(rows=loader.rows, loosened=loader.loosened)


def _ordered(data_map: DataMap, labels: Sequence[str]) -> tuple[str, ...]:
    """The tables with parents before children; a reference that may be empty can wait. Raises ArchiveError."""
    for label in labels:
        if label not in data_map.schema:
            raise ArchiveError(f"it has rows of {label}, which is no table of this site", hint="import it where it is")
    for every in (True, False):
        graph = {label: set(_parents(data_map.schema[label], labels, every=every)) for label in labels}
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " and ".join(dict.fromkeys(error.args[1]))
    raise ArchiveError(f"the rows of {circle} need one another", hint="no order is right: import them by hand")


def _parents(table: Table, labels: Sequence[str], *, every: bool) -> Iterator[str]:
    for way in _references(table):
        parent = way.targets[0]
        if parent in labels and parent != table.label and (every or not _may_wait(table, way)):
            yield parent


def _references(table: Table) -> Iterator[Relation]:
    """The foreign keys that lead to one table, by one column."""
    for way in table.relations:
        columns = holding(way)
        if way.kind == "foreign_key" and len(way.targets) == len(columns) == 1 and columns[0] in table.by_name:
            yield way


def _may_wait(table: Table, way: Relation) -> bool:
    return not table.by_name[holding(way)[0]].required


@dataclass
class _Loader:
    archive: Archive
    data_map: DataMap
    dataset: Dataset
    labels: frozenset[str]
    rows: dict[str, int] = field(default_factory=dict)
    loosened: dict[str, int] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)
    waiting: dict[str, set[str]] = field(default_factory=dict)

    def load(self, label: str) -> None:
        """Add the rows of a table; references to rows that come later wait."""
        table = self.data_map.schema[label]
        lines = self.archive.rows(label)
        self.rows[label], self.keys[label] = 0, set()
        self.waiting[label] = {
            holding(way)[0]
            for way in _references(table)
            if way.targets[0] in self.labels
            and way.targets[0] not in self.rows.keys() - {label}
            and _may_wait(table, way)
        }
        for portion in _portions(lines):
            whole = self._whole(table, portion)
            self._loosen(table, whole)
            self.rows[label] += self.dataset.insert(label, whole)
            self.keys[label].update(filter(None, (_key(table, row) for row in portion)))

    def tie(self, label: str) -> None:
        """Write the references that waited, now that every row is there."""
        if not self.waiting[label]:
            return
        table = self.data_map.schema[label]
        for portion in _portions(self.archive.rows(label)):
            tied = [{name: row.get(name) for name in self.waiting[label]} for row in portion]
            self._loosen(table, tied)
            for row, values in zip(portion, tied, strict=True):
                given = {name: value for name, value in values.items() if value is not None}
                key = _key(table, row)
                if given and key is None:
                    hint = "the references of its rows to one another cannot be written"
                    raise ArchiveError(f"the rows of {label} have no primary key in it", hint=hint)
                if given and key is not None:
                    self.dataset.change(Selection.of(label, (key,)), given)

    def _whole(self, table: Table, rows: Sequence[Row]) -> list[dict[str, object]]:
        """The rows, each with the columns that any has and those that must hold a text; what waits is empty for now."""
        known = dict.fromkeys(name for row in rows for name in row)
        if strangers := known.keys() - table.by_name.keys():
            names = ", ".join(sorted(strangers))
            raise ArchiveError(
                f"rows of {table.label} have columns that the table of this site does not: {names}",
                hint="import it where the tables are those that it was made from",
            )
        texts = [column.name for column in table.columns if column.required and column.type in EMPTIED]
        empty = {name: _nothing(table.by_name[name]) for name in dict.fromkeys([*known, *texts])}
        later = dict.fromkeys(self.waiting[table.label] & known.keys())
        return [{**empty, **row, **later} for row in rows]

    def _loosen(self, table: Table, rows: Sequence[dict[str, object]]) -> None:
        """Empty the references to rows that are neither in the archive nor in the database."""
        for way in _references(table):
            name, target = holding(way)[0], way.targets[0]
            if target == table.label and table.by_name[name].required:
                continue  # a row that cannot be without its like: the order of the archive has to be right
            wanted = {str(value) for row in rows if (value := row.get(name)) is not None}
            gone = (
                self._missing(target, wanted - self.keys.get(target, set()))
                if _by_key(self.data_map, table, way)
                else ()
            )
            if not gone or (target == table.label and table.by_name[name].required):
                continue
            if table.by_name[name].required:
                raise ArchiveError(
                    f"rows of {table.label} belong to rows of {target} that are neither in it nor in the database",
                    hint=f"add those rows of {target} first: they are not the person's own",
                )
            for row in rows:
                if str(row.get(name)) in gone:
                    row[name] = None
                    where = f"{table.label}.{name}"
                    self.loosened[where] = self.loosened.get(where, 0) + 1

    def _missing(self, label: str, keys: Iterable[str]) -> set[str]:
        wanted = set(keys)
        if not wanted:
            return wanted
        return wanted - set(self.dataset.keys(Selection.of(label, tuple(wanted)), "", len(wanted)))


def _by_key(data_map: DataMap, table: Table, way: Relation) -> bool:
    """Whether a reference holds the primary key of what it leads to, as far as types tell."""
    target = data_map.schema.get(way.targets[0])
    primary = [column for column in target.columns if column.primary] if target else []
    return len(primary) == 1 and primary[0].type == table.by_name[holding(way)[0]].type


def _key(table: Table, row: Row) -> str | None:
    primary = [column.name for column in table.columns if column.primary]
    return str(row[primary[0]]) if len(primary) == 1 and row.get(primary[0]) is not None else None


def _nothing(column: Column) -> object:
    """What a column holds of which a row says nothing; the database refuses NULL where it must."""
    return "" if column.required and column.type in EMPTIED and not column.key else None


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while portion := list(islice(rows, PORTION)):
        yield portion
