"""Leaves out of each query, as it is executed, rows whose use somebody restricted or objected to, and hidden ones.

Every query of Django's own passes `Query.get_compiler` when it is executed and not before, whoever built it, where and
how: counts, aggregates, `values()`, prefetching, updates, deletes and subqueries too. There is no other such place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import router
from django.db.models import QuerySet
from django.db.models.constants import OnConflict
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query
from django.db.models.sql.subqueries import DeleteQuery, InsertQuery, UpdateQuery
from django.db.models.sql.where import AND, WhereNode

from consentguard.restriction.errors import PurposeLimitationError
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
    if limits is None or EVERY_ROW in self.__dict__ or _is_of_the_past(self):
        return _plain_compiler(self, using, connection, elide_empty)
    alias = using or connection.alias
    return _limited(self, limits, alias, lambda query: _plain_compiler(query, using, connection, elide_empty))


def _is_of_the_past(query: Query) -> bool:
    """Whether a migration asks, of a model as it was: with columns that the data map does not know."""
    return query.model is not None and query.model._meta.apps is not apps


def _limited(query: Query, limits: Limits, alias: str, compiler_of: Callable[[Query], SQLCompiler]) -> SQLCompiler:
    if isinstance(query, InsertQuery):
        return compiler_of(_adding(query, limits))
    if isinstance(query, (UpdateQuery, DeleteQuery)):
        return compiler_of(_changing(query, limits, alias))
    return _selecting(compiler_of(query), limits, alias)


def _adding(query: InsertQuery, limits: Limits) -> InsertQuery:
    for rule in rules(limits.purposes).get(query.get_meta().db_table, ()):
        limits.admit(rule.use)
        if limits.purpose and query.__dict__.get("on_conflict") == OnConflict.UPDATE:
            message = f"rows of {rule.use.label} are written over, and an insert cannot leave anybody's alone"
            raise PurposeLimitationError(message, hint="update what is there, then add the rest")
    return query


def _changing(query: Query, limits: Limits, alias: str) -> Query:
    """A copy of a query that changes rows, with what limits it. What is hidden may be deleted: it goes anyway."""
    copy = query.clone()
    setattr(copy, EVERY_ROW, False)  # what Django makes of it next is limited already
    copy.get_initial_alias()
    for condition in _conditions(copy, limits, alias, hiding=isinstance(query, UpdateQuery)):
        copy.where.add(condition, AND)
    return copy


def _selecting(compiler: SQLCompiler, limits: Limits, alias: str) -> SQLCompiler:
    """A compiler that adds what limits its query once all tables are joined, those of `select_related` too."""
    set_up: Any = compiler.pre_sql_setup

    def pre_sql_setup(*args: Any, **kwargs: Any) -> Any:
        made = set_up(*args, **kwargs)
        conditions = _conditions(compiler.query, limits, alias, hiding=True)
        if conditions:
            asked = cast("Any", compiler).where
            cast("Any", compiler).where = WhereNode([*([asked] if asked else []), *conditions], AND)
        return made

    compiler.pre_sql_setup = pre_sql_setup  # type: ignore[method-assign]
    return compiler


def _conditions(query: Query, limits: Limits, database: str, *, hiding: bool) -> list[Any]:
    """What must hold of each tagged table of a query; nothing where the routers say that no marks are kept.

    Raises PurposeLimitationError or OutsidePurposeError.
    """
    known = rules(limits.purposes)
    _check_extra(query, limits, known)
    found: list[Any] = []
    is_marked = router.allow_migrate(database, "consentguard_django")
    for alias, count in query.alias_refcount.items():
        for rule in known.get(query.alias_map[alias].table_name, ()) if count else ():
            limits.admit(rule.use)
            found += _of(rule, alias, limits, hiding=hiding) if is_marked else []
    return found


def _check_extra(query: Query, limits: Limits, known: Mapping[str, Sequence[Rule]]) -> None:
    """Django does not say by which name an `extra(tables=...)` goes in the end. Raises PurposeLimitationError."""
    for name in query.extra_tables if limits.purpose else ():
        for rule in known.get(name.strip('`"'), ()):
            message = f"{rule.use.label} is joined by `extra(tables=...)`, where nobody's rows can be left out"
            raise PurposeLimitationError(message, hint="join it by a filter or a subquery")


def _of(rule: Rule, alias: str, limits: Limits, *, hiding: bool) -> list[Any]:
    marked = rule.unmarked(alias, limits) if limits.purpose else []
    return [*marked, *(rule.in_sight(alias) if hiding else [])]
