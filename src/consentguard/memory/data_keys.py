"""Keys of data subjects in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import DataKey, NewDataKey


class KeyTable:
    """What both ports see: keys by their ids, which are never given twice."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.kept = Shelf[int, DataKey](journal)
        self.ids = count(1)

    def enabled(self) -> list[DataKey]:
        """Every key that is not destroyed, by id."""
        return sorted((key for key in self.kept.all() if key.state == "enabled"), key=lambda key: key.id)


class MemoryDataKeys:
    """`consentguard.ports.DataKeys` in memory."""

    def __init__(self, table: KeyTable) -> None:
        self._table = table

    def put(self, keys: Sequence[NewDataKey]) -> Sequence[DataKey]:
        """Keep a key for each subject that has none enabled."""
        with self._table.journal.atomic():
            taken = {key.subject for key in self._table.enabled()}
            for key in keys:
                if key.subject not in taken:
                    taken.add(key.subject)
                    self._add(key)
            return self.of([key.subject for key in keys])

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        """The enabled keys of these pseudonyms."""
        wanted = set(subjects)
        return [key for key in self._table.enabled() if key.subject in wanted]

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        """The keys with these ids."""
        return [key for key in map(self._table.kept.get, set(ids)) if key is not None]

    def destroy(self, subjects: Sequence[str], on: dt.date) -> Sequence[int]:
        """Leave nothing of the enabled keys of these pseudonyms but tombstones."""
        with self._table.journal.atomic():
            theirs = self.of(subjects)
            for key in theirs:
                self._table.kept.put(key.id, DataKey(id=key.id, state="destroyed", destroyed_on=on))
            return [key.id for key in theirs]

    def _add(self, key: NewDataKey) -> None:
        made = DataKey(
            id=next(self._table.ids),
            state="enabled",
            created_at=key.created_at,
            subject=key.subject,
            key_id=key.key_id,
            wrapped=key.wrapped,
        )
        self._table.kept.add(made.id, made)


class MemoryWrappedKeys:
    """`consentguard.ports.WrappedKeys` in memory."""

    def __init__(self, table: KeyTable) -> None:
        self._table = table

    def after(self, id: int, limit: int) -> Sequence[DataKey]:  # noqa: A002 - the port's own word
        """Enabled keys with greater ids."""
        return [key for key in self._table.enabled() if key.id > id][:limit]

    def rewrap(self, changes: Sequence[tuple[DataKey, DataKey]]) -> int:
        """Give each key another wrapping, if it still is as it was."""
        with self._table.journal.atomic():
            still = [(was, to) for was, to in changes if self._table.kept.get(was.id) == was]
            for was, to in still:
                self._table.kept.put(was.id, replace(was, key_id=to.key_id, wrapped=to.wrapped))
            return len(still)

    def under(self) -> Mapping[int, int]:
        """How many enabled keys each key of the keyring wraps."""
        wrapping = [key.key_id for key in self._table.enabled() if key.key_id is not None]
        return {key_id: wrapping.count(key_id) for key_id in sorted(set(wrapping))}
