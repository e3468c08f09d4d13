"""What a SELECT may do with an encrypted column besides handing it out: nothing that compares what it cannot read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.db.models.sql.compiler import SQLCompiler

from consentguard_django.fields.errors import READ_ROWS, refuse

if TYPE_CHECKING:
    from consentguard_django.fields.columns import SealedCol

ORM = ("django.db.models.", "django.db.backends.", __package__)
"""The modules whose calls compile a query."""


def check_select(column: SealedCol, compiler: Any) -> None:
    """Raise EncryptedFieldError where the rows of a SELECT would be told apart or put in order by ciphertext."""
    query, field = compiler.query, column.target
    around = _query_around(compiler)
    if around is not None and (column.is_read or not _is_alike(around, query)):
        refuse(field, "a query within another", READ_ROWS)
    if query.distinct and not _has_key(query, column):
        refuse(field, "distinct", READ_ROWS)
    if query.group_by is not None and query.group_by is not True and not _groups_by_key(query, column):
        refuse(field, "group by", READ_ROWS)
    if query.combinator and not _unites_objects(query):
        refuse(field, query.combinator, READ_ROWS)
    if _names(query, column) & {*_ordering(query), *query.distinct_fields}:
        refuse(field, "order_by or distinct", READ_ROWS)


def _query_around(compiler: Any) -> Any:
    """The query that this SELECT becomes a part of: a union, a subquery's, or an aggregate's. None for a whole one.

    Django passes no reference to it, so it is looked for in the calls that led here.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals["__name__"].startswith(ORM):
        caller = frame.f_locals.get("self")
        if isinstance(caller, SQLCompiler) and caller is not compiler:
            return caller.query
        frame = frame.f_back
    return None


def _has_key(query: Any, column: SealedCol) -> bool:
    """Whether the primary key of the column's table is selected, so that no two rows are alike anyway."""
    return query.default_cols or any(_is_key(each, column) for each in query.select)


def _groups_by_key(query: Any, column: SealedCol) -> bool:
    return column not in query.group_by or any(_is_key(each, column) for each in query.group_by)


def _is_key(expression: Any, column: SealedCol) -> bool:
    target = getattr(expression, "target", None)
    return target is not None and target.primary_key and expression.alias == column.alias


def _unites_objects(query: Any) -> bool:
    """Whether each part of a union gives whole objects of one model; of values, equal ones would not be taken so."""
    parts = query.combined_queries
    return query.default_cols and all(part.default_cols and _is_alike(part, query) for part in parts)


def _is_alike(one: Any, other: Any) -> bool:
    """Whether two queries are of one table."""
    tables = [query.model and query.model._meta.concrete_model for query in (one, other)]
    return tables[0] is tables[1]


def _names(query: Any, column: SealedCol) -> set[str]:
    """What an ordering may call the column, where it is selected under a name."""
    chosen = (query.selected or {}).items()
    found = {name for name, at in chosen if isinstance(at, int) and query.select[at] is column}
    return found | {name for name, each in query.annotations.items() if each is column}


def _ordering(query: Any) -> Iterator[str]:
    """The names by which a query is ordered; other columns refuse where they are compiled."""
    default = query.get_meta().ordering if query.default_ordering and query.get_meta() else ()
    for each in query.order_by or default:
        expression = getattr(each, "expression", each)
        name = expression if isinstance(expression, str) else getattr(expression, "name", "")
        yield name.lstrip("-+")
