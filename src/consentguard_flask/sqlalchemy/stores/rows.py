"""Between records and rows: a column bears the name of its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.database import Database

PORTION = 1000
"""How many values one statement is given: databases take only so many parameters."""


class Record(Protocol):
    """A dataclass of `consentguard.records`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Kind = TypeVar("Kind", bound=Record)
Asked = TypeVar("Asked")


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


def add_all(database: Database, table: sa.Table, new: Sequence[Record]) -> None:
    """Keep records in their table, all or none. Raises StoreError."""
    if new:
        with database.atomic():
            database.write(sa.insert(table), [values(each) for each in new])


def insert_or_lock(database: Database, table: sa.Table, column: str) -> sa.Executable:
    """An insertion that writes a row which is there over with itself, as the unique `column` tells.

    So the row is kept from others until the transaction ends, whether it was there or not.
    """
    return insert_or_replace(database, table, column, (column,))


def insert_or_replace(database: Database, table: sa.Table, column: str, changed: Sequence[str]) -> sa.Executable:
    """An insertion that gives a row which is there, as the unique `column` tells, its values of these columns."""
    if database.dialect in MARIADB:
        into = mysql.insert(table)
        return into.on_duplicate_key_update({name: into.inserted[name] for name in changed})
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[database.dialect]
    new = insert(table)
    set_ = {name: new.excluded[name] for name in changed}
    made: sa.Executable = new.on_conflict_do_update(index_elements=[column], set_=set_)
    return made


def portions(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Values in as many parts as there are statements to be."""
    return (asked[start : start + PORTION] for start in range(0, len(asked), PORTION))


def records(database: Database, query: sa.Executable, kind: type[Kind]) -> Sequence[Kind]:
    """The records that a query finds. Raises StoreError."""
    return [kind(**row._mapping) for row in database.read(query)]


def first(database: Database, query: sa.Executable, kind: type[Kind]) -> Kind | None:
    """The first record that a query finds, or None. Raises StoreError."""
    return next(iter(records(database, query, kind)), None)
