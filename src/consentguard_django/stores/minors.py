"""Reports that somebody is too young, and what guardians were asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from consentguard.records import (
    EVERYONE,
    GuardianConsent,
    GuardianState,
    MinorReport,
    ReportState,
    answers,
    moves,
)
from consentguard_django import models
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, told


class DjangoMinorReports:
    """`consentguard.ports.MinorReports`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.MinorReport, MinorReport)

    def add(self, report: MinorReport) -> None:
        """Keep a new report."""
        self._rows.add(report)

    def find(self, id: str) -> MinorReport | None:  # noqa: A002 - the record's own word
        """The report with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def move(self, report: MinorReport, was: MinorReport) -> bool:
        """Replace what differs of a report if that and its state are as they were; the verdict."""
        new = moves(report, was)
        rows = self._rows.where(id=report.id, **{name: getattr(was, name) for name in new})
        return decided(self._alias, lambda: rows.update(**new))

    def in_state(self, state: ReportState, limit: int) -> Sequence[MinorReport]:
        """Reports in a state, the most urgent first."""
        return self._rows.read(self._rows.where(state=state).order_by("due_at", "id")[:limit])

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that a report has."""
        with told(self._alias):
            found = (self._rows.where(id__in=some).values_list("id", flat=True) for some in portions(ids))
            return frozenset(id_ for rows in found for id_ in rows)

    def of(self, subjects: Sequence[str]) -> Sequence[MinorReport]:
        """The reports about these pseudonyms, the newest first."""
        asked = [subject for subject in dict.fromkeys(subjects) if subject != EVERYONE]
        found = [report for some in portions(asked) for report in self._rows.read(self._rows.where(subject__in=some))]
        return sorted(found, key=lambda report: (report.received_at, report.id), reverse=True)


class DjangoGuardianConsents:
    """`consentguard.ports.GuardianConsents`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.GuardianConsent, GuardianConsent)

    def add(self, consent: GuardianConsent) -> None:
        """Keep what a guardian is asked."""
        self._rows.add(consent)

    def find(self, id: str) -> GuardianConsent | None:  # noqa: A002 - the record's own word
        """What was asked under this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def move(self, consent: GuardianConsent, was: GuardianConsent) -> bool:
        """Replace what differs if that and the state are as they were; the verdict."""
        new = answers(consent, was)
        rows = self._rows.where(id=consent.id, **{name: getattr(was, name) for name in new})
        return decided(self._alias, lambda: rows.update(**new))

    def in_state(self, state: GuardianState, limit: int) -> Sequence[GuardianConsent]:
        """Those in a state, the ones that expire next first."""
        return self._rows.read(self._rows.where(state=state).order_by("expires_at", "id")[:limit])

    def owing(self, now: dt.datetime, limit: int) -> Sequence[GuardianConsent]:
        """Those whose mail is owed and may be sent, the first first."""
        return self._rows.read(self._rows.where(owed_at__lte=now).order_by("owed_at", "id")[:limit])

    def of(self, subjects: Sequence[str]) -> Sequence[GuardianConsent]:
        """Those for these pseudonyms, the newest first."""
        asked = [subject for subject in dict.fromkeys(subjects) if subject != EVERYONE]
        found = [each for some in portions(asked) for each in self._rows.read(self._rows.where(subject__in=some))]
        return sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True)

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove what was asked for these pseudonyms; how many went."""
        with told(self._alias), transaction.atomic(using=self._alias):
            return sum(self._rows.where(subject__in=some).delete()[0] for some in portions(subjects))
