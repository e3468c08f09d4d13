"""What `MinorReports` owes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import MinorReports, StoreError, Stores
from consentguard.records import MinorReport
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
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

REPORT = MinorReport(
    id=identifier(1),
    state="quarantined",
    source="guardian",
    received_at=MOMENT,
    due_at=MOMENT + 3 * DAY,
    subject=ADA,
    details=bytes(range(256)),
)
CONFIRMED = replace(
    REPORT,
    state="confirmed",
    confirmed_by=f'["{WORDS}"]',
    decided_at=MOMENT + MICROSECOND,
    request=identifier(7),
    reminded=80,
)
REJECTED = replace(REPORT, state="rejected", subject=BOB, details=b"", decided_at=MOMENT + DAY, closed_at=MOMENT + DAY)


class MinorReportsContract(Contract):
    """Reports that somebody is a minor, and how far each is."""

    port = MinorReports
    attribute = "minor_reports"

    @pytest.mark.parametrize("report", [REPORT, CONFIRMED, REJECTED], ids=lambda report: report.state)
    def test_a_report_comes_back_as_it_was(self, stores: Stores, report: MinorReport) -> None:
        """Every field, its moments in UTC; a second one with its id is refused."""
        stores.minor_reports.add(replace(report, received_at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.minor_reports.find(report.id)
        assert found == report
        assert found is not None
        assert in_utc(found.received_at, found.due_at)
        with pytest.raises(StoreError):
            stores.minor_reports.add(replace(report, state="erased"))
        assert stores.minor_reports.find(report.id) == report
        assert stores.minor_reports.find(identifier(9)) is None

    def test_of_several_deciders_at_once_one_wins(self, stores: Stores, race: Race) -> None:
        """Whether they confirm or reject; the others are told so, and what the winner wrote stays."""
        stores.minor_reports.add(REPORT)
        results = race(_decide)
        winner = the_winner(results)
        assert winner is True
        assert stores.minor_reports.find(REPORT.id) == (CONFIRMED, REJECTED)[results.index(True) % 2]

    def test_what_moved_on_is_not_moved(self, stores: Stores) -> None:
        """Neither from another state, nor where a field that differs is another by now."""
        stores.minor_reports.add(REPORT)
        assert stores.minor_reports.move(replace(REPORT, reminded=50), REPORT)
        assert not stores.minor_reports.move(replace(REPORT, reminded=80), REPORT)
        assert stores.minor_reports.move(replace(REPORT, state="rejected"), REPORT)
        assert not stores.minor_reports.move(CONFIRMED, replace(REPORT, reminded=50))
        assert not stores.minor_reports.move(replace(CONFIRMED, id=identifier(2)), replace(REPORT, id=identifier(2)))
        assert stores.minor_reports.find(REPORT.id) == replace(REPORT, state="rejected", reminded=50)

    def test_what_was_reported_and_when_never_changes(self, stores: Stores) -> None:
        """Only what a decision is about does."""
        stores.minor_reports.add(REPORT)
        other = replace(CONFIRMED, source="staff", received_at=MOMENT + DAY, due_at=MOMENT + 9 * DAY)
        assert stores.minor_reports.move(other, REPORT)
        assert stores.minor_reports.find(REPORT.id) == CONFIRMED

    def test_the_most_urgent_come_first(self, stores: Stores) -> None:
        """By `(due_at, id)`, those in that state alone, so many at most."""
        for number, days in ((3, 1), (2, 1), (1, 2)):
            stores.minor_reports.add(replace(REPORT, id=identifier(number), due_at=MOMENT + days * DAY))
        stores.minor_reports.add(replace(REJECTED, id=identifier(9), due_at=MOMENT))
        found = stores.minor_reports.in_state
        assert [each.id for each in found("quarantined", 9)] == [*map(identifier, (2, 3, 1))]
        assert [each.id for each in found("quarantined", 2)] == [*map(identifier, (2, 3))]
        assert list(found("erased", 9)) == []

    def test_those_about_somebody_come_the_newest_first(self, stores: Stores) -> None:
        """By `(received_at, id)`; to the letter theirs, and nobody's of the pseudonym of nobody in particular."""
        for number, later in ((3, 1), (2, 1), (1, 2)):
            received = MOMENT + later * MICROSECOND
            stores.minor_reports.add(replace(REPORT, id=identifier(number), received_at=received))
        stores.minor_reports.add(replace(REPORT, id=identifier(4), subject=""))
        assert [each.id for each in stores.minor_reports.of([ADA, ADA, BOB])] == [*map(identifier, (1, 3, 2))]
        assert list(stores.minor_reports.of(NOBODYS)) == list(stores.minor_reports.of([])) == []

    def test_ids_are_known_that_a_report_has(self, stores: Stores) -> None:
        """However many are asked for at once."""
        stores.minor_reports.add(REPORT)
        ids = [identifier(number) for number in range(2_000)]
        assert stores.minor_reports.known(ids) == {REPORT.id}
        assert stores.minor_reports.known([]) == frozenset()

    def test_a_report_and_its_moves_are_undone_with_their_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        stores.minor_reports.add(REPORT)
        with undone(stores):
            stores.minor_reports.add(replace(REPORT, id=identifier(2)))
            assert stores.minor_reports.move(CONFIRMED, REPORT)
        assert stores.minor_reports.find(REPORT.id) == REPORT
        assert stores.minor_reports.find(identifier(2)) is None

    def test_nothing_that_was_reported_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.minor_reports.add(replace(REPORT, details=b"sealed-details"))
        assert "sealed-details" not in f"{stores!r} {stores.minor_reports!r} {stores.minor_reports.find(REPORT.id)!r}"


def _decide(stores: Stores, number: int) -> object:
    return verdict(partial(stores.minor_reports.move, (CONFIRMED, REJECTED)[number % 2], REPORT))
