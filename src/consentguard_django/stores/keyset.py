"""Rows by their primary keys as text, and one statement for many of them: what works on whole columns go by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from consentguard_django.introspect import Model
from consentguard_django.stores.transactions import told

SAME = {"postgresql": "IS NOT DISTINCT FROM", "sqlite": "IS", "mysql": "<=>"}
"""What compares two values of which either may be NULL, on each kind of database."""


def written(key: object) -> str:
    """A primary key as text; one of several columns as a JSON list of texts."""
    return json.dumps([str(part) for part in key]) if isinstance(key, tuple) else str(key)


def parsed(model: Model, text: str) -> Any:
    """The primary key that `written` wrote."""
    fields = model._meta.pk_fields
    if len(fields) == 1:
        return fields[0].to_python(text)
    return tuple(field.to_python(part) for field, part in zip(fields, json.loads(text), strict=True))


def prepared(model: Model, text: str, connection: BaseDatabaseWrapper) -> Iterable[object]:
    """The same as values of a statement, one for each column."""
    key = parsed(model, text)
    parts = key if isinstance(key, tuple) else (key,)
    for field, part in zip(model._meta.pk_fields, parts, strict=True):
        yield field.get_db_prep_value(part, connection)


def place_of_bytes(connection: BaseDatabaseWrapper) -> str:
    """What stands for bytes in a statement; for their hexadecimal text on MariaDB, which would take them for text."""
    return "UNHEX(%s)" if connection.vendor == "mysql" else "%s"


def changed(alias: str, statement: str, given: Sequence[Sequence[Any]]) -> int:
    """How many rows a statement changed, executed once for each of these values. Raises StoreError."""
    connection = connections[alias]
    if not given:
        return 0
    with told(alias), connection.cursor() as cursor:
        if connection.Database.__name__ != "psycopg2":  # type: ignore[attr-defined]
            cursor.executemany(statement, given)
            return int(cursor.rowcount)
        count = 0  # which says of the last alone
        for values in given:
            cursor.execute(statement, values)
            count += cursor.rowcount
        return count
