"""Requests of data subjects, and the tokens that people hold for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from consentguard.records import OWED, RequestState, RightsRequest, Token, TokenPurpose, changes
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first, records, values


class RightsRequests:
    """`consentguard.ports.RightsRequests`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.requests

    def add(self, request: RightsRequest) -> None:
        """Joined. Keep a new request."""
        add(self._database, self._table, request)

    def find(self, id: str) -> RightsRequest | None:  # noqa: A002 - the record's own word
        """The request with this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), RightsRequest)

    def change(self, request: RightsRequest, was: RightsRequest) -> bool:
        """Joined. Replace what differs of a request if that, `state` and `owes` still are as in `was`; the verdict."""
        columns, old, new = self._table.c, values(was), values(request)
        differing = changes(request, was)
        unchanged = [columns[name] == old[name] for name in differing]
        change = sa.update(self._table).where(columns.id == request.id, *unchanged)
        return self._database.verdict(change.values({name: new[name] for name in differing}))

    def in_state(self, state: RequestState, limit: int) -> Sequence[RightsRequest]:
        """Requests in a state, the most urgent first: by `(due_on, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.state == state).order_by(columns.due_on, columns.id)
        return records(self._database, query.limit(limit), RightsRequest)

    def of(self, contact_ref: str) -> Sequence[RightsRequest]:
        """The requests from an address, by its pseudonym, the newest first: by `id`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.contact_ref == contact_ref).order_by(columns.id.desc())
        return records(self._database, query, RightsRequest)

    def owing(self, limit: int) -> Sequence[RightsRequest]:
        """Requests whose mail has not gone out, the oldest first: by `(received_at, id)`."""
        columns = self._table.c
        query = sa.select(self._table).where(columns.owes.in_(OWED)).order_by(columns.received_at, columns.id)
        return records(self._database, query.limit(limit), RightsRequest)


class Tokens:
    """`consentguard.ports.Tokens`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.tokens

    def add(self, token: Token) -> None:
        """Joined. Keep a token's digest."""
        add(self._database, self._table, token)

    def find(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """The token if it is of that purpose, not used and not expired; else None."""
        return first(self._database, sa.select(self._table).where(*self._open(digest, purpose, now)), Token)

    def claim(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """Joined. As `find`, and it is used from now on; of several claims at once exactly one gets it."""
        use = sa.update(self._table).where(*self._open(digest, purpose, now)).values(used_at=now)
        if not self._database.verdict(use):
            return None
        return first(self._database, sa.select(self._table).where(self._table.c.digest == digest), Token)

    def withdraw(self, about: str, purpose: TokenPurpose) -> int:
        """Joined. Remove the tokens of that purpose about something; how many went."""
        columns = self._table.c
        return self._database.remove(self._table, columns.about == about, columns.purpose == purpose)

    def forget(self, before: dt.datetime) -> int:
        """Joined. Remove every token that expired before then; how many went."""
        return self._database.write(sa.delete(self._table).where(self._table.c.expires_at < before))

    def _open(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
        columns = self._table.c
        return columns.digest == digest, columns.purpose == purpose, columns.used_at.is_(None), columns.expires_at > now
