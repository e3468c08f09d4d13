"""The declarative base and the column types that every model shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC: SQLite drops the offset, so it is put back on reading.

    A naive value, such as the admin's filters send, is taken as UTC.
    """

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value and value.tzinfo else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """The present moment, aware; the default of every creation time."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Parent of every model."""

    registry = registry(type_annotation_map={datetime: UtcDateTime, dict[str, Any]: JSON})
