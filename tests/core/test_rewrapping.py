"""Data keys go over to another key of the keyring, whatever ends a run, and what they seal stays readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.errors import TamperedError, UnknownKeyError
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.rewrapping import rewrap
from consentguard.memory import MemoryStores
from consentguard.records import DataKey, SubjectRef
from consentguard.testing.keys import keyring

NOTE = Declaration(context=Context("shop_note", "text"), subject="user")
PEOPLE = 25


class Table:
    """The data keys of 25 people under the first key of a ring, and a value of each."""

    def __init__(self) -> None:
        self.stores, self.old = MemoryStores(), keyring()
        column = self.column(self.old)
        self.sealed = [column.seal(b"%d" % number, row=str(number)) for number in range(1, PEOPLE + 1)]

    def keys(self, ring: Keyring) -> SubjectKeys:
        return SubjectKeys(ring, self.stores.data_keys)

    def column(self, ring: Keyring) -> Column:
        return Column(NOTE, ring, lambda: self.keys(ring))

    def opened(self, ring: Keyring) -> list[bytes]:
        column = self.column(ring)
        return [column.open(sealed, str(number)) for number, sealed in enumerate(self.sealed, 1)]


@pytest.fixture
def table() -> Table:
    """A table of data keys."""
    return Table()


def test_every_key_goes_over_and_values_stay(table: Table) -> None:
    """In batches; the older key of the ring can go then."""
    rotated, told = table.old.with_new_key(), list[int]()
    done = rewrap(table.keys(rotated), table.stores.wrapped_keys, limit=10, progress=told.append)
    assert (done.before, done.after, done.refused) == ({1: PEOPLE}, {2: PEOPLE}, {})
    assert told == [10, 10, 5]
    assert table.opened(rotated) == [b"%d" % number for number in range(1, PEOPLE + 1)]
    with pytest.raises(UnknownKeyError):
        table.opened(table.old)


def test_a_second_run_has_nothing_to_do(table: Table) -> None:
    """And reads no key."""
    keys = table.keys(table.old.with_new_key())
    rewrap(keys, table.stores.wrapped_keys)
    told = list[int]()
    assert rewrap(keys, table.stores.wrapped_keys, progress=told.append).after == {2: PEOPLE}
    assert told == []


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_run_that_is_cut_short_is_gone_on_with(table: Table, batches: int) -> None:
    """After any batch; each key is under one of the two, and opens."""
    rotated = table.old.with_new_key()
    left = iter(range(batches))

    def stop(_: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap(table.keys(rotated), table.stores.wrapped_keys, limit=10, progress=stop)
    moved = min(PEOPLE, 10 * (batches + 1))
    assert sum(key.key_id == 2 for key in table.stores.wrapped_keys.after(0, 99)) == moved
    assert len(table.opened(rotated)) == PEOPLE
    assert rewrap(table.keys(rotated), table.stores.wrapped_keys).after == {2: PEOPLE}


def test_a_dry_run_unwraps_everything_and_changes_nothing(table: Table) -> None:
    """What could not be opened is known before."""
    before = table.stores.wrapped_keys.after(0, 99)
    broken = replace(before[3], wrapped=b"not a key")
    table.stores.wrapped_keys.rewrap([(before[3], broken)])
    done = rewrap(table.keys(table.old.with_new_key()), table.stores.wrapped_keys, dry_run=True)
    assert (done.before, done.after) == ({1: PEOPLE}, {1: PEOPLE})
    assert {key: type(error) for key, error in done.refused.items()} == {broken.id: TamperedError}
    assert table.stores.wrapped_keys.after(0, 99) == [*before[:3], broken, *before[4:]]


def test_what_cannot_be_unwrapped_is_named_and_left(table: Table) -> None:
    """The others go over all the same."""
    first, second, *_ = table.stores.wrapped_keys.after(0, 99)
    changes = [(first, replace(first, wrapped=second.wrapped)), (second, replace(second, key_id=9))]
    table.stores.wrapped_keys.rewrap(changes)
    done = rewrap(table.keys(table.old.with_new_key()), table.stores.wrapped_keys)
    assert done.after == {1: 1, 2: PEOPLE - 2, 9: 1}
    assert {key: type(error) for key, error in done.refused.items()} == {
        first.id: TamperedError,
        second.id: UnknownKeyError,
    }


class Meddled:
    """A table of data keys, of which others change some between the reading and the writing."""

    def __init__(self, table: Table) -> None:
        self._table, self._wrapped = table, table.stores.wrapped_keys
        self.late = iter([SubjectRef("user", "late")])

    def after(self, id: int, limit: int) -> Sequence[DataKey]:  # noqa: A002 - the port's own word
        return self._wrapped.after(id, limit)

    def rewrap(self, changes: Sequence[tuple[DataKey, DataKey]]) -> int:
        self._table.keys(self._table.old).destroy([SubjectRef("user", "1")])
        self._table.keys(self._table.old).for_writing(self.late)
        return self._wrapped.rewrap(changes)

    def under(self) -> dict[int, int]:
        return dict(self._wrapped.under())


def test_others_may_write_meanwhile(table: Table) -> None:
    """A key that was destroyed is not brought back, and one that was made under the older key goes over too."""
    done = rewrap(table.keys(table.old.with_new_key()), Meddled(table))
    assert done.after == {2: PEOPLE}
    assert table.stores.data_keys.find([1])[0].state == "destroyed"


def test_a_refusal_keeps_no_frame_of_ours(table: Table) -> None:
    """Such as one whose locals could hold a key."""
    first = table.stores.wrapped_keys.after(0, 1)[0]
    table.stores.wrapped_keys.rewrap([(first, replace(first, wrapped=b"x"))])
    done = rewrap(table.keys(table.old.with_new_key()), table.stores.wrapped_keys)
    assert [error.__traceback__ for error in done.refused.values()] == [None]
