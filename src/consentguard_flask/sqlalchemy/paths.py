"""Follows the paths of a data map through the host's classes and tables, as conditions of a query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator

from consentguard.datamap.schema import ColumnType
from consentguard.datamap.tags import SELF, Match
from consentguard.ports import StoreError
from consentguard.records import Selection
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.neutral import neutral

Condition = sa.ColumnElement[bool]
Then = Callable[["Rows"], Condition]
KEYS: Mapping[ColumnType, Callable[[str], object]] = {
    "integer": int,
    "uuid": UUID,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
}
"""How a key that is text becomes the value of a column; of any other type it stays as it is."""


class Rows:
    """The rows of one table in a query, under a name of their own. Raises StoreError for an unknown label."""

    def __init__(self, models: Models, label: str) -> None:
        table = models.table(label)
        if table is None:
            hint = "a label is a class's name, or a table's that has no class"
            raise StoreError(f'this site has no table "{label}"', hint=hint)
        self.label = label
        self.table = table
        self.alias = table.alias()
        self._models = models
        self._columns = {name: column for column, name in models.names(table).items()}

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self._columns

    def source(self, name: str) -> sa.Column[Any]:
        """The table's own column that the data map calls `name`. Raises StoreError."""
        if name not in self._columns:
            raise StoreError(f'"{self.label}" has no column "{name}"', hint="the data map names its columns")
        return self._columns[name]

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """A column in the query. Raises StoreError."""
        return self.alias.c[self.source(name).key]

    @property
    def keys(self) -> tuple[sa.Column[Any], ...]:
        """The table's own primary key. Raises StoreError where it has none."""
        if not self.table.primary_key.columns:
            hint = "give it one: its rows cannot be told apart"
            raise StoreError(f'"{self.label}" has no primary key', hint=hint)
        return tuple(self.table.primary_key.columns)

    @property
    def key(self) -> sa.ColumnElement[Any]:
        """The primary key in the query, of one column. Raises StoreError where it has several."""
        if len(self.keys) != 1:
            hint = "the table of a data subject needs a primary key of one column"
            raise StoreError(f'"{self.label}" has a primary key of several columns', hint=hint)
        return self.alias.c[self.keys[0].key]

    def of(self, keys: Sequence[str]) -> Condition:
        """The rows with these primary keys."""
        return self.key.in_([value for key in keys for value in typed(self.key, key)])

    def relationship(self, name: str) -> orm.RelationshipProperty[Any] | None:
        """The relationship of that name, of whichever class has it."""
        every = (mapper.relationships.get(name) for mapper in self._models.mappers(self.table))
        return next((found for found in every if found is not None), None)

    def entity(self, mapper: orm.Mapper[Any]) -> tuple[Any, Condition | None]:
        """A class over these rows, for its relationships, and what ties the two together.

        A joined child has columns in its parent's table, so it stands in the query beside its own table.
        """
        if mapper.inherits is None or mapper.single:
            return orm.aliased(mapper.class_, self.alias), None
        beside = orm.aliased(mapper.class_)
        ties = zip(self.keys, mapper.primary_key, strict=True)
        same = (self.alias.c[own.key] == getattr(beside, mapper.get_property_by_column(top).key) for own, top in ties)
        return beside, sa.and_(*same)


