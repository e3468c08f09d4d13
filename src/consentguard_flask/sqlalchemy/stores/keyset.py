"""One statement for many rows, each by its primary key as text: what works on whole columns go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from consentguard.changing import Change, Row
from consentguard_flask.sqlalchemy.columns import MARIADB
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.paths import Rows
from consentguard_flask.sqlalchemy.row_keys import Condition, Keys, parsed


def as_bytes(value: object) -> object:
    """What some drivers hand out for bytes, as bytes; anything else as it is."""
    return bytes(value) if isinstance(value, memoryview) else value


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
