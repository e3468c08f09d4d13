"""What `Passkeys` owe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import Passkeys, StoreError, Stores
from consentguard.records import Passkey
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    NOBODYS,
    WORDS,
    Contract,
    in_utc,
    refused,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

CREDENTIAL = b"\x00\xff credential" + b"c" * 1000
ID = Passkey.id_of(CREDENTIAL)
OTHER = Passkey.id_of(b"other")
TODAY = MOMENT.date()
LONGEST = 2**32 - 1
"""The highest count there is: authenticators keep it in 32 bits."""
KEY = Passkey(
    id=ID,
    subject=ADA,
    credential=CREDENTIAL,
    public_key=b"\x00\xa5 public-key",
    sign_count=7,
    created_at=MOMENT,
    transports="internal hybrid",
    name=WORDS,
)


class PasskeysContract(Contract):
    """Public keys of second factors."""

    port = Passkeys
    attribute = "passkeys"

    def test_a_passkey_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, and nobody else's."""
        stores.passkeys.add(replace(KEY, created_at=MOMENT.astimezone(ELSEWHERE), last_used_on=TODAY))
        (back,) = stores.passkeys.of(ADA)
        assert back == replace(KEY, last_used_on=TODAY)
        assert in_utc(back.created_at)
        for other in NOBODYS:
            assert list(stores.passkeys.of(other)) == []

    def test_a_credential_is_kept_once(self, stores: Stores) -> None:
        """Whoever else brings it is refused, and the first stays."""
        stores.passkeys.add(KEY)
        with pytest.raises(StoreError):
            stores.passkeys.add(replace(KEY, subject=BOB, public_key=b"other"))
        assert list(stores.passkeys.of(ADA)) == [KEY]
        assert list(stores.passkeys.of(BOB)) == []

    def test_those_who_are_enrolled_are_told_apart(self, stores: Stores) -> None:
        """Whoever has one is, until it is removed."""
        stores.passkeys.add(KEY)
        stores.passkeys.add(replace(KEY, id=OTHER, credential=b"other"))
        everybody = [ADA, BOB, "%", *(f"{number:032}" for number in range(2_500))]
        assert stores.passkeys.enrolled(everybody) == {ADA}
        assert stores.passkeys.enrolled([BOB]) == stores.passkeys.enrolled([]) == frozenset()

    def test_the_oldest_comes_first(self, stores: Stores) -> None:
        """By when they were made, by id where it is the same."""
        for id_, created_at in (("3", MOMENT), ("2", MOMENT), ("4", MOMENT - MICROSECOND)):
            stores.passkeys.add(replace(KEY, id=id_ * 64, created_at=created_at))
        assert [each.id[0] for each in stores.passkeys.of(ADA)] == ["4", "2", "3"]

    def test_a_count_that_grows_is_accepted(self, stores: Stores, race: Race) -> None:
        """With the day of its use, for good: others see it. Nobody else's passkey is touched."""
        self._two(stores)
        assert stores.passkeys.claim_count(ID, 8, TODAY)
        assert stores.passkeys.claim_count(ID, LONGEST, TODAY + DAY)
        assert race(_mine, 1) == [[replace(KEY, sign_count=LONGEST, last_used_on=TODAY + DAY)]]
        assert [each.sign_count for each in stores.passkeys.of(BOB)] == [7]

    @pytest.mark.parametrize("count", [7, 6, 0])
    def test_a_count_that_does_not_grow_is_refused(self, stores: Stores, count: int) -> None:
        """It is a replay, or one of two copies: nothing is changed."""
        stores.passkeys.add(KEY)
        assert not stores.passkeys.claim_count(ID, count, TODAY)
        assert list(stores.passkeys.of(ADA)) == [KEY]

    def test_an_authenticator_may_not_count(self, stores: Stores) -> None:
        """Then it says 0 each time, twice on one day too; once it has counted, it may not stop."""
        stores.passkeys.add(replace(KEY, sign_count=0))
        assert [stores.passkeys.claim_count(ID, count, TODAY) for count in (0, 0, 1, 0)] == [True, True, True, False]

    @pytest.mark.parametrize("id_", ["", "%", "_" * 64, OTHER])
    def test_what_is_not_there_is_not_used(self, stores: Stores, id_: str) -> None:
        """False, and no error; neither is it renamed or dropped."""
        stores.passkeys.add(KEY)
        assert not stores.passkeys.claim_count(id_, 8, TODAY)
        assert not stores.passkeys.rename(ADA, id_, "new")
        assert not stores.passkeys.drop(ADA, id_)
        assert list(stores.passkeys.of(ADA)) == [KEY]

    def test_of_several_claims_of_a_count_one_is_accepted(self, stores: Stores, race: Race) -> None:
        """The others are replays, or copies."""
        stores.passkeys.add(KEY)
        assert the_winner(race(_claim)) is True

    def test_a_count_is_refused_inside_a_transaction(self, stores: Stores) -> None:
        """Its end could undo what must stay."""
        stores.passkeys.add(KEY)
        with refused(stores):
            stores.passkeys.claim_count(ID, 8, TODAY)
        assert list(stores.passkeys.of(ADA)) == [KEY]

    def test_its_owner_renames_it(self, stores: Stores) -> None:
        """To the same name too; nobody else does."""
        self._two(stores)
        assert stores.passkeys.rename(ADA, ID, "blue key")
        assert stores.passkeys.rename(ADA, ID, "blue key")
        assert not stores.passkeys.rename(BOB, ID, "mine")
        assert list(stores.passkeys.of(ADA)) == [replace(KEY, name="blue key")]
        assert [each.name for each in stores.passkeys.of(BOB)] == [WORDS]

    def test_its_owner_drops_it(self, stores: Stores) -> None:
        """That one alone, and once; nobody else does."""
        self._two(stores)
        stores.passkeys.add(replace(KEY, id="1" * 64))
        assert not stores.passkeys.drop(BOB, ID)
        assert stores.passkeys.drop(ADA, ID)
        assert not stores.passkeys.drop(ADA, ID)
        assert [each.id for each in stores.passkeys.of(ADA)] == ["1" * 64]
        assert len(stores.passkeys.of(BOB)) == 1

    def test_a_subjects_passkeys_are_removed(self, stores: Stores) -> None:
        """Theirs alone; the second time there are none."""
        self._two(stores)
        stores.passkeys.add(replace(KEY, id="1" * 64))
        assert stores.passkeys.remove([ADA]) == 2
        assert stores.passkeys.remove([ADA]) == 0
        assert len(stores.passkeys.of(BOB)) == 1

    def test_what_is_done_to_them_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Added, renamed, dropped, removed: as if nothing had been."""
        self._two(stores)
        with undone(stores):
            stores.passkeys.add(replace(KEY, id="1" * 64))
            assert stores.passkeys.rename(ADA, "1" * 64, "new")
            assert stores.passkeys.drop(ADA, ID)
            assert stores.passkeys.remove([BOB]) == 1
        assert list(stores.passkeys.of(ADA)) == [KEY]
        assert len(stores.passkeys.of(BOB)) == 1

    def test_no_name_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back: people call their keys after themselves."""
        stores.passkeys.add(replace(KEY, name="Ada's phone"))
        assert "Ada" not in f"{stores!r} {stores.passkeys!r} {stores.passkeys.of(ADA)!r}"

    @staticmethod
    def _two(stores: Stores) -> None:
        """One of Ada's and one of Bob's."""
        stores.passkeys.add(KEY)
        stores.passkeys.add(replace(KEY, id=OTHER, subject=BOB, credential=b"other"))


def _mine(stores: Stores, number: int) -> list[Passkey]:
    return list(stores.passkeys.of(ADA))


def _claim(stores: Stores, number: int) -> object:
    return verdict(partial(stores.passkeys.claim_count, ID, 8, TODAY))
