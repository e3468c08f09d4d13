"""Finds the tables that a statement names, for statements that the ORM adds no condition to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement


def is_beyond_criteria(state: orm.ORMExecuteState) -> bool:
    """Whether loader criteria do nothing for a statement: one of tables, an insert, an update by key."""
    if state.is_select or not state.is_orm_statement:
        return not state.is_orm_statement
    if state.is_insert or isinstance(state.parameters, list) or not is_of_class(state.statement):
        return True
    return state.execution_options.get("dml_strategy", "auto") not in ("auto", "orm")


def is_of_class(statement: Any) -> bool:
    """Whether a statement changes the rows of a class rather than a table."""
    table = getattr(statement, "table", None)
    return table is None or "parententity" in table._annotations  # as the ORM itself tells


def named(*elements: Any) -> set[sa.Table]:
    """Every table in statements or parts of them, also one that nothing but a column of it is named of."""
    found: set[sa.Table] = set()
    seen: set[Any] = set()
    waiting = list(elements)
    while waiting:
        for each in _parts(waiting.pop()):
            if isinstance(each, sa.Table):
                found.add(each)
            origin = getattr(each, "table", None)
            if isinstance(origin, sa.FromClause) and origin not in seen:
                seen.add(origin)
                waiting.append(origin)
    return found


def read(statement: Any) -> set[sa.Table]:
    """The tables that a statement reads, or whose rows it changes: not one that an insert does no more than add to.

    Loader criteria do nothing in a select that rows are inserted from, even one of classes.
    """
    if not isinstance(statement, sa.Insert):
        return named(statement)
    selects = [each for each in _parts(statement) if isinstance(each, sa.SelectBase)]
    own = set() if _overwrites(statement) else named(statement.table)
    return (named(statement) - own) | named(*selects)


def _overwrites(statement: Any) -> bool:
    changes = statement._post_values_clause
    return changes is not None and not changes.__visit_name__.endswith("do_nothing")


def _parts(element: Any) -> Iterator[Any]:
    for each in visitors.iterate(element):
        yield each
        for value in _unvisited(each):
            yield from _parts(value)


def _unvisited(element: Any) -> Iterator[ClauseElement]:
    """What SQLAlchemy's visitors pass by: expressions in several rows of values, and what an upsert writes."""
    if isinstance(element, sa.Insert):
        rows = (row for rows in element._multi_values for row in rows)
        given = [value for row in rows for value in (row.values() if isinstance(row, dict) else row)]
        for name in ("update", "update_values_to_set"):  # MySQL's, and those of the others
            pairs = getattr(element._post_values_clause, name, ())
            given += pairs.values() if isinstance(pairs, dict) else [value for _, value in pairs]
        given.append(getattr(element._post_values_clause, "update_whereclause", None))
        yield from (each for each in given if isinstance(each, ClauseElement))
