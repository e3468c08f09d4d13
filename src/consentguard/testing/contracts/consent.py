"""What `ConsentRecords` and `AgeClaims` owe."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from consentguard.ports import AgeClaims, ConsentRecords, StoreError, Stores
from consentguard.records import EVERYONE, AgeClaim, ConsentRecord
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    Contract,
    identifier,
    in_utc,
    undone,
)
from consentguard.testing.races import Race

RECORD = ConsentRecord(
    id=identifier(1),
    at=MOMENT,
    subject=ADA,
    version="31781b3426ee1e76",
    accepted=("analytics", "marketing"),
    refused=("advertising",),
    language="es",
    jurisdiction="US-CA",
    method="form",
    until=MOMENT + 180 * DAY,
)
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
NOBODYS = ["%", "_" * 32, "", BOB]
"""What is no pseudonym of Ada's, though a pattern of SQL might take it for one."""


class ConsentRecordsContract(Contract):
    """Choices as they were made."""

    port = ConsentRecords
    attribute = "consents"

    def test_a_record_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, the order of the purposes too."""
        stores.consents.add(RECORD)
        back = stores.consents.find(RECORD.id)
        assert back == RECORD == stores.consents.latest(ADA)
        assert back is not None
        assert in_utc(back.at, back.until)

    def test_nothing_accepted_is_a_choice_too(self, stores: Stores) -> None:
        """Empty tuples and texts come back as such, and many purposes as all of them."""
        bare = replace(RECORD, accepted=(), refused=(), language="", jurisdiction="")
        many = replace(RECORD, id=identifier(2), accepted=tuple(f"purpose_{number}" for number in range(200)))
        stores.consents.add(bare)
        stores.consents.add(many)
        assert stores.consents.find(bare.id) == bare
        assert stores.consents.find(many.id) == many

    def test_moments_of_another_zone_come_back_in_utc(self, stores: Stores) -> None:
        """The same moments."""
        stores.consents.add(
            replace(RECORD, at=RECORD.at.astimezone(ELSEWHERE), until=RECORD.until.astimezone(ELSEWHERE))
        )
        back = stores.consents.find(RECORD.id)
        assert back == RECORD
        assert back is not None
        assert in_utc(back.at, back.until)

    def test_a_record_is_never_replaced(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.consents.add(RECORD)
        with pytest.raises(StoreError):
            stores.consents.add(replace(RECORD, accepted=()))
        assert stores.consents.find(RECORD.id) == RECORD

    def test_the_latest_is_the_newest(self, stores: Stores) -> None:
        """By moment, by id where the moment is the same, in whatever order they were added."""
        for id_, at in ((2, MOMENT), (4, MOMENT), (3, MOMENT), (5, MOMENT - MICROSECOND)):
            stores.consents.add(replace(RECORD, id=identifier(id_), at=at))
        assert stores.consents.latest(ADA) == replace(RECORD, id=identifier(4))

    @pytest.mark.parametrize("subject", NOBODYS)
    def test_nobody_sees_a_choice_of_somebody_else(self, stores: Stores, subject: str) -> None:
        """Each pseudonym has its own."""
        stores.consents.add(RECORD)
        assert stores.consents.latest(subject) is None

    def test_nobody_in_particular_has_no_latest_choice(self, stores: Stores) -> None:
        """Visitors who are not signed in share no choice; the record itself is found."""
        stores.consents.add(replace(RECORD, subject=EVERYONE))
        assert stores.consents.latest(EVERYONE) is None
        assert stores.consents.find(RECORD.id) == replace(RECORD, subject=EVERYONE)

    @pytest.mark.parametrize("id_", ["", "%", identifier(9)])
    def test_what_is_not_there_is_not_found(self, stores: Stores, id_: str) -> None:
        """None, and no error."""
        stores.consents.add(RECORD)
        assert stores.consents.find(id_) is None

    def test_a_record_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        with undone(stores):
            stores.consents.add(RECORD)
        assert stores.consents.find(RECORD.id) is None

    def test_a_record_is_kept(self, stores: Stores, race: Race) -> None:
        """Others see it."""
        stores.consents.add(RECORD)
        assert race(_latest_choice, 1) == [RECORD]


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


def _latest_choice(stores: Stores, number: int) -> ConsentRecord | None:
    return stores.consents.latest(ADA)


def _latest_claim(stores: Stores, number: int) -> AgeClaim | None:
    return stores.age_claims.latest(ADA)
