"""What `AgeClaims` owes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from consentguard.ports import AgeClaims, StoreError, Stores
from consentguard.records import EVERYONE, AgeClaim
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    ELSEWHERE,
    MICROSECOND,
    NOBODYS,
    Contract,
    identifier,
    in_utc,
    undone,
)
from consentguard.testing.races import Race

CLAIM = AgeClaim(
    id=identifier(1),
    at=MOMENT,
    subject=ADA,
    threshold=16,
    outcome="under",
    method="screen",
    assurance="self_declared",
    version="31781b3426ee1e76",
    recheck_on=dt.date(2028, 2, 29),
)


class AgeClaimsContract(Contract):
    """Outcomes of age screens."""

    port = AgeClaims
    attribute = "age_claims"

    @pytest.mark.parametrize("claim", [CLAIM, replace(CLAIM, outcome="over", recheck_on=None, version="")])
    def test_a_claim_comes_back_as_it_was(self, stores: Stores, claim: AgeClaim) -> None:
        """Every field, whether or not it is to be asked again."""
        stores.age_claims.add(replace(claim, at=claim.at.astimezone(ELSEWHERE)))
        back = stores.age_claims.latest(ADA)
        assert back == claim
        assert back is not None
        assert in_utc(back.at)

    def test_a_claim_is_never_replaced(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.age_claims.add(CLAIM)
        with pytest.raises(StoreError):
            stores.age_claims.add(replace(CLAIM, outcome="over"))
        assert stores.age_claims.latest(ADA) == CLAIM

    def test_the_latest_is_the_newest(self, stores: Stores) -> None:
        """By moment, by id where the moment is the same, in whatever order they were added."""
        for id_, at in ((2, MOMENT), (4, MOMENT), (3, MOMENT), (5, MOMENT - MICROSECOND)):
            stores.age_claims.add(replace(CLAIM, id=identifier(id_), at=at))
        assert stores.age_claims.latest(ADA) == replace(CLAIM, id=identifier(4))

    @pytest.mark.parametrize("subject", NOBODYS)
    def test_nobody_sees_a_claim_of_somebody_else(self, stores: Stores, subject: str) -> None:
        """Each pseudonym has its own."""
        stores.age_claims.add(CLAIM)
        assert stores.age_claims.latest(subject) is None

    def test_nobody_in_particular_has_no_latest_claim(self, stores: Stores) -> None:
        """Visitors who are not signed in share no answer."""
        stores.age_claims.add(replace(CLAIM, subject=EVERYONE))
        assert stores.age_claims.latest(EVERYONE) is None

    def test_a_claim_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        with undone(stores):
            stores.age_claims.add(CLAIM)
        assert stores.age_claims.latest(ADA) is None

    def test_a_claim_is_kept(self, stores: Stores, race: Race) -> None:
        """Others see it."""
        stores.age_claims.add(CLAIM)
        assert race(_latest_claim, 1) == [CLAIM]


def _latest_claim(stores: Stores, number: int) -> AgeClaim | None:
    return stores.age_claims.latest(ADA)
