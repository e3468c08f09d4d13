"""What `RightsRequests` owes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import RightsRequests, StoreError, Stores
from consentguard.records import Owed, RequestState, RightsRequest
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    DAY,
    ELSEWHERE,
    MICROSECOND,
    WORDS,
    Contract,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

REQUEST = RightsRequest(
    id=identifier(1),
    right="erasure",
    state="received",
    received_at=MOMENT,
    due_on=dt.date(2026, 4, 28),
    language="es",
    jurisdiction="US-CA",
    contact=bytes(range(256)),
    contact_ref="e" * 32,
    details=bytes(range(256)),
    owes="confirmation",
)
CONFIRMED = replace(REQUEST, state="confirmed", owes="", confirmed_at=MOMENT + DAY)
CLOSED = replace(
    REQUEST,
    state="done",
    owes="outcome",
    due_on=dt.date(2026, 6, 28),
    identity="agent",
    subject=f"member:{WORDS}",
    details=b"",
    confirmed_at=MOMENT + DAY,
    closed_at=MOMENT + 2 * DAY,
    extended_on=dt.date(2026, 4, 20),
    paused_at=MOMENT + MICROSECOND,
    reminded=80,
    plan="d" * 64,
    approved_by=f'["{WORDS}"]',
    assigned=WORDS,
    denial="other",
    outcome=f'{{"{WORDS}":3}}',
)


class RightsRequestsContract(Contract):
    """Requests of data subjects, and how far they are."""

    port = RightsRequests
    attribute = "requests"

    @pytest.mark.parametrize("request_", [REQUEST, CLOSED], ids=["new", "closed"])
    def test_a_request_comes_back_as_it_was(self, stores: Stores, request_: RightsRequest) -> None:
        """Every field, sealed bytes and dates too."""
        stores.requests.add(replace(request_, received_at=MOMENT.astimezone(ELSEWHERE)))
        back = stores.requests.find(REQUEST.id)
        assert back == request_
        assert back is not None
        assert in_utc(back.received_at)

    def test_empty_and_long_values_come_back(self, stores: Stores) -> None:
        """Nothing turns into None, and nothing is cut off."""
        bare = replace(REQUEST, contact=b"", contact_ref="", language="", jurisdiction="", owes="")
        long = replace(REQUEST, id=identifier(2), contact=b"\x00" * 500, outcome="😀" + "x" * 20_000)
        stores.requests.add(bare)
        stores.requests.add(long)
        assert stores.requests.find(bare.id) == bare
        assert stores.requests.find(long.id) == long

    @pytest.mark.parametrize("id_", ["", "%", identifier(9)])
    def test_what_is_not_there_is_not_found(self, stores: Stores, id_: str) -> None:
        """None, and no error."""
        stores.requests.add(REQUEST)
        assert stores.requests.find(id_) is None

    def test_a_request_is_received_once(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.requests.add(REQUEST)
        with pytest.raises(StoreError):
            stores.requests.add(CLOSED)
        assert stores.requests.find(REQUEST.id) == REQUEST

    def test_a_change_is_kept(self, stores: Stores, race: Race) -> None:
        """State, what is owed, dates and outcome; others see it."""
        stores.requests.add(REQUEST)
        assert stores.requests.change(CLOSED, REQUEST)
        assert stores.requests.find(REQUEST.id) == CLOSED
        assert race(_find, 1) == [CLOSED]

    def test_the_rest_of_a_request_never_changes(self, stores: Stores) -> None:
        """Who asked for what and when, and how to answer."""
        stores.requests.add(REQUEST)
        other = replace(CLOSED, right="access", language="en", jurisdiction="", contact=b"other", contact_ref="f" * 32)
        assert stores.requests.change(replace(other, received_at=MOMENT + DAY, channel="email"), REQUEST)
        assert stores.requests.find(REQUEST.id) == CLOSED

    def test_what_somebody_else_changed_meanwhile_stays(self, stores: Stores) -> None:
        """A copy that is old by now changes what it means to and no more, and nothing that is another thing by now."""
        stores.requests.add(REQUEST)
        reviewed = replace(REQUEST, details=b"reviewed", closed_at=MOMENT)
        assert stores.requests.change(reviewed, REQUEST)
        assert stores.requests.change(replace(REQUEST, owes=""), REQUEST)
        assert stores.requests.find(REQUEST.id) == replace(reviewed, owes="")
        old = replace(REQUEST, owes="")
        for changed in (replace(old, details=b"other"), replace(old, closed_at=MOMENT + DAY), replace(old, plan="d")):
            assert stores.requests.change(changed, old) == (changed.plan == "d")

    @pytest.mark.parametrize("now", [CONFIRMED, replace(REQUEST, owes="")], ids=["its state", "what it owes"])
    def test_a_request_that_moved_on_is_not_changed(self, stores: Stores, now: RightsRequest) -> None:
        """The verdict says so, and nothing is changed."""
        stores.requests.add(now)
        assert not stores.requests.change(CLOSED, REQUEST)
        assert stores.requests.find(REQUEST.id) == now

    def test_a_change_happens_once(self, stores: Stores) -> None:
        """The second time the request is no longer what it was."""
        stores.requests.add(REQUEST)
        assert stores.requests.change(CONFIRMED, REQUEST)
        assert not stores.requests.change(CONFIRMED, REQUEST)

    def test_a_change_to_the_same_is_one(self, stores: Stores) -> None:
        """The verdict is about what the request was, not about what differs."""
        stores.requests.add(REQUEST)
        assert stores.requests.change(REQUEST, REQUEST)
        assert stores.requests.find(REQUEST.id) == REQUEST

    def test_one_request_is_changed_and_no_other(self, stores: Stores) -> None:
        """What is not there cannot change, and another request stays as it was."""
        stores.requests.add(REQUEST)
        unknown = replace(CLOSED, id=identifier(2))
        assert not stores.requests.change(unknown, replace(REQUEST, id=unknown.id))
        stores.requests.add(replace(REQUEST, id=unknown.id))
        assert stores.requests.change(unknown, replace(REQUEST, id=unknown.id))
        assert stores.requests.find(REQUEST.id) == REQUEST

    def test_of_several_changes_at_once_one_wins(self, stores: Stores, race: Race) -> None:
        """The others are told so."""
        stores.requests.add(REQUEST)
        assert the_winner(race(_change)) is True
        assert stores.requests.find(REQUEST.id) == CONFIRMED

    def test_the_most_urgent_come_first(self, stores: Stores) -> None:
        """By the day they are due, by id where it is the same; only those in that state."""
        self._three(stores, "confirmed", "")
        stores.requests.add(replace(REQUEST, id=identifier(9), due_on=dt.date(2026, 1, 1)))
        assert [each.id for each in stores.requests.in_state("confirmed", 9)] == [*map(identifier, (2, 3, 1))]
        assert [each.id for each in stores.requests.in_state("confirmed", 2)] == [*map(identifier, (2, 3))]
        assert list(stores.requests.in_state("done", 9)) == []

    def test_the_oldest_that_owe_a_mail_come_first(self, stores: Stores) -> None:
        """By when they were received, by id where it is the same; whatever their state."""
        self._three(stores, "done", "outcome")
        stores.requests.add(replace(REQUEST, id=identifier(4)))
        stores.requests.add(replace(REQUEST, id=identifier(9), owes=""))
        assert [each.id for each in stores.requests.owing(9)] == [*map(identifier, (1, 4, 2, 3))]
        assert [each.id for each in stores.requests.owing(1)] == [identifier(1)]

    def test_those_from_an_address_come_the_newest_first(self, stores: Stores) -> None:
        """By id, whatever their state; each pseudonym is itself alone, in whatever case or pattern."""
        self._three(stores, "confirmed", "")
        stores.requests.add(replace(CLOSED, id=identifier(4)))
        stores.requests.add(replace(REQUEST, id=identifier(5), contact_ref=""))
        assert [each.id for each in stores.requests.of(REQUEST.contact_ref)] == [*map(identifier, (4, 3, 2, 1))]
        for contact_ref in ("%", "_" * 32, "E" * 32, "e" * 31):
            assert list(stores.requests.of(contact_ref)) == []

    def test_a_request_and_its_changes_are_undone_with_their_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        stores.requests.add(REQUEST)
        with undone(stores):
            stores.requests.add(replace(REQUEST, id=identifier(2)))
            assert stores.requests.change(CONFIRMED, REQUEST)
        assert stores.requests.find(REQUEST.id) == REQUEST
        assert stores.requests.find(identifier(2)) is None

    def test_no_contact_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.requests.add(replace(REQUEST, contact=b"sealed-contact"))
        assert "sealed-contact" not in f"{stores!r} {stores.requests!r} {stores.requests.find(REQUEST.id)!r}"

    @staticmethod
    def _three(stores: Stores, state: RequestState, owes: Owed) -> None:
        """1 is received first and due last; 2 and 3 are alike."""
        base = replace(REQUEST, state=state, owes=owes)
        stores.requests.add(replace(base, id=identifier(3), received_at=MOMENT + MICROSECOND))
        stores.requests.add(replace(base, id=identifier(2), received_at=MOMENT + MICROSECOND))
        stores.requests.add(replace(base, id=identifier(1), due_on=base.due_on + DAY))


def _find(stores: Stores, number: int) -> RightsRequest | None:
    return stores.requests.find(REQUEST.id)


def _change(stores: Stores, number: int) -> object:
    return verdict(partial(stores.requests.change, CONFIRMED, REQUEST))
