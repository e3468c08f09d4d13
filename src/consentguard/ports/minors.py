"""What a store owes for people who are too young: reports about them, and what their guardians were asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from consentguard.records import GuardianConsent, GuardianState, MinorReport, ReportState


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


class GuardianConsents(Protocol):
    """What parents and guardians were asked for a child, and what they said."""

    def add(self, consent: GuardianConsent) -> None:
        """Joined. Keep what a guardian is asked."""

    def find(self, id: str) -> GuardianConsent | None:  # noqa: A002 - the record's own word
        """What was asked under this id, or None."""

    def move(self, consent: GuardianConsent, was: GuardianConsent) -> bool:
        """Joined. Replace the fields that differ between both and are `records.ANSWERING`, if these fields and the
        `state` still are as in `was`; the verdict. Of several at once exactly one gets True.
        """

    def in_state(self, state: GuardianState, limit: int) -> Sequence[GuardianConsent]:
        """Those in a state, the ones that expire next first: by `(expires_at, id)`."""

    def owing(self, now: dt.datetime, limit: int) -> Sequence[GuardianConsent]:
        """Those whose mail is owed and may be sent (`owed_at <= now`), the first first: by `(owed_at, id)`."""

    def of(self, subjects: Sequence[str]) -> Sequence[GuardianConsent]:
        """Those for these pseudonyms, the newest first: by `(asked_at, id)`; never those of EVERYONE."""

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove what was asked for these pseudonyms; how many went."""
