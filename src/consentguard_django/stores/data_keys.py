"""Keys of data subjects, by Django's ORM."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from django.db import connections, models, transaction

from consentguard.records import LAST_DATA_KEY, DataKey, NewDataKey
from consentguard_django import models as ours
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import told

Asked = TypeVar("Asked")
PORTION = 1000
"""How many keys one statement asks for: databases take only so many parameters."""


class DjangoDataKeys:
    """`consentguard.ports.DataKeys` of a database alias."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, ours.DataKey, DataKey)

    def put(self, keys: Sequence[NewDataKey]) -> Sequence[DataKey]:
        """Keep a key for each subject that has none enabled; the enabled key of each."""
        first = {key.subject: key for key in reversed(keys)}
        new = [_row(key) for _, key in sorted(first.items())]  # as everybody does, so that no two wait for each other
        of_any = connections[self._alias].features.supports_update_conflicts_with_target
        with told(self._alias), transaction.atomic(using=self._alias):
            # a row that is there is written over with itself, and so kept from others until the transaction ends
            self._rows.all.bulk_create(
                new, update_conflicts=True, update_fields=["subject"], unique_fields=["subject"] if of_any else None
            )
            return self._found("subject", list(first), lock=True)

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        """The enabled keys of these pseudonyms."""
        return self._found("subject", subjects)

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        """The keys with these ids."""
        return self._found("id", [each for each in ids if each <= LAST_DATA_KEY])

    def destroy(self, subjects: Sequence[str], on: dt.date) -> Sequence[int]:
        """Leave nothing of the enabled keys of these pseudonyms but tombstones; the ids of those that went."""
        with told(self._alias), transaction.atomic(using=self._alias):
            gone = sorted(key.id for key in self._found("subject", subjects, lock=True))
            for some in _portions(gone):
                nothing = {"created_at": None, "subject": None, "key_id": None, "wrapped": None}
                self._rows.where(id__in=some).update(state="destroyed", destroyed_on=on, **nothing)
        return gone

    def _found(self, column: str, values: Sequence[str | int], *, lock: bool = False) -> list[DataKey]:
        """The keys by a column; with a lock as they are now, whatever the transaction has seen before."""
        queries = (self._rows.where(**{f"{column}__in": some}) for some in _portions(values))
        return [key for rows in queries for key in self._rows.read(rows.select_for_update() if lock else rows)]


class DjangoWrappedKeys:
    """`consentguard.ports.WrappedKeys` of a database alias."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, ours.DataKey, DataKey)

    def after(self, id: int, limit: int) -> Sequence[DataKey]:  # noqa: A002 - the port's own word
        """Enabled keys with greater ids, by id."""
        return self._rows.read(self._rows.where(id__gt=id, state="enabled").order_by("id")[:limit])

    def rewrap(self, changes: Sequence[tuple[DataKey, DataKey]]) -> int:
        """Give each key another wrapping, if it still is as it was; how many were."""
        with told(self._alias), transaction.atomic(using=self._alias):
            return sum(
                self._rows.where(id=was.id, subject=was.subject, key_id=was.key_id, wrapped=was.wrapped).update(
                    key_id=to.key_id, wrapped=to.wrapped
                )
                for was, to in changes
            )

    def under(self) -> Mapping[int, int]:
        """How many enabled keys each key of the keyring wraps."""
        counted = self._rows.where(key_id__isnull=False).values_list("key_id").order_by("key_id")
        with told(self._alias):
            return dict(counted.annotate(models.Count("pk")))


def _row(key: NewDataKey) -> ours.DataKey:
    return ours.DataKey(
        state="enabled", created_at=key.created_at, subject=key.subject, key_id=key.key_id, wrapped=key.wrapped
    )


def _portions(values: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    return (values[start : start + PORTION] for start in range(0, len(values), PORTION))
