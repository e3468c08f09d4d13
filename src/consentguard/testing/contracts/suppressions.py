"""What `Suppressions` owes."""

from __future__ import annotations

from functools import partial

import pytest

from consentguard.ports import Stores, Suppressions
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    NOBODYS,
    Contract,
    entry,
    identifier,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import RACERS, Race

NEWS = "newsletter"
MANY = 1200


class SuppressionsContract(Contract):
    """Addresses that no mail goes to any more."""

    port = Suppressions
    attribute = "suppressions"

    def test_an_address_is_suppressed_for_a_purpose(self, stores: Stores) -> None:
        """Those alone that are, and for that purpose alone."""
        assert stores.suppressions.add(ADA, NEWS, MOMENT) is True
        assert stores.suppressions.among([ADA, BOB], NEWS) == {ADA}
        assert stores.suppressions.among([ADA], "offers") == frozenset()
        assert stores.suppressions.among([], NEWS) == frozenset()

    def test_it_is_suppressed_once(self, stores: Stores) -> None:
        """A second time nothing changes, whatever the moment; for another purpose or address it is the first."""
        assert stores.suppressions.add(ADA, NEWS, MOMENT)
        assert stores.suppressions.add(ADA, NEWS, MOMENT + DAY) is False
        assert stores.suppressions.add(ADA, "offers", MOMENT)
        assert stores.suppressions.add(BOB, NEWS, MOMENT)
        assert stores.suppressions.among([ADA, BOB], NEWS) == {ADA, BOB}

    def test_what_is_lifted_is_suppressed_no_more(self, stores: Stores) -> None:
        """For the purpose alone; what is not suppressed is not lifted; and it may be suppressed again."""
        for purpose in (NEWS, "offers"):
            stores.suppressions.add(ADA, purpose, MOMENT)
        assert stores.suppressions.lift(BOB, NEWS) is False
        assert stores.suppressions.lift(ADA, NEWS) is True
        assert stores.suppressions.lift(ADA, NEWS) is False
        assert stores.suppressions.among([ADA], NEWS) == frozenset()
        assert stores.suppressions.among([ADA], "offers") == {ADA}
        assert stores.suppressions.add(ADA, NEWS, MOMENT)

    @pytest.mark.parametrize("address", NOBODYS)
    def test_nobody_else_is_suppressed(self, stores: Stores, address: str) -> None:
        """Each pseudonym is itself alone, in whatever case or pattern."""
        stores.suppressions.add(ADA, NEWS, MOMENT)
        assert stores.suppressions.among([address], NEWS) == frozenset()
        assert stores.suppressions.among([ADA], NEWS.upper()) == frozenset()
        assert stores.suppressions.lift(address, NEWS) is False

    def test_many_addresses_are_looked_up_at_once(self, stores: Stores) -> None:
        """Those that are suppressed among all of them."""
        stores.suppressions.add(identifier(MANY - 1), NEWS, MOMENT)
        assert stores.suppressions.among([identifier(number) for number in range(MANY)], NEWS) == {identifier(MANY - 1)}

    def test_they_are_counted_by_purpose(self, stores: Stores) -> None:
        """Each purpose that has any, and how many it has."""
        assert stores.suppressions.counts() == {}
        for address, purpose in ((ADA, NEWS), (BOB, NEWS), (ADA, "offers"), (BOB, "offers")):
            stores.suppressions.add(address, purpose, MOMENT)
        stores.suppressions.lift(BOB, "offers")
        assert stores.suppressions.counts() == {NEWS: 2, "offers": 1}

    def test_a_refused_one_leaves_the_transaction_whole(self, stores: Stores) -> None:
        """What the caller did before it and does after it stands."""
        stores.suppressions.add(ADA, NEWS, MOMENT)
        with stores.transactions.atomic():
            stores.entries.add(entry(1))
            assert stores.suppressions.add(ADA, NEWS, MOMENT) is False
            assert stores.suppressions.add(BOB, NEWS, MOMENT) is True
            stores.entries.add(entry(2))
        assert stores.suppressions.among([ADA, BOB], NEWS) == {ADA, BOB}
        assert stores.entries.waiting() == 2

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """To suppress and to lift stand or fall with what was done in the same transaction."""
        stores.suppressions.add(ADA, NEWS, MOMENT)
        with undone(stores):
            assert stores.suppressions.add(BOB, NEWS, MOMENT)
            assert stores.suppressions.lift(ADA, NEWS)
        assert stores.suppressions.among([ADA, BOB], NEWS) == {ADA}

    def test_of_several_at_once_one_suppresses(self, stores: Stores, race: Race) -> None:
        """The others are told that it is already, and it is there once."""
        assert the_winner(race(_add)) is True
        assert stores.suppressions.among([ADA], NEWS) == {ADA}
        assert stores.suppressions.lift(ADA, NEWS)
        assert not stores.suppressions.lift(ADA, NEWS)

    def test_of_several_at_once_one_lifts(self, stores: Stores, race: Race) -> None:
        """And nothing is left of it."""
        stores.suppressions.add(ADA, NEWS, MOMENT)
        assert the_winner(race(_lift)) is True
        assert stores.suppressions.among([ADA], NEWS) == frozenset()

    def test_suppressions_of_several_addresses_at_once_are_all_kept(self, stores: Stores, race: Race) -> None:
        """Nobody's is lost, and others see them."""
        assert race(_add_own) == [True] * RACERS
        everybody = [identifier(number) for number in range(RACERS)]
        assert race(_among, 1) == [frozenset(everybody)]


def _add(stores: Stores, number: int) -> object:
    return verdict(partial(stores.suppressions.add, ADA, NEWS, MOMENT))


def _lift(stores: Stores, number: int) -> object:
    return verdict(partial(stores.suppressions.lift, ADA, NEWS))


def _add_own(stores: Stores, number: int) -> object:
    return stores.suppressions.add(identifier(number), NEWS, MOMENT)


def _among(stores: Stores, number: int) -> object:
    return stores.suppressions.among([identifier(each) for each in range(RACERS)], NEWS)
