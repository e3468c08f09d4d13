"""What a store owes for reports that somebody is too young."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from consentguard.records import MinorReport, ReportState


class MinorReports(Protocol):
    """Reports that a data subject is a minor, and how far each is."""

    def add(self, report: MinorReport) -> None:
        """Joined. Keep a new report."""

    def find(self, id: str) -> MinorReport | None:  # noqa: A002 - the record's own word
        """The report with this id, or None."""

    def move(self, report: MinorReport, was: MinorReport) -> bool:
        """Joined. Replace the fields of a report that differ between both and are `records.MOVING`, if these fields and
        its `state` still are as in `was`; the verdict. Of several at once exactly one gets True.
        """

    def in_state(self, state: ReportState, limit: int) -> Sequence[MinorReport]:
        """Reports in a state, the most urgent first: by `(due_at, id)`."""

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that a report has."""

    def of(self, subjects: Sequence[str]) -> Sequence[MinorReport]:
        """The reports about these pseudonyms, the newest first: by `(received_at, id)`; never those of EVERYONE."""
