"""Seeds a data subject for the canary: a row of every table that leads to them, each tagged value unique."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Relation, Table
from consentguard.datamap.tags import SELF, Match
from consentguard.plan.erasure import leads, selected
from consentguard.plan.steps import Found
from consentguard.plan.ways import holding
from consentguard.ports import Dataset, StoreError
from consentguard.records import Selection
from consentguard.testing.canary_files import KeptFile, Shelf
from consentguard.testing.canary_values import SeedError, text_of, value_of

Values = Mapping[str, Callable[[str], object]]
"""What a column holds instead, by `Label.column`: told the canary, which it should have in it if it can."""
AT_ONCE = 1000
LAST = 99
"""Canaries of files are counted down from here, those of columns up from nought."""
Row = tuple[str, str]
"""A table and the primary key of a row."""


@dataclass
class Seeded:
    """One made-up data subject: their own row, the rows that lead to them, and the canary in each column.

    `beside` are rows that only had to be there, such as what theirs refer to, and rows of others that theirs concern.
    """

    kind: str
    root: str
    mark: str
    key: str = ""
    rows: dict[Row, dict[str, str]] = field(default_factory=dict)
    beside: dict[Row, dict[str, str]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    order: list[Row] = field(default_factory=list)
    files: list[KeptFile] = field(default_factory=list)

    @property
    def found(self) -> Found:
        """Whom the planner has to erase."""
        return Found(subject=self.kind, root=self.root, keys=(self.key,))

    def canaries(self) -> Iterator[tuple[Row, str, str]]:
        """The canaries of their rows, each with its column, and with that which names the file that it stands in."""
        for row, canaries in self.rows.items():
            yield from ((row, column, canary) for column, canary in canaries.items())
            yield from ((row, file.column, file.canary) for file in self.files if (file.label, file.key) == row)

    def where(self) -> dict[str, tuple[str, ...]]:
        """The columns that hold each canary of theirs, and those whose files do."""
        held: dict[str, list[str]] = {}
        filed = {file.canary for file in self.files}
        for (label, _), column, canary in self.canaries():
            held.setdefault(canary, []).append(f"{label}.{column}{' (the file)' if canary in filed else ''}")
        return {canary: tuple(places) for canary, places in held.items()}


class Seeder:
    """Makes up data subjects in one database."""

    def __init__(
        self,
        data_map: DataMap,
        dataset: Dataset,
        shelf: Shelf,
        values: Values | None = None,
        sealed: Collection[str] = (),
    ) -> None:
        """`sealed` names the encrypted columns, by which a row may not be found."""
        self._data_map, self._dataset, self._values = data_map, dataset, values or {}
        self._shelf, self._sealed = shelf, sealed
        self._wanted = frozenset(_on_the_way(data_map))

    def seed(self, kind: str, root: str) -> Seeded:
        """A new data subject of a kind. Raises SeedError where their own row cannot be made up."""
        person = Seeded(kind=kind, root=root, mark=f"cg{secrets.token_hex(4)}")
        making = _Making(self._data_map, self._dataset, self._shelf, self._values, self._sealed, self._wanted, person)
        person.key = making.row(root)
        for table in self._data_map.tables:
            if leads(self._data_map, table, person.found):
                making.attempt(table.label)
        making.sort()
        return person

    def remove(self, person: Seeded) -> None:
        """Take away whatever is left of a made-up data subject: what refers to others first."""
        for label, key in reversed(person.order):
            self._dataset.delete(Selection.of(label, (key,)))
        self._shelf.remove(person.files)


@dataclass
class _Making:
    data_map: DataMap
    dataset: Dataset
    shelf: Shelf
    values: Values
    sealed: Collection[str]
    wanted: frozenset[tuple[str, str]]
    person: Seeded
    made: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    canaries: dict[Row, dict[str, str]] = field(default_factory=dict)

    def attempt(self, label: str) -> None:
        """A row of a table; or the reason why there is none."""
        try:
            self.row(label)
        except (SeedError, StoreError) as error:
            self.person.skipped[label] = error.message

    def row(self, label: str) -> str:
        """The primary key of this person's row in a table, made where there is none."""
        if label not in self.made:
            if label in self.begun:
                raise SeedError(f"the rows of {label} refer to one another in a circle")
            self.begun.append(label)
            self.made[label] = self._insert(label)
            self.begun.remove(label)
            for table in self._referring(label):
                self.attempt(table)
        return self.made[label]

    def sort(self) -> None:
        """Part the rows that are about the person from those that only had to be there."""
        for (label, key), canaries in self.canaries.items():
            table, found = self.data_map.schema[label], self.person.found
            theirs = label in self.data_map.tags and leads(self.data_map, table, found) and self._is_theirs(label, key)
            (self.person.rows if theirs else self.person.beside)[label, key] = canaries
        held = {label for label, _ in self.person.rows}
        for table in self.data_map.tables:
            if leads(self.data_map, table, self.person.found) and table.label not in held:
                self.person.skipped.setdefault(table.label, "no row of it could be led to the data subject")

    def _is_theirs(self, label: str, key: str) -> bool:
        theirs = selected(self.data_map, self.data_map.schema[label], self.person.found)
        return key in self.dataset.keys(theirs, "", AT_ONCE)

    def _referring(self, label: str) -> Iterator[str]:
        """Tables over which a path leads backward from this one."""
        ways = self.data_map.schema[label].relations
        for way in ways:
            if way.kind == "reverse" and (label, way.name) in self.wanted:
                yield from (end for end in way.targets if end not in self.made and end not in self.begun)

    def _insert(self, label: str) -> str:
        table, canaries = self.data_map.schema[label], dict[str, str]()
        row = {**dict(self._keys(table)), **dict(self._contents(table, canaries))}
        before = None if self._searchable(label, canaries) else self._all(label)
        self.dataset.insert(label, [row])
        key = self._key(label, canaries, before)
        self.person.order.append((label, key))
        self.canaries[label, key] = canaries
        for file in self.person.files:
            file.key = key if file.label == label and not file.key else file.key
        return key

    def _key(self, label: str, canaries: Mapping[str, str], before: set[str] | None) -> str:
        if before is not None:
            return (self._all(label) - before).pop()
        column = self._searchable(label, canaries)
        return self.dataset.match(label, column, self._written(label, column, canaries[column]))[0]

    def _searchable(self, label: str, canaries: Mapping[str, str]) -> str:
        columns = self.data_map.schema[label].by_name
        texts = (name for name in canaries if columns[name].type in ("text", "email"))
        return next((name for name in texts if f"{label}.{name}" not in self.sealed), "")

    def _written(self, label: str, column: str, canary: str) -> str:
        own = self.values.get(f"{label}.{column}")
        return str(own(canary)) if own else text_of(self.data_map.schema[label].by_name[column], canary)

    def _all(self, label: str) -> set[str]:
        found, portion = set[str](), [""]
        while portion := [*self.dataset.keys(Selection(label=label, whole=True), portion[-1], AT_ONCE)]:
            found.update(portion)
        return found

    def _keys(self, table: Table) -> Iterator[tuple[str, object]]:
        """The foreign keys that a row needs, or that lead to the person."""
        for way in table.relations:
            if way.kind == "foreign_key" and (self._is_needed(table, way) or (table.label, way.name) in self.wanted):
                column = table.by_name[holding(way)[0]]
                key = self._other(way.targets[0]) if self._is_others(table, way) else self.row(way.targets[0])
                yield column.name, int(key) if column.type == "integer" else key

    def _is_needed(self, table: Table, way: Relation) -> bool:
        return any(table.by_name[name].required for name in holding(way) if name in table.by_name)

    def _is_others(self, table: Table, way: Relation) -> bool:
        """Whether a foreign key leads to somebody else whom the row concerns too, in the same table as the person."""
        tag = self.data_map.tags.get(table.label)
        kinds = {kind for kind, path in (tag.subjects if tag else {}).items() if _first(path) == way.name}
        return bool(kinds) and self.person.kind not in kinds and way.targets[0] == self.person.root

    def _other(self, label: str) -> str:
        if label not in self.others:
            self.others[label] = self._insert(label)
        return self.others[label]

    def _contents(self, table: Table, canaries: dict[str, str]) -> Iterator[tuple[str, object]]:
        held = {entry.column: entry.category for entry in self.data_map.entries if entry.table == table.label}
        copied = dict(self._copied(table, canaries))
        for column in table.columns:
            own = self.values.get(f"{table.label}.{column.name}")
            if column.name in copied:
                yield column.name, copied[column.name]
            elif own or held.get(column.name) or (column.required and not column.key):
                canary = f"{self.person.mark}{len(self.canaries):02}{len(canaries):02}"
                filed = column.type == "file" and not own and held.get(column.name)
                name = self._file(table.label, column.name, canary) if filed else ""
                value = own(canary) if own else name or value_of(column, canary, table.label)
                if held.get(column.name) and canary in str(value):
                    canaries[column.name] = canary
                yield column.name, value

    def _file(self, label: str, column: str, canary: str) -> str:
        """The name of a file of its own, with the canary in it, and in which another one stands; empty without one."""
        inside = f"{canary[:-2]}{LAST - len(self.person.files):02}"
        kept = self.shelf.keep(label, column, f"{canary}.txt", inside)
        if kept is None:
            return ""
        self.person.files.append(kept)
        return kept.name

    def _copied(self, table: Table, canaries: dict[str, str]) -> Iterator[tuple[str, object]]:
        """What a soft reference repeats of the person's own row."""
        tag = self.data_map.tags.get(table.label)
        for kind, path in tag.subjects.items() if tag else ():
            if isinstance(path, Match) and kind == self.person.kind and path.target.startswith(f"{self.person.root}."):
                source, (name, *inside) = path.target.rpartition(".")[2], path.column.split(".")
                canary = self.canaries.get((self.person.root, self.made.get(self.person.root, "")), {}).get(source)
                if canary and name in table.by_name:
                    value: object = self._written(self.person.root, source, canary)
                    canaries[name] = canary
                    for step in reversed(inside):
                        value = {step: value}
                    yield name, value


def _on_the_way(data_map: DataMap) -> Iterator[tuple[str, str]]:
    """The relations that paths lead over, by the table they stand in: of a backward one, both ends."""
    for label, tag in data_map.tags.items():
        for path in tag.subjects.values():
            at = label
            for step in () if path == SELF or isinstance(path, Match) else str(path).split("."):
                way = data_map.schema[at].ways.get(step) if at in data_map.schema else None
                if way is None or len(way.targets) != 1:
                    break
                yield at, step
                if way.kind == "reverse":
                    back = data_map.schema[way.targets[0]].relations
                    yield from ((way.targets[0], each.name) for each in back if at in each.targets)
                at = way.targets[0]


def _first(path: object) -> str:
    return "" if isinstance(path, Match) else str(path).partition(".")[0]
