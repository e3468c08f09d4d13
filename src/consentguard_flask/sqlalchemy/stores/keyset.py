"""Rows by their primary keys as text, and one statement for many of them: what works on whole columns go by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.changing import Change, Row
from consentguard.ports import StoreError
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.paths import Condition, Rows, typed

Keys = Sequence[sa.Column[Any]]


def written(key: Sequence[object]) -> str:
    """A primary key as text; one of several columns as a JSON list of texts."""
    return json.dumps([str(part) for part in key]) if len(key) > 1 else str(key[0])


def as_bytes(value: object) -> object:
    """What some drivers hand out for bytes, as bytes; anything else as it is."""
    return bytes(value) if isinstance(value, memoryview) else value


def parsed(keys: Keys, text: str) -> list[Any]:
    """The values of the primary key that `written` wrote. Raises StoreError for what it did not write."""
    parts = json.loads(text) if len(keys) > 1 else [text]
    found = [value for column, part in zip(keys, parts, strict=True) for value in typed(column, part)]
    if len(found) < len(keys):
        raise StoreError(f'a key of the table "{keys[0].table.name}" cannot be read', hint="begin the work anew")
    return found


def beyond(keys: Keys, text: str) -> Iterator[Condition]:
    """What holds for rows with greater primary keys; nothing for an empty one."""
    if text and len(keys) > 1:
        last = (sa.literal(value, key.type) for value, key in zip(parsed(keys, text), keys, strict=True))
        yield sa.tuple_(*keys) > sa.tuple_(*last)
    elif text:
        yield keys[0] > parsed(keys, text)[0]


def key_is(keys: Keys) -> Iterator[Condition]:
    """What holds for the row whose primary key is given by `key_values`."""
    return (key == sa.bindparam(f"key_{place}", type_=key.type) for place, key in enumerate(keys))


def key_values(keys: Keys, text: str) -> Mapping[str, object]:
    """The parameters that say which row is meant."""
    return {f"key_{place}": value for place, value in enumerate(parsed(keys, text))}


def changed(database: Database, statement: sa.Executable, given: Sequence[Mapping[str, object]]) -> int:
    """How many rows a statement changed, executed once for each of these parameters. Raises StoreError."""
    if database.counts_together or not given:
        return database.write(statement, given) if given else 0
    return sum(database.write(statement, one) for one in given)  # some drivers tell of the last alone


def takes_together(database: Database, keys: Keys) -> bool:
    """Whether `change_together` changes rows with such keys: other databases are as fast with one after the other."""
    return database.dialect in MARIADB and all(isinstance(key.type, sa.Integer) for key in keys)


def change_together(
    database: Database, rows: Rows, given: Sequence[Row], *, sets: Sequence[str], guards: Sequence[str], where: str = ""
) -> int:
    """How many rows one statement changed, as `consentguard.changing` has it. Raises StoreError."""
    if not given:
        return 0
    keys = tuple(database.quoted(key.name) for key in rows.keys)
    change = Change(
        table=database.quoted_table(rows.table), keys=keys, sets=tuple(sets), guards=tuple(guards), where=where
    )
    return database.write(sa.text(change.joined(given).replace(":", "\\:")))
