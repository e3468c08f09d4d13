"""From a row to the key of another, over the tables in between: the paths of a data map without any class in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from consentguard.datamap.tags import SELF, Match, Path
from consentguard.ports import StoreError
from consentguard_flask.sqlalchemy.introspect import Models

Condition = sa.ColumnElement[bool]
Exact = Callable[[Any, Any], Condition]
UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
"""Where the five groups of a UUID's digits begin, and how long they are."""


@dataclass(slots=True)
class Walk:
    """How far a walk is: the table that it is at, what stands for a column of that, and what it has passed."""

    models: Models
    table: sa.Table
    columns: Callable[[sa.Column[Any]], sa.ColumnElement[Any]]
    tables: list[sa.FromClause] = field(default_factory=list)
    ties: list[Condition] = field(default_factory=list)

    def to(self, path: Path, exact: Exact) -> sa.ColumnElement[Any]:
        """The key that a path leads to. Raises StoreError for a path that there is not."""
        if isinstance(path, Match):
            return self._matching(path, exact)
        steps = [] if path == SELF else path.split(".")
        for number, step in enumerate(steps):
            column = self._refers(step) if number == len(steps) - 1 else None
            if column is not None:
                return self._at(column)
            self._step(step)
        return self.key

    @property
    def key(self) -> sa.ColumnElement[Any]:
        """The primary key of the row that it is at. Raises StoreError for one of several columns."""
        keys = tuple(self.table.primary_key.columns)
        if len(keys) != 1:
            hint = "the table of a data subject needs a primary key of one column"
            raise StoreError(f'"{self.table.name}" has no primary key of one column', hint=hint)
        return self.columns(keys[0])

    def _refers(self, step: str) -> sa.Column[Any] | None:
        """The column of this table that a step goes by, where it holds the primary key of what it leads to."""
        relationship = self._relationship(step)
        if relationship is None:
            column = self._column(step)
            pairs = [(column, key.column) for key in column.foreign_keys]
        else:
            has_table = relationship.secondary is not None or relationship.uselist
            pairs = [] if has_table else [*(relationship.local_remote_pairs or ())]  # type: ignore[list-item]
        if len(pairs) != 1 or not pairs[0][1].primary_key or len(pairs[0][1].table.primary_key.columns) != 1:
            return None
        return pairs[0][0]

    def _step(self, step: str) -> None:
        relationship = self._relationship(step)
        if relationship is None:
            column = self._column(step)
            self._go([(column, next(iter(column.foreign_keys)).column)])
        elif relationship.secondary is None:
            self._go(relationship.local_remote_pairs or ())
            self._down(relationship.mapper.local_table)
        else:
            self._go(relationship.synchronize_pairs)
            self._go([(between, far) for far, between in relationship.secondary_synchronize_pairs or ()])
            self._down(relationship.mapper.local_table)

    def _go(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """To the table of the second columns, whose values are those of the first."""
        there = pairs[0][1].table
        alias = there.alias()
        self.ties += [alias.c[far.key] == self._at(near) for near, far in pairs]
        self._arrive(there, alias)

    def _down(self, table: Any) -> None:
        """To the table of a joined child, whose parent's it may be at."""
        if table is not self.table:
            self._go([*zip(self.table.primary_key.columns, table.primary_key.columns, strict=True)])

    def _at(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A column of this row, which may stand in the table of a parent."""
        if column.table is self.table:
            return self.columns(column)
        alias = column.table.alias()
        keys = zip(column.table.primary_key, self.table.primary_key, strict=True)
        self.ties += [alias.c[far.key] == self.columns(near) for far, near in keys]
        self.tables.append(alias)
        return alias.c[column.key]

    def _arrive(self, table: sa.Table, alias: sa.FromClause) -> None:
        self.tables.append(alias)
        self.table = table
        self.columns = lambda column: alias.c[column.key]

    def _matching(self, match: Match, exact: Exact) -> sa.ColumnElement[Any]:
        steps = match.column.split(".")
        while len(steps) > 1 and (self._relationship(steps[0]) is not None or self._column(steps[0]).foreign_keys):
            self._step(steps.pop(0))
        ours, inside = self._at(self._column(steps[0])), steps[1:]
        label, _, name = match.target.rpartition(".")
        table = self.models.table(label)
        if table is None:
            raise StoreError(f'this site has no table "{label}"', hint="a target is Label.column")
        alias = table.alias()
        theirs = alias.c[Walk(self.models, table, lambda column: column)._column(name).key]
        if inside:
            self.ties.append(exact(ours[tuple(inside)].as_string(), sa.cast(theirs, sa.String)))
        else:
            self.ties.append(exact(ours, theirs))
        if isinstance(theirs.type, sa.String):
            self.ties.append(theirs != "")  # an empty text refers to nobody
        self._arrive(table, alias)
        return self.key

    def _relationship(self, step: str) -> orm.RelationshipProperty[Any] | None:
        every = (mapper.relationships.get(step) for mapper in self.models.mappers(self.table))
        return next((found for found in every if found is not None), None)

    def _column(self, name: str) -> sa.Column[Any]:
        found = next((column for column, each in self.models.names(self.table).items() if each == name), None)
        if found is None:
            raise StoreError(f'"{self.table.name}" has no column or relation "{name}"', hint="the data map names them")
        return found


def as_text(key: sa.ColumnElement[Any], dialect: sa.Dialect) -> sa.ColumnElement[Any]:
    """A key as the text that a mark holds: what Python's `str` makes of it."""
    if isinstance(key.type, sa.String):
        return key
    if isinstance(key.type, sa.Uuid) and not (dialect.supports_native_uuid and key.type.native_uuid):
        digits = sa.type_coerce(key, sa.String)
        groups = [sa.func.substr(digits, start, length) for start, length in UUID_PARTS]
        return sa.func.concat_ws("-", *groups) if dialect.name in ("mysql", "mariadb") else _joined(groups)
    return sa.cast(key, sa.String)


def _joined(groups: Sequence[Any]) -> sa.ColumnElement[Any]:
    whole: sa.ColumnElement[Any] = groups[0]
    for group in groups[1:]:
        whole = whole.op("||")(sa.literal_column("'-'")).op("||")(group)
    return whole
