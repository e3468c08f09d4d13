"""Where a key of the keyring is still needed: what was sealed or signed under it, and would be lost with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from consentguard import ports
from consentguard.ports.mistakes import MissingError
from consentguard.reencryption.rotation import Rotation

DATA_KEYS, EVIDENCE = "keys of data subjects", "evidence"


def uses(rotation: Rotation, stores: ports.Stores, key_id: int) -> dict[str, int]:
    """How much in a database needs that key, by the column or what else it is. Raises StoreError."""
    return {name: count for name, count in _counted(rotation, stores, key_id) if count}


def _counted(rotation: Rotation, stores: ports.Stores, key_id: int) -> Iterator[tuple[str, int]]:
    for table in rotation.tables():
        with suppress(MissingError):  # a table that there is not needs no key
            yield from ((state.column, state.keys.get(key_id, 0)) for state in rotation.state(table))
    with suppress(MissingError):
        yield DATA_KEYS, stores.wrapped_keys.under().get(key_id, 0)
    with suppress(MissingError):
        yield EVIDENCE, _evidence(stores).get(key_id, 0)


def _evidence(stores: ports.Stores) -> Mapping[int, int]:
    """The entries by the key that made their keyed hash, and what the last purge left."""
    found, checkpoint = dict(stores.entries.under()), stores.seals.checkpoint()
    if checkpoint is not None:
        found[checkpoint.key_id] = found.get(checkpoint.key_id, 0) + 1
    return found
