"""Rows by their primary keys as text, and one statement for many of them: what works on whole columns go by."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from consentguard.changing import Change, Row
from consentguard_django.introspect import Model
from consentguard_django.stores.transactions import told


def written(key: object) -> str:
    """A primary key as text; one of several columns as a JSON list of texts."""
    return json.dumps([str(part) for part in key]) if isinstance(key, tuple) else str(key)


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


def change(alias: str, model: Model, change: Change, rows: Sequence[Row]) -> int:
    """How many rows a change has changed. Raises StoreError."""
    connection = connections[alias]
    if not rows:
        return 0
    with told(alias):
        if connection.vendor == "postgresql":
            return _unnested(connection, model, change, rows)
        with connection.cursor() as cursor:
            if connection.vendor == "mysql" and all(isinstance(key, int) for keys, _, _ in rows for key in keys):
                cursor.execute(change.joined(rows))
            else:
                given: list[list[Any]] = [[*new, *keys, *old] for keys, new, old in rows]
                statement = change.of_one(connection.vendor, *_places(connection))
                cursor.executemany(statement, _as_taken(connection, given))
            return int(cursor.rowcount)


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


def _places(connection: BaseDatabaseWrapper) -> tuple[str, str]:
    """What stands for bytes in a statement, which MariaDB would take for text, and what for a key."""
    return ("UNHEX(%s)" if connection.vendor == "mysql" else "%s"), "%s"


def _as_taken(connection: BaseDatabaseWrapper, given: list[list[Any]]) -> list[list[Any]]:
    if connection.vendor != "mysql":
        return given
    return [[value.hex() if isinstance(value, bytes) else value for value in values] for values in given]
