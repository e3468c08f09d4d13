"""What is done as an encrypted column becomes part of a table: it takes a name, and the table generated columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from consentguard.crypto.index.layout import Layout
from consentguard_flask.sqlalchemy.encrypted.digests import SLOTS, add_digests, name_of, take_unique
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted


@event.listens_for(sa.Column, "before_parent_attach")
def _before(column: sa.Column[Any], _table: sa.Table) -> None:
    if isinstance(column.type, Encrypted):
        _check(column)
        take_unique(column)


@event.listens_for(sa.Column, "after_parent_attach")
def _after(column: sa.Column[Any], table: sa.Table) -> None:
    """Tell an encrypted type the column that it belongs to; copies of a column, such as a mixin's, have their own."""
    if isinstance(column.type, Encrypted):
        column.type = column.type.of_column(f"{table.name}.{column.name}")
        add_digests(column, table, column.type)


@event.listens_for(sa.UniqueConstraint, "after_parent_attach")
def _unique(constraint: sa.UniqueConstraint, table: sa.Table) -> None:
    """Let a constraint on sealed bytes, no two of which are alike, be one on the digests of each slot."""
    if not any(isinstance(column.type, Encrypted) for column in constraint.columns):
        return
    table.constraints.discard(constraint)
    for slot in SLOTS:
        columns = [_unique_column(column, slot) for column in constraint.columns]
        name = f"{constraint.name}_{slot}" if constraint.name else None
        table.append_constraint(sa.UniqueConstraint(*columns, name=name))


@event.listens_for(sa.Index, "after_parent_attach")
def _index(index: sa.Index, _table: sa.Table) -> None:
    for column in index.columns:
        if isinstance(column.type, Encrypted):
            raise TypeError(f"an index of {column} finds nothing: declare it as Encrypted(..., search=...)")


def _unique_column(column: Any, slot: Any) -> Any:
    if not isinstance(column.type, Encrypted):
        return column
    exact = _exact(column)
    return column.table.c[name_of(column.name, Layout(column.type.search), exact, slot)]


def _check(column: sa.Column[Any]) -> None:
    """Raise TypeError for what a column of sealed bytes cannot be or have."""
    if column.unique:
        _exact(column)
    kind: Any = column.type
    if kind.copies and not column.nullable:
        raise TypeError(
            f'"{column.name}" is a copy, which a row has none of at first: let it be NULL until it is complete'
        )
    if column.primary_key or column.foreign_keys or column.index:
        raise TypeError(f'"{column.name}" is encrypted: it is no key and has no index but those of `search`')
    expressions = (default.is_clause_element for default in (column.default, column.onupdate) if default is not None)
    if column.server_default is not None or column.server_onupdate is not None or any(expressions):
        raise TypeError(f'"{column.name}" is encrypted: the database cannot seal a default of its own')


def _exact(column: Any) -> Any:
    if column.type.exact is None:
        raise TypeError(f'"{column.name}" is encrypted: to be unique it needs Encrypted(..., search="exact")')
    return column.type.exact
