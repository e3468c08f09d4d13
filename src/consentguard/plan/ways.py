"""How rows hang together: which foreign keys lead to a table, and what a selection needs to find its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import Schema
from consentguard.datamap.schema import EMPTIED, Relation, Table
from consentguard.datamap.tags import SELF, Match
from consentguard.records import Selection

Needs = dict[str, set[str]]
"""Tables whose rows a selection is found by, with the columns that it reads in each."""


def holding(relation: Relation) -> tuple[str, ...]:
    """The columns that hold a foreign key."""
    return relation.columns or (relation.name,)


def referrers(schema: Schema, label: str) -> Iterator[tuple[Table, Relation]]:
    """Every foreign key that leads to a table, in the order of the site's tables."""
    for table in schema.values():
        for relation in table.relations:
            if relation.kind == "foreign_key" and label in relation.targets:
                yield table, relation


def is_required(table: Table, relation: Relation) -> bool:
    """Whether a row cannot be without what its foreign key leads to."""
    columns = [table.by_name[name] for name in holding(relation) if name in table.by_name]
    return any(column.required for column in columns)


def clearable(table: Table, name: str) -> bool:
    """Whether a column can be emptied: of NULL, or of characters."""
    column = table.by_name[name]
    return not column.required or (column.type in EMPTIED and not column.key)


def is_link(data_map: DataMap, table: Table) -> bool:
    """Whether a table only links others: nothing but keys, and no tag that says what becomes of a row."""
    return table.label not in data_map.tags and all(column.key for column in table.columns)


def may_be_of_others(data_map: DataMap, table: Table, relation: Relation) -> bool:
    """Whether rows may be about somebody whom what their foreign key leads to is not about.

    Tables alone do not tell more than this: a path to a person leads another way.
    """
    tag = data_map.tags.get(table.label)
    paths = [path.column if isinstance(path, Match) else path for path in tag.subjects.values()] if tag else []
    return any(path.split(".")[0] != relation.name for path in paths)


def behind(table: Table, relation: Relation, selection: Selection) -> Selection:
    """The rows of `table` whose foreign key leads to a selected row."""
    where = tuple(replace(test, column=_led(relation.name, test.column)) for test in selection.where)
    path = joined(relation.name, selection.path) if selection.root else SELF
    besides = tuple(behind(table, relation, each) for each in selection.besides if each.label == selection.label)
    return replace(selection, label=table.label, path=path, where=where, besides=besides)


def _led(step: str, columns: str) -> str:
    """The columns of a test over one more relation in front."""
    return ",".join(f"{step}.{column}" for column in columns.split(","))


def within(rows: Selection, others: Sequence[Selection]) -> Selection:
    """Those of some rows that others select too."""
    return replace(rows, besides=(replace(rows, besides=(*rows.besides, *others)), *rows.besides))


def joined(step: str, path: str | object) -> str | Match:
    """The path over one more relation in front."""
    if isinstance(path, Match):
        return Match(f"{step}.{path.column}", path.target)
    return step if path == SELF else f"{step}.{path}"


def needs(schema: Schema, selection: Selection) -> Needs:
    """What must still be there for the rows to be found."""
    found: Needs = {}
    path = selection.path
    if isinstance(path, Match):
        _walk(schema, selection.label, path.column, found)
        label, _, column = path.target.rpartition(".")
        found.setdefault(label, set()).add(column)
    elif isinstance(path, str) and path != SELF:
        _walk(schema, selection.label, path, found)
    for test in selection.where:
        for column in test.column.split(","):
            _walk(schema, selection.label, column, found)
    return found


def _walk(schema: Schema, start: str, path: str, found: Needs) -> None:
    at = {start}
    for step in path.split("."):
        for label in at:
            relation = schema[label].ways.get(step)
            columns = {step} if relation is None else set(holding(relation))
            found.setdefault(label, set()).update(columns & schema[label].by_name.keys())
        at = {end for label in at for end in _ends(schema, label, step, found)}


def _ends(schema: Schema, label: str, step: str, found: Needs) -> Iterator[str]:
    """Where a step leads; the keys of a reverse or many-to-many step stand at its other end, or between the two."""
    relation = schema[label].ways.get(step)
    if relation is None:
        return
    for end in relation.targets:
        if end in schema:
            found.setdefault(end, set())
            yield end
    for table, way in referrers(schema, label):
        if _carries(relation, table):
            found.setdefault(table.label, set()).update(holding(way))


def _carries(relation: Relation, table: Table) -> bool:
    """Whether the keys that a relation goes by stand in a table which refers to where it starts."""
    if relation.kind == "reverse":
        return table.label in relation.targets
    ends = {end for each in table.relations if each.kind == "foreign_key" for end in each.targets}
    return relation.kind == "many_to_many" and bool(ends & set(relation.targets))