class Paths:
    """Conditions for selections. `exact` says whether two texts are the same, for databases that are lenient."""

    def __init__(self, models: Models, exact: Callable[[Any, Any], Condition]) -> None:
        self._models = models
        self._exact = exact

    def rows(self, label: str) -> Rows:
        """The rows of a table. Raises StoreError for an unknown label."""
        return Rows(self._models, label)

    def selected(self, rows: Rows, selection: Selection) -> Condition:
        """What `selection` asks of the rows of its table; nothing is selected by nothing. Raises StoreError."""
        conditions = []
        if selection.root or selection.keys:
            conditions.append(self._of(rows, selection.path, selection.keys))
        if selection.before:
            conditions.append(self._before(rows, *selection.before))
        # what a condition does not know, such as whose a row without an owner is, does not hold
        besides = (sa.case((self.selected(rows, other), 0), else_=1) == 1 for other in selection.besides)
        return sa.and_(*conditions, *besides) if conditions else sa.false()

    def _before(self, rows: Rows, dotted: str, moment: dt.datetime) -> Condition:
        """The rows whose moment, or that of a row that they belong to, lies before another."""
        *steps, name = dotted.split(".")
        return self._along(rows, steps, lambda there: there.column(name) < _as_kept(there.source(name).type, moment))

    def _of(self, rows: Rows, path: str | object, keys: Sequence[str]) -> Condition:
        if isinstance(path, Match):
            return self._matching(rows, path, keys)
        steps = [] if path == SELF else str(path).split(".")
        return self._along(rows, steps, lambda there: there.of(keys))

    def _matching(self, rows: Rows, match: Match, keys: Sequence[str]) -> Condition:
        label, _, name = match.target.rpartition(".")
        people = self.rows(label)
        steps, column, inside = self._split(rows, match.column.split("."))

        def same(there: Rows) -> Condition:
            ours, theirs = there.column(column), people.column(name)
            if inside:
                ours, theirs = ours[tuple(inside)].as_string(), sa.cast(theirs, sa.String)
            # an empty text refers to nobody, and not to everybody who left theirs empty
            said = theirs != "" if isinstance(theirs.type, sa.String) else sa.true()
            return _exists(people, self._exact(ours, theirs), said, people.of(keys))

        return self._along(rows, steps, same)

    def _split(self, rows: Rows, steps: Sequence[str]) -> tuple[Sequence[str], str, Sequence[str]]:
        """The relations, the column, and the path into it, of the dotted column of a Match."""
        for number, step in enumerate(steps):
            rest = steps[number + 1 :]
            following = self._target(rows, step) if rest else None
            if following is None:
                return steps[:number], step, rest
            rows = following
        return steps[:-1], steps[-1], ()

    def _along(self, rows: Rows, steps: Sequence[str], then: Then) -> Condition:
        """What `then` says of the rows that some steps lead to."""
        if not steps:
            return then(rows)
        step, *rest = steps
        there = self._target(rows, step)
        if there is None:
            raise StoreError(f'"{rows.label}" has no relation "{step}"', hint="the data map names its relations")
        found = self._along(there, rest, then)
        relationship = rows.relationship(step)
        if relationship is not None:
            return _related(rows, relationship, there, found)
        column = rows.source(step)
        (key, *_) = column.foreign_keys
        return _exists(there, there.alias.c[key.column.key] == rows.column(step), found)

    def _target(self, rows: Rows, step: str) -> Rows | None:
        """The rows that a relation leads to; None where there is no such relation."""
        relationship = rows.relationship(step)
        if relationship is not None:
            table: object = relationship.mapper.local_table
        elif rows.has(step) and rows.source(step).foreign_keys:
            table = next(iter(rows.source(step).foreign_keys)).column.table
        else:
            return None
        label = self._models.label(table) if isinstance(table, sa.Table) else None
        return None if label is None else self.rows(label)


def _related(rows: Rows, relationship: orm.RelationshipProperty[Any], there: Rows, found: Condition) -> Condition:
    """The rows that a relationship leads from, to those `there` that are `found`."""
    here, tie = rows.entity(relationship.parent)
    target, far_tie = there.entity(relationship.mapper)
    reached = found if far_tie is None else _exists(there, far_tie, found)
    way = getattr(here, relationship.key).of_type(target)
    related: Condition = way.any(reached) if relationship.uselist else way.has(reached)
    return related if tie is None else sa.exists().select_from(here).where(tie, related).correlate(rows.alias)


def _exists(there: Rows, *conditions: Condition) -> Condition:
    return sa.exists().select_from(there.alias).where(*conditions).correlate_except(there.alias)


def same(dialect: str, one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> Condition:
    """Equal to the byte: MariaDB takes texts for equal that are not, but finds them by an index."""
    equal: Condition = one == other
    if dialect not in MARIADB or not isinstance(one.type, sa.String):
        return equal
    return sa.and_(equal, sa.cast(one, mysql.BINARY) == sa.cast(other, mysql.BINARY))


def typed(column: sa.ColumnElement[Any], key: str) -> list[object]:
    """A key as its column holds it; none where it cannot be one."""
    kind = neutral(column.type)
    as_text = isinstance(column.type, sa.Uuid) and not column.type.as_uuid
    try:
        return [key if as_text or kind not in KEYS else KEYS[kind](key)]
    except ValueError:
        return []


def _as_kept(kind: Any, moment: dt.datetime) -> dt.date:
    """A moment as a column of the host's keeps it: in UTC, naive where the column knows no zone."""
    utc = moment.astimezone(dt.UTC)
    if isinstance(kind, sa.Date):
        return utc.date()
    aware = isinstance(kind, TypeDecorator) or cast(sa.DateTime, kind).timezone
    return utc if aware else utc.replace(tzinfo=None)
