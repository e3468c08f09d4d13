"""Data keys of data subjects: one query for a batch, kept wrapped, and nothing opens once one is destroyed."""

from __future__ import annotations

import asyncio
import datetime as dt
import pickle
from collections.abc import Sequence
from dataclasses import replace
from sys import getrefcount

import pytest

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import KeyBatch, SubjectKeys, header
from consentguard.crypto.errors import (
    ErasedError,
    KeysNotLoadedError,
    TamperedError,
    UnboundError,
    UnknownKeyError,
)
from consentguard.crypto.index.kinds import Exact
from consentguard.crypto.keyring import Keyring
from consentguard.memory.stores import MemoryStores
from consentguard.records import DataKey, NewDataKey, SubjectRef
from consentguard.testing.keys import keyring

ADA, BOB = SubjectRef("user", "1"), SubjectRef("user", "2")
NOTE = Declaration(context=Context("shop_note", "text"), subject="user")


class Counted:
    """The data keys of the memory store, with a count of the queries that were asked."""

    def __init__(self) -> None:
        self.stores = MemoryStores()
        self.queries = 0

    def put(self, keys: Sequence[NewDataKey]) -> Sequence[DataKey]:
        self.queries += 1
        return self.stores.data_keys.put(keys)

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        self.queries += 1
        return self.stores.data_keys.of(subjects)

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        self.queries += 1
        return self.stores.data_keys.find(ids)

    def destroy(self, subjects: Sequence[str], on: dt.date) -> Sequence[int]:
        self.queries += 1
        return self.stores.data_keys.destroy(subjects, on)

    def take(self) -> int:
        """The queries since it was last asked."""
        asked, self.queries = self.queries, 0
        return asked


@pytest.fixture
def store() -> Counted:
    """A table of data keys."""
    return Counted()


@pytest.fixture
def ring() -> Keyring:
    """The keyring that wraps them."""
    return keyring()


@pytest.fixture
def keys(ring: Keyring, store: Counted) -> SubjectKeys:
    """The data keys of that table."""
    return SubjectKeys(ring, store)


@pytest.fixture
def column(ring: Keyring, keys: SubjectKeys) -> Column:
    """A column whose values are sealed under the keys of users."""
    return Column(NOTE, ring, lambda: keys)


def test_each_data_subject_has_a_key_of_its_own(column: Column, store: Counted) -> None:
    """Made when something is first sealed; the version byte and the id of the key stand before the value."""
    ada, bob, more = column.seal(b"one", row="1"), column.seal(b"two", row="2"), column.seal(b"three", row="1")
    assert [each[:5].hex() for each in (ada, bob, more)] == ["0200000001", "0200000002", "0200000001"]
    assert [column.open(each, row) for each, row in ((ada, "1"), (bob, "2"), (more, "1"))] == [b"one", b"two", b"three"]
    assert len(ada) == len(b"one") + 33


def test_a_value_does_not_open_for_another_data_subject(column: Column) -> None:
    """Though the key that it names can be had: it was moved to another's row."""
    sealed = column.seal(b"mine", row="1")
    with pytest.raises(TamperedError, match=r"shop_note\.text cannot be opened"):
        column.open(sealed, "2")


def test_nothing_is_sealed_or_opened_for_nobody(column: Column) -> None:
    """The error says whose it would have to be."""
    with pytest.raises(UnboundError, match="bound to the key of a user"):
        column.seal(b"whose?")
    with pytest.raises(UnboundError, match="bound to the key of a user"):
        column.open(column.seal(b"mine", row="1"))


def test_a_batch_of_values_loads_its_keys_with_one_query(column: Column, keys: SubjectKeys, store: Counted) -> None:
    """However many data subjects it is of, when the first is opened."""
    sealed = [column.seal(b"%d" % number, row=str(number)) for number in range(1, 50)]
    batch = KeyBatch(lambda: keys)
    for each in sealed:
        column.note(each, batch)
    store.take()
    opened = [column.open(each, str(number), batch) for number, each in enumerate(sealed, 1)]
    assert opened == [b"%d" % number for number in range(1, 50)]
    assert store.take() == 1


def test_many_keys_for_writing_are_held_by_one_block(column: Column, keys: SubjectKeys, store: Counted) -> None:
    """Those that are missing are made together; after the block they are asked for again."""
    subjects = [SubjectRef("user", str(number)) for number in range(1, 50)]
    with keys.held(subjects):
        assert store.take() == 2
        for subject in subjects:
            column.seal(b"x", row=subject.key)
        assert store.take() == 0
    column.seal(b"x", row="1")
    assert store.take() == 1


def test_a_destroyed_key_opens_nothing_from_then_on(column: Column, keys: SubjectKeys, store: Counted) -> None:
    """Told apart from damage and from an unknown key; what comes later has another key."""
    sealed, other = column.seal(b"mine", row="1"), column.seal(b"theirs", row="2")
    assert keys.destroy([ADA]) == 1
    with pytest.raises(ErasedError, match="data key 1 was destroyed"):
        column.open(sealed, "1")
    assert column.open(other, "2") == b"theirs"
    assert keys.destroy([ADA]) == 0
    assert column.seal(b"new", row="1")[:5].hex() == "0200000003"


def test_a_batch_that_was_loaded_before_does_not_open_what_was_destroyed(
    column: Column, keys: SubjectKeys, store: Counted
) -> None:
    """In the process that destroyed it, at once, by whichever means."""
    sealed, batch = column.seal(b"mine", row="1"), KeyBatch(lambda: keys)
    assert column.open(sealed, "1", batch) == b"mine"
    SubjectKeys(keys.keyring, store).destroy([ADA])
    with pytest.raises(ErasedError):
        column.open(sealed, "1", batch)


