"""What must hold of a class's rows in a query: nobody whose they are is marked, and nothing hides them.

The conditions speak of tables alone: a class in one would be limited itself, and the marked would not be found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from consentguard.restriction.errors import PurposeError
from consentguard.restriction.purposes import Limits, current_limits
from consentguard.restriction.uses import Hidden, Use, Whose
from consentguard_flask.sqlalchemy.columns import UtcDateTime
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.paths import same
from consentguard_flask.sqlalchemy.tables import attach
from consentguard_flask.sqlalchemy.ways import Condition, Walk, as_text

Build = Callable[[Sequence[sa.ColumnElement[Any]], sa.Dialect], Condition]


def _asked(what: Callable[[Limits], Any], kind: Any) -> sa.BindParameter[Any]:
    """A parameter whose value is found as the statement is executed."""

    def value() -> Any:
        limits = current_limits()
        return limits and what(limits)

    return sa.bindparam(None, callable_=value, type_=kind)


PURPOSE = _asked(lambda limits: limits.purpose or None, sa.String())
EVERY = _asked(lambda limits: "" if limits.purpose else None, sa.String())
NOW = _asked(lambda limits: limits.now, UtcDateTime())


class _Element(FunctionElement[bool]):
    """A condition on some columns, written when the statement is; its cache key is its class and the columns.

    So a query in a purpose costs little where its statement is cached: what changes are parameters.
    """

    inherit_cache = True
    type = sa.Boolean()
    build: Build

    def self_group(self, against: Any = None) -> Any:
        """As it stands: `... = 1` would keep MariaDB from its indexes."""
        return self


@compiles(_Element)
def _write(element: _Element, compiler: Any, **options: Any) -> str:
    condition = type(element).build(tuple(element.clauses), compiler.dialect)
    return f"({compiler.process(condition, **options)})"


def _element(build: Build, columns: Sequence[Any]) -> sa.ColumnElement[bool]:
    kind = type("_Limited", (_Element,), {"build": staticmethod(build), "inherit_cache": True})
    made: sa.ColumnElement[bool] = kind(*columns)
    return made


def limited(models: Models, mapper: orm.Mapper[Any], use: Use, limits: Limits, *, hiding: bool) -> Condition | None:
    """The condition on a class; None where nothing limits it.

    No statement can be written with one on a class that may not be queried. Raises StoreError for a path that there is
    not.
    """
    table = mapper.local_table
    if not isinstance(table, sa.Table):
        return None
    build = _limiting(models, table, use, limits, hiding=hiding) if _is_admitted(use, limits) else _refusing(use)
    return _element(build, [_attribute(mapper, column) for column in table.columns]) if build else None


def _attribute(mapper: orm.Mapper[Any], column: sa.Column[Any]) -> Any:
    """What a class calls a column: known to be its own, where its table has another name in a query."""
    is_mapped = column in mapper.columns.values()
    return mapper.get_property_by_column(column).class_attribute if is_mapped else column


def _is_admitted(use: Use, limits: Limits) -> bool:
    try:
        limits.check(use)
    except PurposeError:
        return False
    return True


def _refusing(use: Use) -> Build:
    def build(_columns: Sequence[sa.ColumnElement[Any]], _dialect: sa.Dialect) -> Condition:
        if limits := current_limits():
            limits.check(use)
        return sa.true()

    return build


def _limiting(models: Models, table: sa.Table, use: Use, limits: Limits, *, hiding: bool) -> Build | None:
    ours, columns = attach(table.metadata), tuple(table.columns)

    def build(given: Sequence[sa.ColumnElement[Any]], dialect: sa.Dialect) -> Condition:
        at = dict(zip(columns, given, strict=True))
        found = [_none_marked(ours.marks, use, whose, Walk(models, table, at.__getitem__), dialect) for whose in people]
        if own:
            found.append(_none_on_row(ours.marks, use, as_text(at[own[0]], dialect)))
        if reports:
            found.append(_reported(use))
        walks = ((each, Walk(models, table, at.__getitem__)) for each in hidden)
        return sa.and_(*found, *(_in_sight(ours.happenings, each, walk, dialect) for each, walk in walks))

    keys = tuple(table.primary_key.columns)
    people, own = (use.whose, keys if len(keys) == 1 else ()) if limits.purpose else ((), ())
    hidden = use.hidden if hiding else ()
    reports = not limits.purpose and limits.purposes.outside == "report"
    return build if people or own or hidden or reports else None


def _none_marked(marks: sa.Table, use: Use, whose: Whose, walk: Walk, dialect: sa.Dialect) -> Condition:
    """No data subject that a path leads to is marked."""
    mark = marks.alias()
    key = as_text(walk.to(whose.path, lambda one, other: same(dialect.name, one, other)), dialect)
    asked = [mark.c.subject_kind == whose.kind, mark.c.subject_key == key]
    return _none(mark, [*asked, _one_of(mark.c.category, ("", *use.categories)), *_in_force(mark)], walk)


def _none_on_row(marks: sa.Table, use: Use, key: sa.ColumnElement[Any]) -> Condition:
    """The row itself is not marked."""
    mark = marks.alias()
    return _none(mark, [mark.c.label == use.label, mark.c.key == key, *_in_force(mark)])


def _in_sight(happenings: sa.Table, hidden: Hidden, walk: Walk, dialect: sa.Dialect) -> Condition:
    """No event that hides rows is open on what a path leads to."""
    event = happenings.alias()
    key = as_text(walk.to(hidden.path, lambda one, other: same(dialect.name, one, other)), dialect)
    asked = [event.c.scope == hidden.scope, event.c.key == key, _one_of(event.c.event, hidden.events), event.c.hides]
    return _none(event, [*asked, event.c.done_at.is_(None)], walk)


def _none(table: sa.FromClause, asked: Sequence[Condition], walk: Walk | None = None) -> Condition:
    tables, ties = (walk.tables, walk.ties) if walk else ([], [])
    inner = [table, *tables]
    return ~sa.exists().select_from(*inner).where(*ties, *asked).correlate_except(*inner)


def _one_of(column: sa.ColumnElement[Any], names: Sequence[str]) -> Condition:
    """Without IN, whose parameters SQLAlchemy writes anew for each execution."""
    return sa.or_(*(column == name for name in names))


def _in_force(mark: sa.FromClause) -> Sequence[Condition]:
    """A mark holds for the purpose of the moment in which the statement is executed; for none outside of any."""
    return [
        mark.c.lifted_at.is_(None),
        sa.or_(mark.c.purpose == EVERY, mark.c.purpose == PURPOSE),
        sa.or_(mark.c.until.is_(None), mark.c.until > NOW),
    ]


def _reported(use: Use) -> Condition:
    """Nothing that a row has to have: whoever executes the statement outside of any purpose is reported."""

    def reported(limits: Limits) -> int:
        limits.admit(use)
        return 1

    return _asked(reported, sa.Integer()) == 1
