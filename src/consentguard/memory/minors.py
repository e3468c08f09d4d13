"""Reports that somebody is too young, and what guardians were asked, in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import (
    EVERYONE,
    GuardianConsent,
    GuardianState,
    MinorReport,
    ReportState,
    answers,
    moves,
)


class MemoryMinorReports:
    """`consentguard.ports.MinorReports` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reports = Shelf[str, MinorReport](journal)

    def add(self, report: MinorReport) -> None:
        """Keep a new report."""
        self._reports.add(report.id, report)

    def find(self, id: str) -> MinorReport | None:  # noqa: A002 - the port's own word
        """The report with this id."""
        return self._reports.get(id)

    def move(self, report: MinorReport, was: MinorReport) -> bool:
        """Replace what may change of a report, if it still is as it was."""
        with self._journal.atomic():
            now, new = self._reports.get(report.id), moves(report, was)
            if now is None or any(getattr(now, name) != getattr(was, name) for name in new):
                return False
            self._reports.put(now.id, replace(now, **new))
            return True

    def in_state(self, state: ReportState, limit: int) -> Sequence[MinorReport]:
        """Reports in a state, the most urgent first."""
        found = [each for each in self._reports.all() if each.state == state]
        return sorted(found, key=lambda report: (report.due_at, report.id))[:limit]

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that a report has."""
        return frozenset(id_ for id_ in ids if id_ in self._reports)

    def of(self, subjects: Sequence[str]) -> Sequence[MinorReport]:
        """The reports about these pseudonyms, the newest first."""
        asked = set(subjects) - {EVERYONE}
        found = [each for each in self._reports.all() if each.subject in asked]
        return sorted(found, key=lambda report: (report.received_at, report.id), reverse=True)


class MemoryGuardianConsents:
    """`consentguard.ports.GuardianConsents` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._asked = Shelf[str, GuardianConsent](journal)

    def add(self, consent: GuardianConsent) -> None:
        """Keep what a guardian is asked."""
        self._asked.add(consent.id, consent)

    def find(self, id: str) -> GuardianConsent | None:  # noqa: A002 - the port's own word
        """What was asked under this id."""
        return self._asked.get(id)

    def move(self, consent: GuardianConsent, was: GuardianConsent) -> bool:
        """Replace what may change of it, if it still is as it was."""
        with self._journal.atomic():
            now, new = self._asked.get(consent.id), answers(consent, was)
            if now is None or any(getattr(now, name) != getattr(was, name) for name in new):
                return False
            self._asked.put(now.id, replace(now, **new))
            return True

    def in_state(self, state: GuardianState, limit: int) -> Sequence[GuardianConsent]:
        """Those in a state, the ones that expire next first."""
        found = [each for each in self._asked.all() if each.state == state]
        return sorted(found, key=lambda each: (each.expires_at, each.id))[:limit]

    def owing(self, now: dt.datetime, limit: int) -> Sequence[GuardianConsent]:
        """Those whose mail is owed and may be sent, the first first."""
        found = [(each.owed_at, each.id, each) for each in self._asked.all() if each.owed_at and each.owed_at <= now]
        return [each for *_, each in sorted(found, key=lambda one: one[:2])][:limit]

    def of(self, subjects: Sequence[str]) -> Sequence[GuardianConsent]:
        """Those for these pseudonyms, the newest first."""
        asked = set(subjects) - {EVERYONE}
        found = [each for each in self._asked.all() if each.subject in asked]
        return sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True)

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove what was asked for these pseudonyms."""
        gone = set(subjects)
        return self._asked.drop_where(lambda each: each.id, lambda each: each.subject in gone)