def test_nothing_of_a_destroyed_key_is_left_in_the_table(column: Column, keys: SubjectKeys, store: Counted) -> None:
    """Neither the key nor whose it was."""
    column.seal(b"mine", row="1")
    keys.destroy([ADA])
    (left,) = store.find([1])
    assert left == DataKey(id=1, state="destroyed", destroyed_on=left.destroyed_on)


def test_what_was_found_is_believed_for_as_long_as_said(ring: Keyring, store: Counted) -> None:
    """No query until then, and one after it."""
    now = [0.0]
    keys = SubjectKeys(ring, store, ttl=60, clock=lambda: now[0])
    column = Column(NOTE, ring, lambda: keys)
    sealed = column.seal(b"mine", row="1")
    store.take()
    for moment, queries in ((0, 1), (59.9, 0), (60, 1)):
        now[0] = moment
        assert column.open(sealed, "1") == b"mine"
        assert store.take() == queries


def test_what_is_believed_no_more_is_not_kept(ring: Keyring, store: Counted) -> None:
    """A key does not linger in memory because nobody asked for it again."""
    now = [0.0]
    keys = SubjectKeys(ring, store, ttl=60, clock=lambda: now[0])
    keys.for_writing([ADA, BOB])
    key = keys.load([header(1)])[header(1)]
    kept = getrefcount(key)
    now[0] = 60
    keys.load([header(2)])
    assert getrefcount(key) == kept - 1


def test_an_unknown_key_is_named(column: Column, ring: Keyring) -> None:
    """Whoever restored the data without its table of keys learns what is missing."""
    elsewhere = Column(NOTE, ring, lambda: SubjectKeys(ring, MemoryStores().data_keys))
    with pytest.raises(UnknownKeyError, match="unknown data key 1"):
        elsewhere.open(column.seal(b"mine", row="1"), "1")


def test_a_key_that_was_wrapped_by_another_ring_is_named(column: Column, store: Counted) -> None:
    """By the id of the key of the ring, or as one that cannot be unwrapped."""
    sealed = column.seal(b"mine", row="1")
    other = keyring()
    with pytest.raises(TamperedError, match="data key 1 cannot be unwrapped"):
        Column(NOTE, other, lambda: SubjectKeys(other, store)).open(sealed, "1")


def test_a_wrapped_key_of_another_data_subject_is_refused(column: Column, keys: SubjectKeys, store: Counted) -> None:
    """Whoever may write to the table cannot give one person's key to another."""
    column.seal(b"mine", row="1")
    column.seal(b"theirs", row="2")
    mine, theirs = store.find([1, 2])
    swapped = replace(mine, wrapped=theirs.wrapped)
    assert store.stores.wrapped_keys.rewrap([(mine, swapped)]) == 1
    with pytest.raises(TamperedError, match="data key 1 cannot be unwrapped"):
        keys.load([header(1)])


def test_keys_move_under_another_key_of_the_ring(column: Column, ring: Keyring, store: Counted) -> None:
    """Values stay as they are: only what wraps their keys is new."""
    sealed, rotated = column.seal(b"mine", row="1"), ring.with_new_key()
    keys = SubjectKeys(rotated, store)
    (key,) = store.find([1])
    assert store.stores.wrapped_keys.rewrap([(key, keys.rewrapped(key))]) == 1
    assert store.stores.wrapped_keys.under() == {2: 1}
    assert Column(NOTE, rotated, lambda: keys).open(sealed, "1") == b"mine"
    with pytest.raises(UnknownKeyError, match="unknown key 2"):
        column.open(sealed, "1")


def test_no_query_is_made_in_an_event_loop(column: Column, keys: SubjectKeys) -> None:
    """It would stop everything else in it: the error says how to load the keys before."""
    sealed, batch = column.seal(b"mine", row="1"), KeyBatch(lambda: keys)

    async def read() -> bytes:
        return column.open(sealed, "1", batch)

    async def write() -> bytes:
        return column.seal(b"more", row="1")

    for act in (read, write):
        with pytest.raises(KeysNotLoadedError, match="event loop") as caught:
            asyncio.run(act())
        assert "aprefetch" in caught.value.hint
    column.note(sealed, batch)
    batch.load()
    assert asyncio.run(read()) == b"mine"
    with keys.held([ADA]):
        assert column.open(asyncio.run(write()), "1") == b"more"


def test_no_key_is_shown_or_pickled(keys: SubjectKeys) -> None:
    """Neither by a repr nor on its way to another process."""
    key = keys.for_writing([ADA])[ADA]
    assert repr(key) == "<SubjectKey 1>"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_digests_stand_before_a_value_under_a_data_subject_s_key(ring: Keyring, keys: SubjectKeys) -> None:
    """Made with the column's key, so that one person's value is found among everybody's; part of what is sealed."""
    column = Column(replace(NOTE, indexes=(Exact("email"),)), ring, lambda: keys)
    ada, bob = (column.seal(b"a@b.example", "a@b.example", row) for row in ("1", "2"))
    digest = column.digest(Exact("email"), "A@b.example")
    assert ada[2:18] == bob[2:18] == digest
    assert column.open(ada, "1") == b"a@b.example"
    with pytest.raises(TamperedError):
        column.open(ada[:2] + bytes(16) + ada[18:], "1")
