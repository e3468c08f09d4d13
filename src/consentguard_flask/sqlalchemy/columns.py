"""Column types that hold a record's values exactly, whatever the driver, the time zone or the collation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

ID = 32
DIGEST = 64
WORD = 40
SUBJECT = 64
NAME = 100
LABEL = 200
REF = 300
"""The most characters of a short text; a reference to a data subject is a name, a colon and a key."""
MARIADB = ("mysql", "mariadb")
CHARACTERS = {"charset": "utf8mb4", "collation": "utf8mb4_bin"}
"""MariaDB and MySQL take `a` for `A` and `á` by default, and a table's characters from the database's settings."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment that is aware and in UTC on every database, with its microseconds.

    A naive value, such as the filters of an admin send, is taken as UTC.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """With a time zone on PostgreSQL; with microseconds on MariaDB, which drops them by default."""
        if dialect.name in MARIADB:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """UTC as the database keeps it: PostgreSQL keeps aware moments, the others naive ones."""
        if value is None:
            return None
        moment = value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Aware, and in UTC whatever the zone of the connection."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def utc_day(moment: sa.ColumnElement[dt.datetime], dialect: str) -> sa.ColumnElement[dt.date]:
    """The day of a moment in UTC: PostgreSQL shows moments in the zone of the connection, the others keep UTC."""
    if dialect == "postgresql":
        return sa.cast(sa.func.timezone(sa.literal_column("'UTC'"), moment), sa.Date)
    return sa.func.date(moment, type_=sa.Date)


def name(length: int) -> sa.String:
    """A short text that equals no other, not even in upper case, and sorts by its bytes as Python sorts it."""
    text = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return text.with_variant(mysql.VARCHAR(length, **CHARACTERS), *MARIADB)


def text() -> sa.Text:
    """A text of any length, kept as it is."""
    return sa.Text().with_variant(mysql.LONGTEXT(**CHARACTERS), *MARIADB)


def blob() -> sa.LargeBinary:
    """Bytes of any length: MariaDB's own kind ends at 64 KiB."""
    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), *MARIADB)


def numbered() -> sa.Column[int]:
    """A key of which SQLite numbers rows by itself only where it is an INTEGER."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
