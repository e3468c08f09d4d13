"""What `DataKeys` and `WrappedKeys` owe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import DataKeys, Stores, WrappedKeys
from consentguard.records import DataKey, NewDataKey
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ADA, BOB, DAY, ELSEWHERE, Contract, in_utc, undone, verdict
from consentguard.testing.races import RACERS, Race

WRAPPED = bytes(range(256)) * 2
"""Every byte there is: a wrapped key is no text."""
KEY = NewDataKey(subject=ADA, key_id=1, wrapped=WRAPPED, created_at=MOMENT)
TODAY = MOMENT.date()
MANY = 2_500
"""More subjects than one statement should ask for, and no round number of statements."""


class DataKeysContract(Contract):
    """One enabled key for each data subject, and tombstones."""

    port = DataKeys
    attribute = "data_keys"

    def test_a_key_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, with an id from 1 on that a sealed value can name."""
        (made,) = stores.data_keys.put([replace(KEY, created_at=KEY.created_at.astimezone(ELSEWHERE))])
        assert made == _enabled(made.id)
        assert 0 < made.id < 2**31
        assert in_utc(made.created_at)
        assert stores.data_keys.of([ADA]) == stores.data_keys.find([made.id]) == [made]

    def test_who_has_none_is_not_found(self, stores: Stores) -> None:
        """Neither by a pseudonym nor by an id; and nothing is nothing."""
        (made,) = stores.data_keys.put([KEY])
        for subject in (BOB, "", "%", ADA.upper()):
            assert list(stores.data_keys.of([subject])) == []
        assert list(stores.data_keys.find([made.id + 1, 0, 2**32 - 1])) == []
        nothing = (stores.data_keys.put([]), stores.data_keys.of([]), stores.data_keys.find([]))
        assert [list(each) for each in (*nothing, stores.data_keys.destroy([], TODAY))] == [[], [], [], []]

    def test_several_are_found_together(self, stores: Stores) -> None:
        """Each once, however often it is asked for, and those that there are beside those that there are not."""
        made = stores.data_keys.put([KEY, replace(KEY, subject=BOB, key_id=2)])
        ids = [key.id for key in made]
        assert _by_id(stores.data_keys.of([BOB, ADA, BOB, "c" * 32])) == _by_id(made)
        assert _by_id(stores.data_keys.find([*ids, *ids, max(ids) + 1])) == _by_id(made)
        assert len({*ids}) == 2

    def test_the_first_key_of_a_subject_stays(self, stores: Stores) -> None:
        """A second is not kept, and what is there is given back, also within one call."""
        (first,) = stores.data_keys.put([KEY])
        again = stores.data_keys.put([replace(KEY, subject=BOB, wrapped=b"b"), replace(KEY, wrapped=b"second")])
        assert [key for key in again if key.subject == ADA] == [first]
        twice = [replace(KEY, subject="c" * 32, wrapped=wrapped) for wrapped in (b"one", b"two")]
        assert [key.wrapped for key in stores.data_keys.put(twice)] == [b"one"]

    def test_of_several_first_keys_at_once_one_is_kept(self, stores: Stores, race: Race) -> None:
        """And everybody is told that one, who asks right after too."""
        found = race(_put_and_ask)
        assert len({key for keys in found for key in _keys(keys)}) == 1
        assert all(len(_keys(keys)) == 2 for keys in found)

    def test_a_key_that_somebody_else_made_meanwhile_is_told_inside_a_transaction(
        self, stores: Stores, race: Race
    ) -> None:
        """Whatever the transaction has seen before: a value is never sealed under a key that is not kept."""
        with stores.transactions.atomic():
            assert list(stores.data_keys.of([BOB])) == []
        found = [key for keys in race(_look_and_put) if keys != "busy" for key in _keys(keys)]
        assert len(set(found)) == 1
        assert list(stores.data_keys.of([ADA])) == found[:1]

    def test_several_keys_of_several_subjects_at_once(self, stores: Stores, race: Race) -> None:
        """Each subject has one, and each racer that was not too late knows all of them."""
        found = [_by_id(_keys(keys)) for keys in race(_put_many) if keys != "busy"]
        assert found
        assert all(len(keys) == RACERS for keys in found)
        assert all(keys == found[0] for keys in found)

    def test_nothing_but_a_tombstone_is_left_of_a_destroyed_key(self, stores: Stores, race: Race) -> None:
        """Neither whose it was nor what it was nor when it was made: the day alone. Others see it at once."""
        ada, bob = _by_id(stores.data_keys.put([KEY, replace(KEY, subject=BOB)]))
        assert stores.data_keys.destroy([ADA, "c" * 32], TODAY) == [ada.id]
        assert list(stores.data_keys.of([ADA, BOB])) == [bob]
        assert stores.data_keys.find([ada.id]) == [DataKey(id=ada.id, state="destroyed", destroyed_on=TODAY)]
        assert stores.data_keys.destroy([ADA], TODAY + DAY) == []
        assert race(partial(_find, ada.id), 1) == [[DataKey(id=ada.id, state="destroyed", destroyed_on=TODAY)]]

    def test_of_several_that_destroy_a_key_at_once_one_gets_it(self, stores: Stores, race: Race) -> None:
        """So that the evidence says once that it went."""
        made = stores.data_keys.put([KEY, replace(KEY, subject=BOB)])
        gone = [id_ for ids in race(_destroy) if ids != "busy" for id_ in ids]  # type: ignore[attr-defined]
        assert sorted(gone) == [key.id for key in _by_id(made)]
        assert list(stores.data_keys.of([ADA, BOB])) == []

    def test_an_id_is_never_given_again(self, stores: Stores) -> None:
        """Whose key was destroyed gets a new one, with a new id."""
        ids = []
        for _ in range(3):
            ids += [key.id for key in stores.data_keys.put([KEY])]
            stores.data_keys.destroy([ADA], TODAY)
        assert len(set(ids)) == 3
        assert ids == sorted(ids)

    def test_a_key_is_made_or_destroyed_and_never_half(self, stores: Stores, race: Race) -> None:
        """Where some make a subject's key and others destroy it, each id that was told is a key or a tombstone."""
        told = [key for keys in race(_put_or_destroy) if keys != "busy" for key in _keys(keys)]
        ids: set[int] = {getattr(key, "id", key) for key in told}  # type: ignore[arg-type]  # a key or an id
        kept = {key.id: key for key in stores.data_keys.find(sorted(ids))}
        assert kept.keys() == ids
        for key in kept.values():
            assert key in (_enabled(key.id), DataKey(id=key.id, state="destroyed", destroyed_on=TODAY))
        assert len(stores.data_keys.of([ADA])) <= 1

    def test_many_at_once(self, stores: Stores) -> None:
        """As many as an import brings are put, found and destroyed, each once."""
        keys = [replace(KEY, subject=f"{number:032x}") for number in range(MANY)]
        made = stores.data_keys.put(keys)
        assert {key.subject for key in made} == {key.subject for key in keys}
        assert len(stores.data_keys.of([key.subject for key in keys])) == MANY
        assert len(stores.data_keys.find([key.id for key in made])) == MANY
        assert stores.data_keys.destroy([key.subject for key in keys], TODAY) == sorted(key.id for key in made)
        assert not stores.data_keys.of([key.subject for key in keys])

    def test_what_happens_to_keys_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """A new key, and a destroyed one, which is there again. Who comes next has a key of their own."""
        (ada,) = stores.data_keys.put([KEY])
        with undone(stores):
            (bob,) = stores.data_keys.put([replace(KEY, subject=BOB)])
            assert stores.data_keys.destroy([ADA], TODAY) == [ada.id]
            assert stores.data_keys.find([ada.id])[0].state == "destroyed"
        assert list(stores.data_keys.of([ADA, BOB])) == [ada]
        assert list(stores.data_keys.find([bob.id])) == []
        (other,) = stores.data_keys.put([replace(KEY, subject="c" * 32)])
        assert stores.data_keys.find([other.id]) == [other]
        assert other.id > ada.id

    def test_no_wrapped_key_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it takes and gives back."""
        secret = b"a wrapped key"
        made = stores.data_keys.put([replace(KEY, wrapped=secret)])
        shown = f"{stores!r} {stores.data_keys!r} {stores.wrapped_keys!r} {made!r} {replace(KEY, wrapped=secret)!r}"
        assert "wrapped" not in shown.replace("wrapped_keys", "")


class WrappedKeysContract(Contract):
    """The keys by what wraps them."""

    port = WrappedKeys
    attribute = "wrapped_keys"

    def test_keys_come_in_portions_by_id(self, stores: Stores) -> None:
        """Those after an id, tombstones left out."""
        made = _by_id(stores.data_keys.put([replace(KEY, subject=f"{number:032x}") for number in range(5)]))
        stores.data_keys.destroy([made[1].subject or ""], TODAY)
        kept = [made[0], *made[2:]]
        assert list(stores.wrapped_keys.after(0, 2)) == kept[:2]
        assert list(stores.wrapped_keys.after(kept[1].id, 9)) == kept[2:]
        assert list(stores.wrapped_keys.after(made[4].id, 9)) == []

    def test_a_key_is_wrapped_anew(self, stores: Stores, race: Race) -> None:
        """Only what wraps it changes, and others see it."""
        ada, bob = _by_id(stores.data_keys.put([KEY, replace(KEY, subject=BOB)]))
        to = replace(ada, key_id=2, wrapped=b"anew", subject="not this", created_at=MOMENT + DAY)
        assert stores.wrapped_keys.rewrap([(ada, to)]) == 1
        assert stores.data_keys.find([ada.id]) == [replace(ada, key_id=2, wrapped=b"anew")]
        assert list(stores.data_keys.of([BOB])) == [bob]
        assert race(partial(_find, ada.id), 1) == [[replace(ada, key_id=2, wrapped=b"anew")]]
        assert stores.wrapped_keys.rewrap([]) == 0

    @pytest.mark.parametrize("changed", ["wrapped", "key_id", "destroyed", "gone"])
    def test_a_key_that_is_another_by_now_stays(self, stores: Stores, changed: str) -> None:
        """Compare and swap: what somebody else did meanwhile is not written over, and the others of the batch are."""
        ada, bob = _by_id(stores.data_keys.put([KEY, replace(KEY, subject=BOB)]))
        was = {
            "wrapped": replace(ada, wrapped=b"before"),
            "key_id": replace(ada, key_id=3),
            "destroyed": ada,
            "gone": replace(ada, id=bob.id + 1),
        }[changed]
        if changed == "destroyed":
            stores.data_keys.destroy([ADA], TODAY)
        before = stores.data_keys.find([ada.id])
        to = replace(bob, key_id=2, wrapped=b"anew")
        assert stores.wrapped_keys.rewrap([(was, replace(was, key_id=2, wrapped=b"anew")), (bob, to)]) == 1
        assert stores.data_keys.find([ada.id]) == before
        assert stores.data_keys.find([bob.id]) == [to]

    def test_of_several_that_wrap_a_key_anew_one_does(self, stores: Stores, race: Race) -> None:
        """The others are told that it was another by then."""
        (ada,) = stores.data_keys.put([KEY])
        assert sum(changed for changed in race(partial(_rewrap, ada)) if isinstance(changed, int)) == 1
        (now,) = stores.data_keys.find([ada.id])
        assert (now.key_id or 0) >= 2
        assert now.wrapped == b"%d" % (now.key_id or 0)

    def test_many_are_wrapped_anew_at_once(self, stores: Stores) -> None:
        """In one transaction, each counted once."""
        made = stores.data_keys.put([replace(KEY, subject=f"{number:032x}") for number in range(200)])
        changes = [(key, replace(key, key_id=2, wrapped=b"%d" % key.id)) for key in made]
        assert stores.wrapped_keys.rewrap(changes) == len(made)
        assert stores.wrapped_keys.rewrap(changes) == 0
        assert _by_id(stores.data_keys.find([key.id for key in made])) == _by_id([to for _, to in changes])

    def test_keys_are_counted_by_what_wraps_them(self, stores: Stores) -> None:
        """Tombstones are wrapped by nothing."""
        assert dict(stores.wrapped_keys.under()) == {}
        for number, key_id in enumerate([2, 1, 2, 2**32 - 1]):
            stores.data_keys.put([replace(KEY, subject=f"{number:032x}", key_id=key_id)])
        stores.data_keys.destroy([f"{1:032x}"], TODAY)
        assert dict(stores.wrapped_keys.under()) == {2: 2, 2**32 - 1: 1}

    def test_a_new_wrapping_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """What was there before is there again."""
        (ada,) = stores.data_keys.put([KEY])
        with undone(stores):
            assert stores.wrapped_keys.rewrap([(ada, replace(ada, key_id=2, wrapped=b"anew"))]) == 1
        assert stores.data_keys.find([ada.id]) == [ada]


def _enabled(id_: int) -> DataKey:
    return DataKey(id=id_, state="enabled", created_at=MOMENT, subject=ADA, key_id=1, wrapped=WRAPPED)


def _by_id(keys: Sequence[DataKey]) -> list[DataKey]:
    return sorted(keys, key=lambda key: key.id)


def _keys(found: object) -> list[DataKey]:
    assert isinstance(found, list)
    return found


def _put_and_ask(stores: Stores, number: int) -> object:
    return [*stores.data_keys.put([KEY]), *stores.data_keys.of([ADA])]


def _look_and_put(stores: Stores, number: int) -> object:
    def act() -> list[DataKey]:
        with stores.transactions.atomic():
            return list(stores.data_keys.of([ADA]) or stores.data_keys.put([KEY]))

    return verdict(act)


def _put_many(stores: Stores, number: int) -> object:
    order = [*range(number, RACERS), *range(number)]
    keys = [replace(KEY, subject=f"{each:032x}", wrapped=b"%d" % number) for each in order]
    return verdict(lambda: list(stores.data_keys.put(keys)))


def _put_or_destroy(stores: Stores, number: int) -> object:
    if number % 2:
        return verdict(lambda: list(stores.data_keys.destroy([ADA], TODAY)))
    return verdict(lambda: list(stores.data_keys.put([KEY])))


def _destroy(stores: Stores, number: int) -> object:
    return verdict(lambda: list(stores.data_keys.destroy([ADA, BOB], TODAY + dt.timedelta(days=number))))


def _find(id_: int, stores: Stores, number: int) -> object:
    return list(stores.data_keys.find([id_]))


def _rewrap(ada: DataKey, stores: Stores, number: int) -> object:
    key_id = number + 2
    return verdict(lambda: stores.wrapped_keys.rewrap([(ada, replace(ada, key_id=key_id, wrapped=b"%d" % key_id))]))
