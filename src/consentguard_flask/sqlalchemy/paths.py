"""Follows the paths of a data map through the host's classes and tables, as conditions of a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql

from consentguard.datamap.tags import SELF, Match
from consentguard.ports import StoreError
from consentguard.records import Selection, Test
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.holding import OPPOSITES, has, is_not
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.row_keys import Condition, beyond, of_texts, up_to

Then = Callable[["Rows"], Condition]


class Rows:
    """The rows of one table in a query, under a name of their own. Raises StoreError for an unknown label."""

    def __init__(self, models: Models, label: str) -> None:
        table = models.table(label)
        if table is None:
            hint = "a label is a class's name, or a table's that has no class"
            raise StoreError(f'this site has no table "{label}"', hint=hint)
        self.label = label
        self.table = table
        self.alias: sa.FromClause = table.alias()
        self._models = models
        self._columns = {name: column for column, name in models.names(table).items()}

    def own(self) -> Rows:
        """The same rows under the name of the table itself, for a statement that changes it."""
        found = copy(self)
        found.alias = self.table
        return found

    @property
    def names(self) -> Sequence[str]:
        """The names of all columns."""
        return tuple(self._columns)

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

    @property
    def every_key(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The primary key in the query. Raises StoreError as `keys`."""
        return tuple(self.alias.c[key.key] for key in self.keys)

    def of(self, keys: Sequence[str]) -> Condition:
        """The rows with these primary keys; a text that can be none is nobody's."""
        return of_texts(self.every_key, keys)

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
        if not (selection.of_people or selection.where or selection.whole):
            return sa.false()
        conditions = [self._of(rows, selection.path, selection.keys)] if selection.of_people else [sa.true()]
        conditions += [self._holds(rows, test) for test in selection.where]
        keys = rows.every_key if selection.above or selection.upto else ()
        others = (self.selected(rows, other) for other in selection.besides if other.label == selection.label)
        # what a condition does not know, such as whose a row without an owner is, does not hold
        besides = map(is_not, others)
        return sa.and_(*conditions, *beyond(keys, selection.above), *up_to(keys, selection.upto), *besides)

    def value(self, rows: Rows, dotted: str) -> sa.ColumnElement[Any]:
        """A column, or that of the row that foreign keys lead to. Raises StoreError for a way to many rows."""
        step, *rest = dotted.split(".")
        if not rest:
            return rows.column(step)
        there, tie = self._one(rows, step)
        found = sa.select(self.value(there, ".".join(rest))).where(tie)
        return found.correlate_except(there.alias).scalar_subquery()

    def end(self, rows: Rows, dotted: str) -> sa.Column[Any]:
        """The column that such a path ends at, in its own table. Raises StoreError as `value`."""
        step, *rest = dotted.split(".")
        return self.end(self._one(rows, step)[0], ".".join(rest)) if rest else rows.source(step)

    def _one(self, rows: Rows, step: str) -> tuple[Rows, Condition]:
        """The rows that a foreign key leads to, and what ties them."""
        there, relationship = self._target(rows, step), rows.relationship(step)
        pairs: Sequence[tuple[Any, Any]] = ()
        if relationship is not None:
            pairs = () if relationship.uselist else relationship.local_remote_pairs or ()
        elif there is not None:
            pairs = [(rows.source(step), next(iter(rows.source(step).foreign_keys)).column)]
        is_own = bool(pairs) and all(near.table is rows.table for near, _ in pairs)
        if there is None or not is_own or not all(far.table is there.table for _, far in pairs):
            raise StoreError(f'"{rows.label}" has no foreign key "{step}"', hint="name one that leads to a single row")
        return there, sa.and_(*(there.alias.c[far.key] == rows.alias.c[near.key] for near, far in pairs))

    def _holds(self, rows: Rows, test: Test) -> Condition:
        def has_it(dotted: str) -> Condition:
            *steps, name = dotted.split(".")
            return self._along(
                rows,
                steps,
                lambda there: has(there.source(name), there.column(name), test, self._exact, there.every_key[0]),
            )

        found = sa.or_(*map(has_it, test.column.split(",")))
        return is_not(found) if test.how in OPPOSITES else found

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
