"""What `RecoveryCodes` owe."""

from __future__ import annotations

from functools import partial

from consentguard.ports import RecoveryCodes, Stores
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ADA, BOB, ELSEWHERE, Contract, refused, the_winner, undone, verdict
from consentguard.testing.races import Race

CODES = [f"{number:064x}" for number in range(3)]


class RecoveryCodesContract(Contract):
    """Codes that replace a second factor once."""

    port = RecoveryCodes
    attribute = "recovery_codes"

    def test_codes_are_counted_until_they_are_spent(self, stores: Stores, race: Race) -> None:
        """Each works once; others see what is left."""
        stores.recovery_codes.replace(ADA, CODES)
        assert stores.recovery_codes.left(ADA) == 3
        assert stores.recovery_codes.spend(ADA, CODES[1], MOMENT.astimezone(ELSEWHERE))
        assert not stores.recovery_codes.spend(ADA, CODES[1], MOMENT)
        assert race(_left, 1) == [2]

    def test_a_code_is_its_subjects_own(self, stores: Stores) -> None:
        """Nobody else's works, nor a pattern that fits it; two subjects may have the same digest."""
        stores.recovery_codes.replace(ADA, CODES)
        stores.recovery_codes.replace(BOB, CODES[:1])
        for subject, digest in ((BOB, CODES[1]), (ADA, "%"), ("%", CODES[1]), (ADA, ""), ("", CODES[1])):
            assert not stores.recovery_codes.spend(subject, digest, MOMENT)
        assert stores.recovery_codes.spend(BOB, CODES[0], MOMENT)
        assert stores.recovery_codes.left(ADA) == 3
        assert stores.recovery_codes.left("%") == 0

    def test_new_codes_replace_all_that_were_there(self, stores: Stores) -> None:
        """Unused or used, which then work anew if they are among them; nobody else's go."""
        stores.recovery_codes.replace(ADA, CODES)
        stores.recovery_codes.replace(BOB, CODES)
        assert stores.recovery_codes.spend(ADA, CODES[0], MOMENT)
        stores.recovery_codes.replace(ADA, [CODES[0]])
        assert stores.recovery_codes.left(ADA) == 1
        assert not stores.recovery_codes.spend(ADA, CODES[1], MOMENT)
        assert stores.recovery_codes.spend(ADA, CODES[0], MOMENT)
        assert stores.recovery_codes.left(BOB) == 3

    def test_no_codes_are_a_replacement_too(self, stores: Stores) -> None:
        """Then none is left."""
        stores.recovery_codes.replace(ADA, CODES)
        stores.recovery_codes.replace(ADA, [])
        assert stores.recovery_codes.left(ADA) == 0

    def test_the_codes_of_many_are_removed_at_once(self, stores: Stores) -> None:
        """Used ones too, and nobody else's; many at once."""
        stores.recovery_codes.replace(ADA, CODES)
        stores.recovery_codes.replace(BOB, CODES)
        assert stores.recovery_codes.spend(ADA, CODES[0], MOMENT)
        assert stores.recovery_codes.remove([ADA, *(f"nobody {number}" for number in range(2500))]) == 3
        assert stores.recovery_codes.remove([ADA]) == stores.recovery_codes.remove([]) == 0
        assert (stores.recovery_codes.left(ADA), stores.recovery_codes.left(BOB)) == (0, 3)

    def test_of_several_that_spend_a_code_one_may(self, stores: Stores, race: Race) -> None:
        """The others are refused."""
        stores.recovery_codes.replace(ADA, CODES)
        assert the_winner(race(_spend)) is True
        assert stores.recovery_codes.left(ADA) == 2

    def test_spending_is_refused_inside_a_transaction(self, stores: Stores) -> None:
        """A code whose use could be undone would work twice."""
        stores.recovery_codes.replace(ADA, CODES)
        with refused(stores):
            stores.recovery_codes.spend(ADA, CODES[0], MOMENT)
        assert stores.recovery_codes.left(ADA) == 3

    def test_a_replacement_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """The codes from before work again."""
        stores.recovery_codes.replace(ADA, CODES[:1])
        with undone(stores):
            stores.recovery_codes.replace(ADA, CODES[1:])
        assert stores.recovery_codes.left(ADA) == 1
        assert stores.recovery_codes.spend(ADA, CODES[0], MOMENT)

    def test_no_digest_stands_in_a_repr(self, stores: Stores) -> None:
        """Nor whose it is."""
        stores.recovery_codes.replace(ADA, CODES)
        shown = f"{stores!r} {stores.recovery_codes!r}"
        assert CODES[0] not in shown
        assert ADA not in shown


def _left(stores: Stores, number: int) -> int:
    return stores.recovery_codes.left(ADA)


def _spend(stores: Stores, number: int) -> object:
    return verdict(partial(stores.recovery_codes.spend, ADA, CODES[0], MOMENT))
