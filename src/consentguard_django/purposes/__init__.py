"""Leaves out of each query, as it is executed, rows whose use somebody restricted or objected to, and hidden ones.

Every query of Django's own passes `Query.get_compiler` when it is executed and not before, whoever built it, where and
how: counts, aggregates, `values()`, prefetching, updates, deletes and subqueries too. There is no other such place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query
from django.db.models.sql.subqueries import DeleteQuery, InsertQuery, UpdateQuery
from django.db.models.sql.where import AND, WhereNode

from consentguard.restriction.purposes import Limits, current_limits
from consentguard_django.purposes.rules import Rule, rules

Rows = TypeVar("Rows", bound=QuerySet[Any])
Asked = TypeVar("Asked", bound=Query)
EVERY_ROW = "consentguard_every_row"
"""The attribute of a query that nothing limits, whose value is whether it is work of our own.

Django's copies of a query have it too.
"""


def every_row(rows: Rows) -> Rows:
    """The same rows, whatever purpose they are read in: for work on behalf of the people whose they are."""
    unlimited(rows.query)
    return rows


def unlimited(query: Asked) -> Asked:
    """The same query, whatever purpose it is executed in: for the same work."""
    setattr(query, EVERY_ROW, True)
    return query


def install() -> None:
    """Limit the queries of this process. With no purpose and nothing hidden a query pays for one look at a variable."""
    Query.get_compiler = _get_compiler  # type: ignore[method-assign]
    UpdateQuery.get_related_updates = _get_related_updates  # type: ignore[method-assign]


_plain_compiler = Query.get_compiler
_related_updates = UpdateQuery.get_related_updates


def _get_related_updates(self: UpdateQuery) -> Any:
    """The updates of the tables that a model inherits from, which Django makes anew."""
    updates = _related_updates(self)
    return [unlimited(update) for update in updates] if self.__dict__.get(EVERY_ROW) else updates


def _get_compiler(self: Query, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
    limits = current_limits()
    if limits is None or EVERY_ROW in self.__dict__:
        return _plain_compiler(self, using, connection, elide_empty)
    return _limited(self, limits, lambda query: _plain_compiler(query, using, connection, elide_empty))


def _limited(query: Query, limits: Limits, compiler_of: Callable[[Query], SQLCompiler]) -> SQLCompiler:
    if isinstance(query, InsertQuery):
        for rule in rules(limits.purposes).get(query.get_meta().db_table, ()):
            limits.admit(rule.use)
        return compiler_of(query)
    if isinstance(query, (UpdateQuery, DeleteQuery)):
        return compiler_of(_changing(query, limits))
    return _selecting(compiler_of(query), limits)


def _changing(query: Query, limits: Limits) -> Query:
    """A copy of a query that changes rows, with what limits it. What is hidden may be deleted: it goes anyway."""
    copy = query.clone()
    setattr(copy, EVERY_ROW, False)  # what Django makes of it next is limited already
    copy.get_initial_alias()
    for condition in _conditions(copy, limits, hiding=isinstance(query, UpdateQuery)):
        copy.where.add(condition, AND)
    return copy


def _selecting(compiler: SQLCompiler, limits: Limits) -> SQLCompiler:
    """A compiler that adds what limits its query once all tables are joined, those of `select_related` too."""
    set_up: Any = compiler.pre_sql_setup

    def pre_sql_setup(*args: Any, **kwargs: Any) -> Any:
        made = set_up(*args, **kwargs)
        conditions = _conditions(compiler.query, limits, hiding=True)
        if conditions:
            asked = cast("Any", compiler).where
            cast("Any", compiler).where = WhereNode([*([asked] if asked else []), *conditions], AND)
        return made

    compiler.pre_sql_setup = pre_sql_setup  # type: ignore[method-assign]
    return compiler


def _conditions(query: Query, limits: Limits, *, hiding: bool) -> list[Any]:
    """What must hold of each tagged table of a query. Raises PurposeLimitationError or OutsidePurposeError."""
    known = rules(limits.purposes)
    found: list[Any] = []
    for alias, count in query.alias_refcount.items():
        for rule in known.get(query.alias_map[alias].table_name, ()) if count else ():
            limits.admit(rule.use)
            found += _of(rule, alias, limits, hiding=hiding)
    return found


def _of(rule: Rule, alias: str, limits: Limits, *, hiding: bool) -> list[Any]:
    marked = rule.unmarked(alias, limits) if limits.purpose else []
    return [*marked, *(rule.in_sight(alias) if hiding else [])]
