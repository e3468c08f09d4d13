"""Encrypted columns of the site's tables as they are stored, and how far the works on them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models.expressions import RawSQL

from consentguard.changing import Change
from consentguard.crypto.index.layout import beginning_sql, clearing_sql
from consentguard.datamap.schema import EMPTIED
from consentguard.ports import SealedRow, SealedTable, Swap
from consentguard.records import ColumnJob
from consentguard_django import models as ours
from consentguard_django.introspect import Model, type_of
from consentguard_django.stores.dataset import field_of
from consentguard_django.stores.keyset import as_bytes, change, parsed, preparing, written
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.selecting import model_of, plain
from consentguard_django.stores.transactions import told

_BYTES = "CAST(CONVERT(%s USING utf8mb4) AS BINARY)"


class DjangoSealedRows:
    """`consentguard.ports.SealedRows` over the models of the installed apps, past what their fields make of a value."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def after(self, table: SealedTable, key: str, limit: int) -> Sequence[SealedRow]:
        """Rows with greater primary keys, of which not all columns are NULL."""
        model, width = model_of(table.label), len(table.columns)
        held = reduce(or_, (models.Q(**{f"{name}__isnull": False}) for name in table.columns))
        rows = plain(model, self._alias).filter(held).order_by("pk")
        if key:
            rows = rows.filter(pk__gt=parsed(model, key))
        stored = (RawSQL(self._column(model, name), ()) for name in table.columns)  # noqa: S611 - names alone
        with told(self._alias):
            found = list(rows.values_list("pk", *stored, *table.subjects)[:limit])
        return [
            SealedRow(written(key), tuple(map(as_bytes, rest[:width])), tuple(map(_text, rest[width:])))
            for key, *rest in found
        ]

    def swap(self, table: SealedTable, changes: Sequence[Swap]) -> int:
        """Give rows their new values where they still hold the old; how many did."""
        model, connection = model_of(table.label), connections[self._alias]
        columns = tuple(self._quoted(field_of(model, name).column) for name in table.columns)
        keys = tuple(self._quoted(field.column) for field in model._meta.pk_fields)
        swapping = Change(table=self._quoted(model._meta.db_table), keys=keys, sets=columns, guards=columns)
        prepared = preparing(model, connection)
        rows = [(prepared(key), new, old) for key, old, new in changes]
        return change(self._alias, model, swapping, rows)

    def beginnings(self, label: str, column: str, length: int) -> Mapping[bytes, int]:
        """How many values begin alike."""
        model, connection = model_of(label), connections[self._alias]
        stored, table = self._column(model, column), self._quoted(model._meta.db_table)
        before, sealed = beginning_sql(stored, length, connection.vendor)
        grouped = f"SELECT {before}, {sealed}, count(*) FROM {table} WHERE {stored} IS NOT NULL GROUP BY 1, 2"  # noqa: S608
        found = Counter[bytes]()
        with told(self._alias), connection.cursor() as cursor:
            cursor.execute(grouped)
            for row in cursor.fetchall():
                found[b"".join(bytes(part) for part in row[:2] if part and not isinstance(part, str))] += row[2]
        return found

    def held(self, label: str, column: str, subject: str, key: str) -> int:
        """How many rows of a data subject hold something."""
        model = model_of(label)
        theirs, given = self._theirs(model, subject, key)
        held = f"{self._column(model, column)} IS NOT NULL"
        query = f"SELECT count(*) FROM {self._quoted(model._meta.db_table)} WHERE {held} AND {theirs}"  # noqa: S608
        with told(self._alias), connections[self._alias].cursor() as cursor:
            cursor.execute(query, given)
            return int(cursor.fetchone()[0])

    def unindex(self, label: str, column: str, subject: str, key: str) -> int:
        """Take the digests out of what they hold; how many had some."""
        model, connection = model_of(label), connections[self._alias]
        theirs, given = self._theirs(model, subject, key)
        without, has_some = clearing_sql(self._column(model, column), connection.vendor)
        table, name = self._quoted(model._meta.db_table), self._quoted(field_of(model, column).column)
        change = f"UPDATE {table} SET {name} = {without} WHERE {has_some} AND {theirs}"  # noqa: S608 - names alone
        with told(self._alias), connection.cursor() as cursor:
            cursor.execute(change, given)
            return int(cursor.rowcount)

    def _theirs(self, model: Model, subject: str, key: str) -> tuple[str, list[Any]]:
        """What holds for rows of which a column is that key, and its parameters: MariaDB would take ada for Ada."""
        field, connection = field_of(model, subject), connections[self._alias]
        value = _parsed(field, key)
        if str(value) != key:
            return "1 = 0", []  # no row has such a key
        value, name = field.get_db_prep_value(value, connection), self._quoted(field.column)
        if connection.vendor != "mysql" or type_of(field) not in EMPTIED:
            return f"{name} = %s", [value]
        return f"{name} = %s AND {_BYTES % name} = {_BYTES % '%s'}", [value, value]

    def _column(self, model: Model, name: str) -> str:
        return f"{self._quoted(model._meta.db_table)}.{self._quoted(field_of(model, name).column)}"

    def _quoted(self, name: str | None) -> str:
        return connections[self._alias].ops.quote_name(name or "")


class DjangoColumnJobs:
    """`consentguard.ports.ColumnJobs` of a database alias."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, ours.ColumnJob, ColumnJob)

    def find(self, name: str) -> ColumnJob | None:
        """The work of that name, or None."""
        return self._rows.first(self._rows.where(name=name))

    def all(self) -> Sequence[ColumnJob]:
        """Every work, by name."""
        return self._rows.read(self._rows.all.order_by("name"))

    def put(self, job: ColumnJob) -> None:
        """Keep how far a work is."""
        values = {"goal": job.goal, "phase": job.phase, "last_key": job.last_key, "done": job.done, "at": job.at}
        with told(self._alias):
            there = self._rows.where(name=job.name).update(**values)
        if not there:
            self._rows.add(job)


def _parsed(field: models.Field[Any, Any], key: str) -> object:
    try:
        return field.to_python(key)
    except ValidationError:
        return None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
