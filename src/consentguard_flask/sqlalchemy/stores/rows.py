"""Between records and rows: a column bears the name of its field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa

from consentguard_flask.sqlalchemy.database import Database


class Record(Protocol):
    """A dataclass of `consentguard.records`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Kind = TypeVar("Kind", bound=Record)


def values(found: Record) -> dict[str, object]:
    """A record as the values of a row."""
    return {name: getattr(found, name) for name in names(type(found))}


def record(kind: type[Kind], row: Iterable[Any]) -> Kind:
    """The record of a row whose columns stand in the order of the record's fields."""
    return kind(**dict(zip(names(kind), row, strict=True)))


@cache
def names(kind: type[Record]) -> tuple[str, ...]:
    """A record's fields, and so its columns, in their order: looked up once, and not for each of many rows."""
    return tuple(field.name for field in fields(kind))


def add(database: Database, table: sa.Table, new: Record) -> None:
    """Keep a record in its table. Raises StoreError."""
    database.write(sa.insert(table), values(new))


def records(database: Database, query: sa.Executable, kind: type[Kind]) -> Sequence[Kind]:
    """The records that a query finds. Raises StoreError."""
    return [kind(**row._mapping) for row in database.read(query)]


def first(database: Database, query: sa.Executable, kind: type[Kind]) -> Kind | None:
    """The first record that a query finds, or None. Raises StoreError."""
    return next(iter(records(database, query, kind)), None)
