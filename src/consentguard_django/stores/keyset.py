"""Rows by their primary keys as text, and one statement for many of them: what works on whole columns go by."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from consentguard.changing import Change, Row
from consentguard_django.introspect import Model
from consentguard_django.stores.transactions import told


def written(key: object) -> str:
    """A primary key as text; one of several columns as a JSON list of texts."""
    return json.dumps([str(part) for part in key]) if isinstance(key, tuple) else str(key)


def all_written(keys: Iterable[object]) -> list[str]:
    """Primary keys as texts."""
    found = list(keys)
    return list(map(str, found)) if not found or not isinstance(found[0], tuple) else list(map(written, found))


def parsed(model: Model, text: str) -> Any:
    """The primary key that `written` wrote."""
    fields = model._meta.pk_fields
    if len(fields) == 1:
        return fields[0].to_python(text)
    return tuple(field.to_python(part) for field, part in zip(fields, json.loads(text), strict=True))


def preparing(model: Model, connection: BaseDatabaseWrapper) -> Callable[[str], list[object]]:
    """What makes of the same the values of a statement, one for each column."""
    fields = model._meta.pk_fields
    if len(fields) == 1 and isinstance(fields[0], models.IntegerField):
        return lambda text: [int(text)]

    def prepare(text: str) -> list[object]:
        key = parsed(model, text)
        parts = key if isinstance(key, tuple) else (key,)
        return [field.get_db_prep_value(part, connection) for field, part in zip(fields, parts, strict=True)]

    return prepare


def as_bytes(value: object) -> object:
    """What some drivers hand out for bytes, as bytes; anything else as it is."""
    return bytes(value) if isinstance(value, memoryview) else value


def change(alias: str, model: Model, change: Change, rows: Sequence[Row], *, is_bytes: bool = True) -> int:
    """How many rows a change has changed; whether all that it sets `is_bytes` or else as the field prepares it.

    Raises StoreError.
    """
    connection = connections[alias]
    if not rows:
        return 0
    with told(alias):
        if is_bytes and connection.vendor == "postgresql":
            return _unnested(connection, model, change, rows)
        has_numbers = all(isinstance(key, int) for keys, _, _ in rows for key in keys)
        with connection.cursor() as cursor:
            if is_bytes and has_numbers and connection.vendor == "mysql":
                cursor.execute(change.joined(rows))
                return int(cursor.rowcount)
            return _one_by_one(connection, cursor, change, rows, is_bytes)


def _unnested(connection: BaseDatabaseWrapper, model: Model, change: Change, rows: Sequence[Row]) -> int:
    """In binary form, past Django's own cursor: written as text, bytes would take four times as long."""
    types = [str(field.rel_db_type(connection)) for field in model._meta.pk_fields]
    lists = [list(values) for part in zip(*rows, strict=True) for values in zip(*part, strict=True)]
    with connection.cursor() as cursor:
        if connection.Database.__name__ == "psycopg2":  # type: ignore[attr-defined]
            cursor.execute(change.unnested("%s", types), lists)
            return int(cursor.rowcount)
    with connection.wrap_database_errors, connection.Database.Cursor(connection.connection) as raw:  # type: ignore[attr-defined]
        raw.execute(change.unnested("%b", types), lists)
        return int(raw.rowcount)


def _one_by_one(
    connection: BaseDatabaseWrapper, cursor: Any, change: Change, rows: Sequence[Row], is_bytes: bool
) -> int:
    is_mysql = connection.vendor == "mysql"
    old = "UNHEX(%s)" if is_mysql else "%s"  # which would take bytes for text
    statement = change.of_one(connection.vendor, new=old if is_bytes else "%s", key="%s", old=old)
    given: list[Any] = [[*new, *keys, *before] for keys, new, before in rows]
    if is_mysql:
        given = [[_hex(value) for value in values] for values in given]
    if connection.Database.__name__ != "psycopg2":  # type: ignore[attr-defined]
        cursor.executemany(statement, given)
        return int(cursor.rowcount)
    count = 0  # of which that driver tells for the last statement alone
    for values in given:
        cursor.execute(statement, values)
        count += cursor.rowcount
    return count


def _hex(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
