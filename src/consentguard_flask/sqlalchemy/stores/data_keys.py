"""Keys of data subjects: one enabled for each, whoever is first, and tombstones of those that were destroyed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.records import LAST_DATA_KEY, DataKey, NewDataKey
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.keyset import changed
from consentguard_flask.sqlalchemy.stores.rows import insert_or_lock, portions, records, values


class DataKeys:
    """`consentguard.ports.DataKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.data_keys

    def put(self, keys: Sequence[NewDataKey]) -> Sequence[DataKey]:
        """Joined. Keep a key for each subject that has none enabled; the enabled key of each."""
        if not keys:
            return []
        first = {key.subject: {"state": "enabled", **values(key)} for key in reversed(keys)}
        new = [row for _, row in sorted(first.items())]  # as everybody does, so that no two wait for each other
        with self._database.atomic():
            self._database.write(insert_or_lock(self._database, self._table, "subject"), new)
            return self._found(self._table.c.subject, list(first), lock=True)

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        """The enabled keys of these pseudonyms."""
        return self._found(self._table.c.subject, subjects)

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        """The keys with these ids; of a destroyed one its tombstone."""
        return self._found(self._table.c.id, [each for each in ids if each <= LAST_DATA_KEY])

    def destroy(self, subjects: Sequence[str], on: dt.date) -> Sequence[int]:
        """Joined. Leave nothing of the enabled keys of these pseudonyms but tombstones; the ids of those that went."""
        tombstone = sa.update(self._table).values(
            state="destroyed", created_at=None, subject=None, key_id=None, wrapped=None, destroyed_on=on
        )
        with self._database.atomic():
            gone = sorted(key.id for key in self._found(self._table.c.subject, subjects, lock=True))
            for some in portions(gone):
                self._database.write(tombstone.where(self._table.c.id.in_(some)))
        return gone

    def _found(self, column: sa.Column[Any], asked: Sequence[str | int], *, lock: bool = False) -> list[DataKey]:
        """The keys by a column; with a lock as they are now, whatever the transaction has seen before."""
        queries = (sa.select(self._table).where(column.in_(some)) for some in portions(asked))
        return [
            key
            for query in queries
            for key in records(self._database, query.with_for_update() if lock else query, DataKey)
        ]


class WrappedKeys:
    """`consentguard.ports.WrappedKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.data_keys

    def after(self, id: int, limit: int) -> Sequence[DataKey]:  # noqa: A002 - the port's own word
        """Enabled keys with greater ids, by id."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.id > id, columns.state == "enabled").order_by(columns.id)
        return records(self._database, query.limit(limit), DataKey)

    def rewrap(self, changes: Sequence[tuple[DataKey, DataKey]]) -> int:
        """Joined. Give each key another wrapping, if it still is as it was; how many were."""
        columns = self._table.c
        names = ("id", "subject", "key_id", "wrapped")
        unchanged = [columns[name] == sa.bindparam(f"was_{name}") for name in names]
        change = (
            sa.update(self._table)
            .where(*unchanged)
            .values(key_id=sa.bindparam("to_key_id"), wrapped=sa.bindparam("to_wrapped"))
        )
        each = [
            {"to_key_id": to.key_id, "to_wrapped": to.wrapped, **{f"was_{name}": getattr(was, name) for name in names}}
            for was, to in changes
        ]
        with self._database.atomic():
            return changed(self._database, change, each)

    def under(self) -> Mapping[int, int]:
        """How many enabled keys each key of the keyring wraps."""
        key_id = self._table.c.key_id
        query = sa.select(key_id, sa.func.count()).where(key_id.is_not(None)).group_by(key_id).order_by(key_id)
        return {int(key): int(count) for key, count in map(tuple, self._database.read(query))}
