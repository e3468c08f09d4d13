"""Passkeys: the count of what an authenticator has signed is claimed by one statement, and committed at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from consentguard.records import Passkey
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, portions, records


class Passkeys:
    """`consentguard.ports.Passkeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.passkeys

    def add(self, passkey: Passkey) -> None:
        """Joined. Keep a passkey. Raises StoreError where its credential is kept already."""
        add(self._database, self._table, passkey)

    def of(self, subject: str) -> Sequence[Passkey]:
        """A subject's passkeys, the oldest first: by `(created_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.subject == subject).order_by(columns.created_at, columns.id)
        return records(self._database, query, Passkey)

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have a passkey."""
        subject = self._table.c.subject
        query = sa.select(subject).distinct()
        found = (self._database.read(query.where(subject.in_(some))) for some in portions(subjects))
        return frozenset(each.subject for some in found for each in some)

    def claim_count(self, id: str, sign_count: int, day: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Durable. Accept how often the authenticator has signed unless the number does not grow; the verdict."""
        columns = self._table.c
        grows = columns.sign_count < sign_count
        allowed = grows if sign_count else sa.or_(grows, columns.sign_count == 0)
        accept = sa.update(self._table).values(sign_count=sign_count, last_used_on=day)
        return self._database.durable_verdict(accept.where(columns.id == id, allowed))

    def rename(self, subject: str, id: str, name: str) -> bool:  # noqa: A002
        """Joined. Give a passkey of this subject another name; the verdict."""
        return self._database.write(sa.update(self._table).values(name=name).where(*self._one(subject, id))) > 0

    def drop(self, subject: str, id: str) -> bool:  # noqa: A002
        """Joined. Remove a passkey of this subject; the verdict."""
        return self._database.remove(self._table, *self._one(subject, id)) > 0

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the passkeys of these subjects; how many went."""
        return sum(self._database.remove(self._table, self._table.c.subject.in_(some)) for some in portions(subjects))

    def _one(self, subject: str, id: str) -> tuple[sa.ColumnElement[bool], ...]:  # noqa: A002
        return self._table.c.subject == subject, self._table.c.id == id
