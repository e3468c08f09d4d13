"""What `GuardianConsents` owes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import GuardianConsents, StoreError, Stores
from consentguard.records import GuardianConsent
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    NOBODYS,
    Contract,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

ASKED = GuardianConsent(
    id=identifier(1),
    state="noticed",
    asked_at=MOMENT,
    expires_at=MOMENT + 14 * DAY,
    subject=ADA,
    child=bytes(range(256)),
    contact=b"contact",
    language="es",
    ends_on=dt.date(2030, 2, 28),
)
GRANTED = replace(ASKED, state="granted", scopes='["news"]', method="link", answered_at=MOMENT + MICROSECOND)
DECLINED = replace(ASKED, state="declined", child=b"", contact=b"", answered_at=MOMENT + DAY, closed_at=MOMENT + DAY)


class GuardianConsentsContract(Contract):
    """What guardians are asked for a child, and what they say."""

    port = GuardianConsents
    attribute = "guardian_consents"

    @pytest.mark.parametrize("consent", [ASKED, GRANTED, DECLINED], ids=lambda each: each.state)
    def test_it_comes_back_as_it_was(self, stores: Stores, consent: GuardianConsent) -> None:
        """Every field, its moments in UTC; a second one with its id is refused."""
        stores.guardian_consents.add(replace(consent, asked_at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.guardian_consents.find(consent.id)
        assert found == consent
        assert found is not None
        assert in_utc(found.asked_at, found.expires_at)
        with pytest.raises(StoreError):
            stores.guardian_consents.add(replace(consent, state="expired"))
        assert stores.guardian_consents.find(consent.id) == consent
        assert stores.guardian_consents.find(identifier(9)) is None

    def test_of_several_answers_at_once_one_wins(self, stores: Stores, race: Race) -> None:
        """Whether it is a yes or a no; the others are told so, and what the winner wrote stays."""
        stores.guardian_consents.add(ASKED)
        results = race(_answer)
        assert the_winner(results) is True
        assert stores.guardian_consents.find(ASKED.id) == (GRANTED, DECLINED)[results.index(True) % 2]

    def test_what_moved_on_is_not_moved(self, stores: Stores) -> None:
        """Neither from another state, nor where a field that differs is another by now; nor does the rest change."""
        stores.guardian_consents.add(ASKED)
        other = replace(GRANTED, language="en", asked_at=MOMENT + DAY, expires_at=MOMENT)
        assert not stores.guardian_consents.move(GRANTED, replace(ASKED, state="verified"))
        assert not stores.guardian_consents.move(GRANTED, replace(ASKED, scopes='["other"]'))
        assert stores.guardian_consents.move(other, ASKED)
        assert not stores.guardian_consents.move(DECLINED, ASKED)
        assert stores.guardian_consents.find(ASKED.id) == GRANTED

    def test_those_that_expire_next_come_first(self, stores: Stores) -> None:
        """By `(expires_at, id)`, those in that state alone, so many at most."""
        for number, days in ((3, 1), (2, 1), (1, 2)):
            stores.guardian_consents.add(replace(ASKED, id=identifier(number), expires_at=MOMENT + days * DAY))
        stores.guardian_consents.add(replace(DECLINED, id=identifier(9), expires_at=MOMENT))
        found = stores.guardian_consents.in_state
        assert [each.id for each in found("noticed", 9)] == [*map(identifier, (2, 3, 1))]
        assert [each.id for each in found("noticed", 2)] == [*map(identifier, (2, 3))]
        assert list(found("expired", 9)) == []

    def test_what_was_asked_for_an_address_becomes_an_accounts(self, stores: Stores) -> None:
        """Once: whoever comes second finds it moved."""
        stores.guardian_consents.add(GRANTED)
        theirs = replace(GRANTED, subject=BOB, child=b"bob", ends_on=dt.date(2031, 1, 1))
        assert stores.guardian_consents.move(theirs, GRANTED)
        assert not stores.guardian_consents.move(replace(theirs, subject=ADA), GRANTED)
        assert list(stores.guardian_consents.of([ADA, BOB])) == [theirs]

    def test_those_whose_mail_is_owed_come_in_their_order(self, stores: Stores) -> None:
        """By `(owed_at, id)`, those whose moment has come, so many at most; who is owed nothing never comes."""
        for number, owed in ((4, 2), (3, 1), (2, 1), (1, 3)):
            moment = MOMENT + owed * MICROSECOND
            stores.guardian_consents.add(replace(ASKED, id=identifier(number), owed_at=moment))
        stores.guardian_consents.add(replace(ASKED, id=identifier(9)))
        owing, now = stores.guardian_consents.owing, MOMENT + 2 * MICROSECOND
        assert [each.id for each in owing(now, 9)] == [*map(identifier, (2, 3, 4))]
        assert [each.id for each in owing(now, 2)] == [*map(identifier, (2, 3))]
        assert all(each.owed_at and in_utc(each.owed_at) for each in owing(now, 9))

    def test_of_several_who_would_send_a_mail_one_may(self, stores: Stores, race: Race) -> None:
        """Each puts the moment on by which it is left to them: the first alone finds it as it was."""
        stores.guardian_consents.add(replace(ASKED, owed_at=MOMENT))
        results = race(_claim)
        assert the_winner(results) is True
        found = stores.guardian_consents.find(ASKED.id)
        assert found
        assert found.owed_at == MOMENT + (results.index(True) + 1) * MICROSECOND

    def test_those_for_a_child_come_the_newest_first_and_go(self, stores: Stores) -> None:
        """To the letter theirs; what is removed is gone, and nobody else's is."""
        for number, later in ((3, 1), (2, 1), (1, 2)):
            asked = MOMENT + later * MICROSECOND
            stores.guardian_consents.add(replace(ASKED, id=identifier(number), asked_at=asked))
        stores.guardian_consents.add(replace(ASKED, id=identifier(4), subject=BOB))
        assert [each.id for each in stores.guardian_consents.of([ADA, ADA])] == [*map(identifier, (1, 3, 2))]
        assert list(stores.guardian_consents.of([each for each in NOBODYS if each != BOB])) == []
        assert stores.guardian_consents.remove([ADA]) == 3
        assert stores.guardian_consents.remove([ADA]) == stores.guardian_consents.remove([]) == 0
        assert [each.id for each in stores.guardian_consents.of([ADA, BOB])] == [identifier(4)]

    def test_it_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        stores.guardian_consents.add(ASKED)
        with undone(stores):
            stores.guardian_consents.add(replace(ASKED, id=identifier(2)))
            assert stores.guardian_consents.move(GRANTED, ASKED)
            stores.guardian_consents.remove([ADA])
        assert stores.guardian_consents.find(ASKED.id) == ASKED
        assert stores.guardian_consents.find(identifier(2)) is None

    def test_nobody_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.guardian_consents.add(replace(ASKED, child=b"sealed-child", contact=b"sealed-contact"))
        shown = f"{stores!r} {stores.guardian_consents!r} {stores.guardian_consents.find(ASKED.id)!r}"
        assert "sealed" not in shown


def _claim(stores: Stores, number: int) -> object:
    was = replace(ASKED, owed_at=MOMENT)
    mine = replace(was, owed_at=MOMENT + (number + 1) * MICROSECOND)
    return verdict(partial(stores.guardian_consents.move, mine, was))


def _answer(stores: Stores, number: int) -> object:
    return verdict(partial(stores.guardian_consents.move, (GRANTED, DECLINED)[number % 2], ASKED))
