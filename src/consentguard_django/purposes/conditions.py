"""What must hold of the rows of a query, in SQL: nobody whose they are is marked, and nothing hides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from consentguard.records import Selection
from consentguard.restriction.purposes import Limits
from consentguard.restriction.uses import Use, Whose
from consentguard_django.columns import Moment
from consentguard_django.introspect import Model, type_of

AS_TEXT = {"postgresql": "TEXT", "sqlite": "TEXT", "mysql": "CHAR"}
UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
"""Where the five groups of a UUID's digits begin, and how long they are."""
Written = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Hop:
    """One table on a way: the column that is referred to, and the one that goes on from there.

    `is_text`: it is found by the same text, to the letter, and an empty one is nobody's.
    """

    table: str
    key: str
    onward: str
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """From a row to the key of another: the first field, the tables between, and the last field."""

    start: Any
    hops: tuple[Hop, ...]
    end: Any


@dataclass(frozen=True, slots=True)
class _Condition:
    """Part of a WHERE clause, about the table that its query calls `alias`."""

    alias: str
    contains_aggregate = contains_over_clause = False

    def relabeled_clone(self, changes: dict[str | None, str]) -> Any:
        """The same of a table that has another name by now, as Django asks it."""
        return replace(self, alias=changes.get(self.alias, self.alias))


@dataclass(frozen=True, slots=True)
class Unmarked(_Condition):
    """No mark is in force on what the way leads to: on a data subject of that kind, or on a row of that table.

    `categories` are those that the row holds something of.
    """

    limits: Limits
    way: Way
    kind: str = ""
    label: str = ""
    categories: tuple[str, ...] = ()

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Written:
        """The condition and its parameters, as Django asks for them."""
        quote = connection.ops.quote_name
        text, tables, tie = _walked(self.way, self.alias, compiler, connection)
        column = quote("subject_key" if self.kind else "key")
        named = quote("subject_kind" if self.kind else "label")
        asked = [f"cg_mark.{column} = {text}", f"cg_mark.{named} = %s", *tie]
        params: list[Any] = [self.kind or self.label]
        if self.kind:
            places = ", ".join(["''", *["%s"] * len(self.categories)])
            asked.append(f"cg_mark.{quote('category')} IN ({places})")
            params += self.categories
        asked.append(
            f"cg_mark.{quote('lifted_at')} IS NULL AND cg_mark.{quote('purpose')} IN ('', %s)"
            f" AND (cg_mark.{quote('until')} IS NULL OR cg_mark.{quote('until')} > %s)"
        )
        params += [self.limits.purpose, Moment().get_db_prep_value(self.limits.now, connection)]
        return _none_of([*tables, f"{quote('consentguard_mark')} cg_mark"], asked), params


@dataclass(frozen=True, slots=True)
class InSight(_Condition):
    """No event that hides rows is open on what the way leads to."""

    way: Way
    scope: str
    events: tuple[str, ...]

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Written:
        """The condition and its parameters, as Django asks for them."""
        quote = connection.ops.quote_name
        text, tables, tie = _walked(self.way, self.alias, compiler, connection)
        asked = [
            f"cg_event.{quote('key')} = {text}",
            f"cg_event.{quote('scope')} = %s AND cg_event.{quote('hides')} = %s",
            f"cg_event.{quote('event')} IN ({', '.join(['%s'] * len(self.events))})",
            f"cg_event.{quote('done_at')} IS NULL",
            *tie,
        ]
        return _none_of([*tables, f"{quote('consentguard_happening')} cg_event"], asked), [
            self.scope,
            True,
            *self.events,
        ]


