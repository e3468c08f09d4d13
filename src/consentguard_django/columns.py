"""Columns that hold a record's values exactly, whatever the host's time zone, driver or collation."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Moment = models.DateTimeField[dt.datetime | None, dt.datetime | None]
    _Name = models.CharField[str | None, str | None]
    _Text = models.TextField[str, str]
    _Sealed = models.BinaryField[bytes | None, bytes | None]
else:
    _Moment, _Name, _Text, _Sealed = models.DateTimeField, models.CharField, models.TextField, models.BinaryField

ID = 32
DIGEST = 64
WORD = 40
SUBJECT = 64
NAME = 100
LABEL = 200
REF = 300
"""The most characters of a short text; a reference to a data subject is a name, a colon and a key."""
EXACT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
"""MariaDB and MySQL take `a` for `A` and `á` by default, and a table's characters from the database's settings."""


class Moment(_Moment):
    """A moment that is aware and in UTC on every database, with USE_TZ and without."""

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """UTC as the database writes it: PostgreSQL keeps aware moments, the others naive ones."""
        if not prepared:
            value = self.get_prep_value(value)
        if isinstance(value, dt.datetime):
            value = value.astimezone(dt.UTC)
            value = value if connection.vendor == "postgresql" else value.replace(tzinfo=None)
        return connection.ops.adapt_datetimefield_value(value)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """In UTC from PostgreSQL too: without USE_TZ, its drivers would hand out local time and lose an hour a year."""
        if compiler.connection.vendor == "postgresql":
            return f"{sql} AT TIME ZONE 'UTC'", params
        return sql, params

    def from_db_value(self, value: dt.datetime | None, *_: Any) -> dt.datetime | None:
        """The clock is UTC's, whatever zone Django has put on it."""
        return value and value.replace(tzinfo=dt.UTC)


class UtcDay(models.Func):
    """The day of a moment in UTC, as the database has it: Django's own would be that of the host's zone."""

    template = "DATE(%(expressions)s)"
    arity = 1
    output_field = models.DateField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """Which keeps moments, and shows them in the zone of the connection."""
        return super().as_sql(compiler, connection, template="(%(expressions)s AT TIME ZONE 'UTC')::date")


class Name(_Name):
    """A short text that equals no other, not even in upper case."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """With its characters and collation where the database has others by default."""
        return _exact(super().db_type(connection), connection)


class Text(_Text):
    """A text of any length, kept as it is."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """With its characters and collation where the database has others by default."""
        return _exact(super().db_type(connection), connection)


class Texts(Text):
    """Several texts, kept as a list of JSON."""

    def get_prep_value(self, value: Sequence[str]) -> str:
        """The list, its characters as they are."""
        return json.dumps(list(value), ensure_ascii=False)

    def from_db_value(self, value: str, *_: Any) -> tuple[str, ...]:
        """The texts, in their order."""
        return tuple(json.loads(value))


class Sealed(_Sealed):
    """Bytes, whichever kind of them the driver hands out."""

    def from_db_value(self, value: bytes | memoryview | None, *_: Any) -> bytes | None:
        """Some drivers hand out a memoryview."""
        return None if value is None else bytes(value)


def _exact(kind: str | None, connection: BaseDatabaseWrapper) -> str | None:
    return f"{kind} {EXACT}" if kind and connection.vendor == "mysql" else kind
