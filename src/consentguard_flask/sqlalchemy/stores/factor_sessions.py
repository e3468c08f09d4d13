"""Browsers in which people gave a second factor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.records import FactorSession
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first, insert_or_replace, portions, records
from consentguard_flask.sqlalchemy.tables import Tables


class FactorSessions:
    """`consentguard.ports.FactorSessions`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.factor_sessions
        self._epochs = database.tables.factor_epochs

    def add(self, session: FactorSession) -> None:
        """Joined. Keep a session; those of its subject that count no more are removed."""
        columns = self._table.c
        with self._database.atomic():
            over = sa.or_(columns.expires_at <= session.verified_at, columns.epoch != self.epoch(session.subject))
            self._database.remove(self._table, columns.subject == session.subject, over)
            add(self._database, self._table, session)

    def find(self, digests: Sequence[str], now: dt.datetime) -> FactorSession | None:
        """The session with one of these digests that counts now, or None."""
        query = counting(self._database.tables, now).where(self._table.c.digest.in_(digests)).limit(1)
        return first(self._database, query, FactorSession)

    def of(self, subject: str, now: dt.datetime) -> Sequence[FactorSession]:
        """A subject's sessions that count now, the newest first: by `(verified_at, id)`."""
        columns = self._table.c
        query = counting(self._database.tables, now).where(columns.subject == subject)
        return records(self._database, query.order_by(columns.verified_at.desc(), columns.id.desc()), FactorSession)

    def see(self, id: str, on: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Joined. Take down on which day a session was last seen; the verdict."""
        return self._database.verdict(sa.update(self._table).values(seen_on=on).where(self._table.c.id == id))

    def leave(self, id: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. Let a session belong to no sign-in; the verdict."""
        return self._database.verdict(sa.update(self._table).values(sign_in="").where(self._table.c.id == id))

    def end(self, subject: str, id: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. Remove a session of that subject's; the verdict."""
        columns = self._table.c
        return self._database.verdict(sa.delete(self._table).where(columns.subject == subject, columns.id == id))

    def epoch(self, subject: str) -> str:
        """The epoch that a session is to be kept with; empty before the first."""
        found = self._database.read(sa.select(self._epochs.c.epoch).where(self._epochs.c.subject == subject))
        return str(found[0][0]) if found else ""

    def bump_epoch(self, subject: str, epoch: str) -> None:
        """Joined. Begin another epoch of a subject: one statement."""
        statement = insert_or_replace(self._database, self._epochs, "subject", ("epoch",))
        self._database.write(statement, {"subject": subject, "epoch": epoch})

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the sessions and the epochs of these subjects; how many sessions went."""
        with self._database.atomic():
            for some in portions(subjects):
                self._database.remove(self._epochs, self._epochs.c.subject.in_(some))
            return sum(
                self._database.remove(self._table, self._table.c.subject.in_(some)) for some in portions(subjects)
            )


def counting(tables: Tables, now: dt.datetime) -> sa.Select[Any]:
    """The sessions that have neither expired nor another epoch than their subject's."""
    columns, epochs = tables.factor_sessions.c, tables.factor_epochs.c
    theirs = sa.select(epochs.epoch).where(epochs.subject == columns.subject).scalar_subquery()
    counts = columns.expires_at > now, columns.epoch == sa.func.coalesce(theirs, "")
    return sa.select(tables.factor_sessions).where(*counts)
