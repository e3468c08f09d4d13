"""Data keys of data subjects moved under the enabled key of the keyring; what they seal stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.errors import DecryptionError
from consentguard.ports import WrappedKeys
from consentguard.records import DataKey

BATCH = 1000
"""How many data keys one transaction moves."""
PASSES = 3
"""How often the table is gone through where others still wrap new keys under an older one."""
Refused = Mapping[int, DecryptionError]
"""The ids of data keys that could not be unwrapped, each with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """How many data keys each key of the keyring wrapped `before` and `after`, by its id, and what was left alone."""

    before: Mapping[int, int]
    after: Mapping[int, int]
    refused: Refused


def _silent(keys: int) -> None:
    """Nobody asked how far it is."""


def rewrap(
    keys: SubjectKeys,
    table: WrappedKeys,
    *,
    limit: int = BATCH,
    dry_run: bool = False,
    progress: Callable[[int], None] = _silent,
) -> Rewrapped:
    """Wrap every data key under the enabled key of the keyring, `limit` of them in each transaction.

    A key is changed only where it still is what was read. Whatever ends a run, the next goes on with those that are
    not under the enabled key; one that cannot be unwrapped is left as it is. In a dry run every key is unwrapped and
    none is changed. `progress` is told how many more were looked at. Raises StoreError, with every batch so far done.
    """
    before, refused = table.under(), dict[int, DecryptionError]()
    for _ in range(1 if dry_run else PASSES):
        if sum(_others(keys, table).values()) <= len(refused):
            break
        refused.clear()
        for batch in _batches(table, limit):
            changes = list(_changes(keys, batch, refused))
            if changes and not dry_run:
                table.rewrap(changes)
            progress(len(batch))
    return Rewrapped(before=before, after=table.under(), refused=refused)


def _others(keys: SubjectKeys, table: WrappedKeys) -> Mapping[int, int]:
    enabled = keys.keyring.enabled.id
    return {key_id: count for key_id, count in table.under().items() if key_id != enabled}


def _batches(table: WrappedKeys, limit: int) -> Iterator[Sequence[DataKey]]:
    last = 0
    while batch := table.after(last, limit):
        yield batch
        last = batch[-1].id


def _changes(
    keys: SubjectKeys, batch: Sequence[DataKey], refused: dict[int, DecryptionError]
) -> Iterator[tuple[DataKey, DataKey]]:
    """Each key of a batch that is under another key, and itself under the enabled one."""
    for key in batch:
        if key.key_id == keys.keyring.enabled.id:
            continue
        try:
            yield key, keys.rewrapped(key)
        except DecryptionError as error:
            refused[key.id] = error.with_traceback(None)