@dataclass(frozen=True, slots=True)
class NotTheirs(_Condition):
    """The row is not that of a marked data subject, over a path that is no way: a generic key, an encrypted column.

    Who is marked is asked beforehand, and their rows are found as a plan finds them. An outer join that found no row
    has no key, and is nobody's.
    """

    limits: Limits
    model: Model
    use: Use
    whose: Whose

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Written:
        """The condition and its parameters, as Django asks for them. Raises FullResultSet where nobody is marked."""
        keys = self._marked(connection.alias)
        if not keys:
            raise FullResultSet
        asked, params = [], []
        columns = [_column(self.alias, field, compiler, connection) for field in self.model._meta.pk_fields]
        key = ", ".join(columns)
        for root in self.whose.roots:
            rows = self._rows(root, keys, connection.alias)
            try:
                sql, values = rows.query.get_compiler(connection=connection).as_sql()
            except EmptyResultSet:
                continue
            # around it, because MariaDB changes no table that it also selects from
            inner = f"SELECT * FROM ({sql}) cg_rows" if connection.vendor == "mysql" else sql  # noqa: S608 - Django's
            asked.append(f"({columns[0]} IS NULL OR ({key}) NOT IN ({inner}))")
            params += values
        if not asked:
            raise FullResultSet
        return " AND ".join(asked), params

    def _marked(self, alias: str) -> list[str]:
        from consentguard_django.models import Mark  # not before the apps are ready

        now = self.limits.now
        marks: QuerySet[Any] = QuerySet(Mark, using=alias).filter(
            Q(until=None) | Q(until__gt=now),
            subject_kind=self.whose.kind,
            category__in=("", *self.use.categories),
            purpose__in=("", self.limits.purpose),
            lifted_at=None,
        )
        return list(marks.values_list("subject_key", flat=True).distinct())

    def _rows(self, root: str, keys: Sequence[str], alias: str) -> QuerySet[Any]:
        from consentguard_django.stores.selecting import selected  # as above

        selection = Selection(label=self.use.label, path=self.whose.path, root=root, keys=tuple(keys))
        return selected(selection, alias).order_by().values("pk")


def _none_of(tables: Sequence[str], asked: Sequence[str]) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {', '.join(tables)} WHERE {' AND '.join(asked)})"  # noqa: S608 - names alone


def _walked(way: Way, alias: str, compiler: SQLCompiler, connection: Any) -> tuple[str, list[str], list[str]]:
    """The key that a way leads to, as text; the tables on the way, and what ties them together."""
    quote = connection.ops.quote_name
    at, tables, tie = _column(alias, way.start, compiler, connection), [], []
    for number, hop in enumerate(way.hops):
        name = f"cg_hop{number}"
        tables.append(f"{quote(hop.table)} {name}")
        tie += _tied(f"{name}.{quote(hop.key)}", at, hop, connection)
        at = f"{name}.{quote(hop.onward)}"
    return _text(at, way.end, connection), tables, tie


def _tied(key: str, at: str, hop: Hop, connection: Any) -> list[str]:
    tie = [f"{key} = {at}"]
    if hop.is_text:
        tie.append(f"{key} <> ''")
        if connection.vendor == "mysql":  # whose collations find more than equal texts
            tie.append(" = ".join(f"CAST(CONVERT({side} USING utf8mb4) AS BINARY)" for side in (key, at)))
    return tie


def _column(alias: str, field: Any, compiler: Any, connection: Any) -> str:
    # Django 6.1 has renamed what quotes the name of a table in a query
    quoted = compiler.quote_name if hasattr(compiler, "quote_name") else compiler.quote_name_unless_alias
    return f"{quoted(alias)}.{connection.ops.quote_name(field.column)}"


def _text(sql: str, field: Any, connection: Any) -> str:
    """A key as the text that a mark holds: what Python's `str` makes of it."""
    kind = type_of(field)
    if kind in ("text", "email"):
        return sql
    if kind == "uuid" and not connection.features.has_native_uuid_field:
        parts = [f"SUBSTR({sql}, {start}, {length})" for start, length in UUID_PARTS]
        return f"CONCAT_WS('-', {', '.join(parts)})" if connection.vendor == "mysql" else " || '-' || ".join(parts)
    return f"CAST({sql} AS {AS_TEXT.get(connection.vendor, 'VARCHAR(200)')})"
