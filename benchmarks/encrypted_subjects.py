"""Rows of five values that belong to as many data subjects as there are rows, and the same under one key."""

from __future__ import annotations

from collections.abc import Callable

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import KeyBatch, SubjectKeys
from consentguard.memory.stores import MemoryStores
from consentguard.ports import DataKeys
from consentguard.records import DataKey, SubjectRef
from consentguard.testing.keys import keyring

COUNT = 1_000
FIELDS = ("phone", "email", "street", "town", "note")
Row = list[bytes]


class Prefetched:
    """A table of data keys that has answered already: what is left is to unwrap them."""

    def __init__(self, store: DataKeys) -> None:
        self._kept = {key.id: key for key in store.find(range(1, COUNT + 1))}

    def find(self, ids: list[int]) -> list[DataKey]:
        """The keys with these ids."""
        return [self._kept[key_id] for key_id in ids]


def rows() -> tuple[Callable[[], object], Callable[[], object], int]:
    """What opens every row of another data subject, what opens as many under the columns' own keys, and how many."""
    ring, store = keyring(), MemoryStores().data_keys
    keys = SubjectKeys(ring, store)
    theirs = [_column(name, keys, "customer") for name in FIELDS]
    own = [_column(name, keys, "") for name in FIELDS]
    with keys.held([SubjectRef("customer", str(number)) for number in range(COUNT)]):
        sealed = [[column.seal(b"x" * 32, row=str(number)) for column in theirs] for number in range(COUNT)]
    plain = [[column.seal(b"x" * 32) for column in own] for _ in range(COUNT)]
    prefetched = SubjectKeys(ring, Prefetched(store))  # type: ignore[arg-type]  # it is only read
    return lambda: _open_theirs(theirs, sealed, prefetched), lambda: _open_own(own, plain), COUNT


def _column(name: str, keys: SubjectKeys, subject: str) -> Column:
    return Column(Declaration(context=Context("customer", name), subject=subject), keys.keyring, lambda: keys)


def _open_theirs(columns: list[Column], sealed: list[Row], keys: SubjectKeys) -> None:
    batch = KeyBatch(lambda: keys)
    for row in sealed:
        columns[0].note(row[0], batch)
    for number, row in enumerate(sealed):
        subject = str(number)
        for column, value in zip(columns, row, strict=True):
            column.open(value, subject, batch)


def _open_own(columns: list[Column], sealed: list[Row]) -> None:
    for row in sealed:
        for column, value in zip(columns, row, strict=True):
            column.open(value)
