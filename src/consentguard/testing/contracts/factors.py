"""What `Authenticators` owe."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import Authenticators, StoreError, Stores
from consentguard.records import Authenticator
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    SECOND,
    Contract,
    identifier,
    in_utc,
    refused,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

SECRET = b"\x00\xff sealed-secret"
STEP = 59_000_000
ID = identifier(1)
PENDING = Authenticator(id=ID, subject=ADA, state="pending", secret=SECRET, created_at=MOMENT)


class AuthenticatorsContract(Contract):
    """Second factors."""

    port = Authenticators
    attribute = "authenticators"

    def test_an_authenticator_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, and nobody else's."""
        stores.authenticators.add(replace(PENDING, created_at=MOMENT.astimezone(ELSEWHERE)))
        (back,) = stores.authenticators.of(ADA)
        assert back == PENDING
        assert in_utc(back.created_at)
        for other in (BOB, "", "%", "_" * 32):
            assert list(stores.authenticators.of(other)) == []

    def test_one_is_found_by_its_id(self, stores: Stores) -> None:
        """Whosever it is; None for an id that is none."""
        self._two(stores)
        assert stores.authenticators.find(ID) == PENDING
        assert [stores.authenticators.find(id_) for id_ in ("", "%", identifier(9))] == [None] * 3

    def test_those_who_are_enrolled_are_told_apart(self, stores: Stores) -> None:
        """They have an active one; a pending one is none yet, and a disabled one is none any more."""
        self._two(stores)
        assert stores.authenticators.claim_step(identifier(2), STEP)
        everybody = [ADA, BOB, "%", *(f"{number:032}" for number in range(2_500))]
        assert stores.authenticators.enrolled(everybody) == {BOB}
        assert stores.authenticators.enrolled([ADA]) == stores.authenticators.enrolled([]) == frozenset()
        assert stores.authenticators.begin_attempt(identifier(2), MOMENT, MOMENT, 1)
        assert stores.authenticators.enrolled(everybody) == frozenset()

    def test_an_authenticator_is_kept_once(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.authenticators.add(PENDING)
        with pytest.raises(StoreError):
            stores.authenticators.add(replace(PENDING, subject=BOB, secret=b"other"))
        assert list(stores.authenticators.of(ADA)) == [PENDING]

    def test_the_oldest_comes_first(self, stores: Stores) -> None:
        """By when they were made, by id where it is the same."""
        for id_, created_at in ((3, MOMENT), (2, MOMENT), (4, MOMENT - MICROSECOND)):
            stores.authenticators.add(replace(PENDING, id=identifier(id_), created_at=created_at))
            assert stores.authenticators.claim_step(identifier(id_), STEP)
        assert [each.id for each in stores.authenticators.of(ADA)] == [*map(identifier, (4, 2, 3))]

    def test_a_new_one_stands_in_place_of_the_pending_ones(self, stores: Stores) -> None:
        """Neither an active one nor anybody else's pending one goes."""
        active, others = replace(PENDING, id=identifier(2)), replace(PENDING, id=identifier(3), subject=BOB)
        stores.authenticators.add(active)
        assert stores.authenticators.claim_step(active.id, STEP)
        for each in (PENDING, others, replace(PENDING, id=identifier(4))):
            stores.authenticators.add(each)
        assert [each.id for each in stores.authenticators.of(ADA)] == [active.id, identifier(4)]
        assert list(stores.authenticators.of(BOB)) == [others]

    def test_an_attempt_is_counted_before_it_is_verified(self, stores: Stores, race: Race) -> None:
        """What comes after cannot take it back: others see it."""
        self._two(stores)
        assert stores.authenticators.begin_attempt(ID, MOMENT, (MOMENT + SECOND).astimezone(ELSEWHERE), 5)
        counted = replace(PENDING, failures=1, next_at=MOMENT + SECOND)
        assert race(_mine, 1) == [[counted]]
        (back,) = stores.authenticators.of(ADA)
        assert in_utc(back.next_at)
        assert [each.failures for each in stores.authenticators.of(BOB)] == [0]

    def test_no_attempt_before_the_next_is_allowed(self, stores: Stores) -> None:
        """Refused and not counted a microsecond before; allowed at the moment itself."""
        self._two(stores)
        later = MOMENT + SECOND
        assert stores.authenticators.begin_attempt(ID, MOMENT, later, 5)
        assert not stores.authenticators.begin_attempt(ID, later - MICROSECOND, later + DAY, 5)
        assert stores.authenticators.of(ADA)[0] == replace(PENDING, failures=1, next_at=later)
        assert stores.authenticators.begin_attempt(ID, later.astimezone(ELSEWHERE), later + DAY, 5)
        assert stores.authenticators.of(ADA)[0] == replace(PENDING, failures=2, next_at=later + DAY)

    def test_the_last_attempt_is_allowed_and_disables(self, stores: Stores) -> None:
        """Then none is, whenever; the other subject's goes on."""
        self._two(stores)
        assert [self._attempt(stores) for _ in range(4)] == [True, True, True, False]
        assert not stores.authenticators.begin_attempt(ID, MOMENT + DAY, MOMENT + DAY, 99)
        (back,) = stores.authenticators.of(ADA)
        assert (back.state, back.failures) == ("disabled", 3)
        assert stores.authenticators.begin_attempt(identifier(2), MOMENT, MOMENT, 3)

    @pytest.mark.parametrize("attempts", [0, 2, 3], ids=["at first", "after failures", "the last attempt"])
    def test_a_right_code_makes_it_active(self, stores: Stores, race: Race, attempts: int) -> None:
        """And its failures are forgotten, though the very attempt had disabled it; others see it."""
        self._two(stores)
        for _ in range(attempts):
            assert self._attempt(stores)
        assert stores.authenticators.claim_step(ID, STEP)
        assert race(_mine, 1) == [[replace(PENDING, state="active", last_step=STEP)]]
        assert [each.state for each in stores.authenticators.of(BOB)] == ["pending"]

    def test_a_code_is_accepted_once(self, stores: Stores) -> None:
        """Neither the same step nor an earlier one again, and nothing is changed; a later one is accepted."""
        self._two(stores)
        assert stores.authenticators.claim_step(ID, STEP)
        assert stores.authenticators.begin_attempt(ID, MOMENT, MOMENT, 5)
        before = stores.authenticators.of(ADA)
        assert not stores.authenticators.claim_step(ID, STEP)
        assert not stores.authenticators.claim_step(ID, STEP - 1)
        assert stores.authenticators.of(ADA) == before
        assert stores.authenticators.claim_step(ID, STEP + 1)

    def test_the_first_step_of_all_is_accepted(self, stores: Stores) -> None:
        """Step 0 comes after none."""
        stores.authenticators.add(PENDING)
        assert stores.authenticators.claim_step(ID, 0)
        assert not stores.authenticators.claim_step(ID, 0)

    @pytest.mark.parametrize("id_", ["", "%", identifier(9)])
    def test_what_is_not_there_has_no_attempts(self, stores: Stores, id_: str) -> None:
        """False, and no error."""
        stores.authenticators.add(PENDING)
        assert not stores.authenticators.begin_attempt(id_, MOMENT, MOMENT, 5)
        assert not stores.authenticators.claim_step(id_, STEP)
        assert list(stores.authenticators.of(ADA)) == [PENDING]

    def test_attempts_at_once_are_all_counted(self, stores: Stores, race: Race) -> None:
        """Of eight exactly five are allowed where five are the most."""
        stores.authenticators.add(PENDING)
        allowed = race(_attempt_freely).count(True)
        (back,) = stores.authenticators.of(ADA)
        assert (allowed, back.failures, back.state) == (5, 5, "disabled")

    def test_of_attempts_at_once_one_is_allowed_where_the_next_must_wait(self, stores: Stores, race: Race) -> None:
        """The others are not counted."""
        stores.authenticators.add(PENDING)
        assert the_winner(race(_attempt_and_wait)) is True
        assert [each.failures for each in stores.authenticators.of(ADA)] == [1]

    def test_of_several_claims_of_a_step_one_is_accepted(self, stores: Stores, race: Race) -> None:
        """The others are replays."""
        stores.authenticators.add(PENDING)
        assert the_winner(race(_claim_step)) is True

    def test_what_must_last_is_refused_inside_a_transaction(self, stores: Stores) -> None:
        """Neither an attempt nor a step is taken there."""
        stores.authenticators.add(PENDING)
        with refused(stores):
            stores.authenticators.begin_attempt(ID, MOMENT, MOMENT, 5)
        with refused(stores):
            stores.authenticators.claim_step(ID, STEP)
        assert list(stores.authenticators.of(ADA)) == [PENDING]

    def test_a_subjects_authenticators_are_removed(self, stores: Stores) -> None:
        """Theirs alone; the second time there are none."""
        self._two(stores)
        assert stores.authenticators.claim_step(ID, STEP)
        stores.authenticators.add(replace(PENDING, id=identifier(3)))
        assert stores.authenticators.remove([ADA]) == 2
        assert stores.authenticators.remove([ADA]) == 0
        assert len(stores.authenticators.of(BOB)) == 1

    def test_adding_and_removing_are_undone_with_their_evidence(self, stores: Stores) -> None:
        """The pending one that was replaced is back."""
        self._two(stores)
        with undone(stores):
            stores.authenticators.add(replace(PENDING, id=identifier(3)))
            assert stores.authenticators.remove([BOB]) == 1
        assert list(stores.authenticators.of(ADA)) == [PENDING]
        assert len(stores.authenticators.of(BOB)) == 1

    def test_no_secret_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.authenticators.add(PENDING)
        assert "sealed-secret" not in f"{stores!r} {stores.authenticators!r} {stores.authenticators.of(ADA)!r}"

    @staticmethod
    def _two(stores: Stores) -> None:
        """One of Ada's and one of Bob's."""
        stores.authenticators.add(PENDING)
        stores.authenticators.add(replace(PENDING, id=identifier(2), subject=BOB))

    @staticmethod
    def _attempt(stores: Stores) -> bool:
        return stores.authenticators.begin_attempt(ID, MOMENT, MOMENT, 3)


def _mine(stores: Stores, number: int) -> list[Authenticator]:
    return list(stores.authenticators.of(ADA))


def _begin(stores: Stores, next_at: dt.datetime) -> object:
    return verdict(partial(stores.authenticators.begin_attempt, ID, MOMENT, next_at, 5))


def _attempt_freely(stores: Stores, number: int) -> object:
    return _begin(stores, MOMENT)


def _attempt_and_wait(stores: Stores, number: int) -> object:
    return _begin(stores, MOMENT + SECOND)


def _claim_step(stores: Stores, number: int) -> object:
    return verdict(partial(stores.authenticators.claim_step, ID, STEP))
