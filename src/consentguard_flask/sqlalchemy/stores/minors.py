"""Reports that somebody is too young, and what guardians were asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from consentguard.records import (
    EVERYONE,
    GuardianConsent,
    GuardianState,
    MinorReport,
    ReportState,
    answers,
    moves,
)
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first, portions, records


class MinorReports:
    """`consentguard.ports.MinorReports`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.minor_reports

    def add(self, report: MinorReport) -> None:
        """Joined. Keep a new report."""
        add(self._database, self._table, report)

    def find(self, id: str) -> MinorReport | None:  # noqa: A002 - the record's own word
        """The report with this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), MinorReport)

    def move(self, report: MinorReport, was: MinorReport) -> bool:
        """Joined. Replace what differs of a report if that and its `state` still are as in `was`; the verdict."""
        columns, new = self._table.c, moves(report, was)
        unchanged = [columns[name] == getattr(was, name) for name in new]
        return self._database.verdict(sa.update(self._table).where(columns.id == report.id, *unchanged).values(new))

    def in_state(self, state: ReportState, limit: int) -> Sequence[MinorReport]:
        """Reports in a state, the most urgent first: by `(due_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.state == state).order_by(columns.due_at, columns.id)
        return records(self._database, query.limit(limit), MinorReport)

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that a report has."""
        key = self._table.c.id
        found = (self._database.read(sa.select(key).where(key.in_(some))) for some in portions(ids))
        return frozenset(row.id for rows in found for row in rows)

    def of(self, subjects: Sequence[str]) -> Sequence[MinorReport]:
        """The reports about these pseudonyms, the newest first: by `(received_at, id)`; never those of EVERYONE."""
        asked, subject = [each for each in dict.fromkeys(subjects) if each != EVERYONE], self._table.c.subject
        queries = (sa.select(self._table).where(subject.in_(some)) for some in portions(asked))
        found = [report for query in queries for report in records(self._database, query, MinorReport)]
        return sorted(found, key=lambda report: (report.received_at, report.id), reverse=True)


class GuardianConsents:
    """`consentguard.ports.GuardianConsents`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.guardian_consents

    def add(self, consent: GuardianConsent) -> None:
        """Joined. Keep what a guardian is asked."""
        add(self._database, self._table, consent)

    def find(self, id: str) -> GuardianConsent | None:  # noqa: A002 - the record's own word
        """What was asked under this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), GuardianConsent)

    def move(self, consent: GuardianConsent, was: GuardianConsent) -> bool:
        """Joined. Replace what differs if that and the `state` still are as in `was`; the verdict."""
        columns, new = self._table.c, answers(consent, was)
        unchanged = [columns[name] == getattr(was, name) for name in new]
        return self._database.verdict(sa.update(self._table).where(columns.id == consent.id, *unchanged).values(new))

    def in_state(self, state: GuardianState, limit: int) -> Sequence[GuardianConsent]:
        """Those in a state, the ones that expire next first: by `(expires_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.state == state).order_by(columns.expires_at, columns.id)
        return records(self._database, query.limit(limit), GuardianConsent)

    def owing(self, now: dt.datetime, limit: int) -> Sequence[GuardianConsent]:
        """Those whose mail is owed and may be sent (`owed_at <= now`), the first first: by `(owed_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.owed_at <= now).order_by(columns.owed_at, columns.id)
        return records(self._database, query.limit(limit), GuardianConsent)

    def of(self, subjects: Sequence[str]) -> Sequence[GuardianConsent]:
        """Those for these pseudonyms, the newest first: by `(asked_at, id)`; never those of EVERYONE."""
        asked, subject = [each for each in dict.fromkeys(subjects) if each != EVERYONE], self._table.c.subject
        queries = (sa.select(self._table).where(subject.in_(some)) for some in portions(asked))
        found = [each for query in queries for each in records(self._database, query, GuardianConsent)]
        return sorted(found, key=lambda each: (each.asked_at, each.id), reverse=True)

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove what was asked for these pseudonyms; how many went."""
        subject = self._table.c.subject
        with self._database.atomic():
            return sum(self._database.remove(self._table, subject.in_(some)) for some in portions(subjects))
