"""Requests of data subjects, and the tokens that open them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from consentguard.records import OWED, RequestState, RightsRequest, Token, TokenPurpose, changes
from consentguard_django import models
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, told


class DjangoRequests:
    """`consentguard.ports.RightsRequests`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.RightsRequest, RightsRequest)

    def add(self, request: RightsRequest) -> None:
        """Keep a new request."""
        self._rows.add(request)

    def find(self, id: str) -> RightsRequest | None:  # noqa: A002 - the record's own word
        """The request with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def change(self, request: RightsRequest, was: RightsRequest) -> bool:
        """Replace what differs of a request if that, its state and what it owes are as they were; the verdict."""
        new = changes(request, was)
        rows = self._rows.where(id=request.id, **{name: getattr(was, name) for name in new})
        return decided(self._alias, lambda: rows.update(**new))

    def in_state(self, state: RequestState, limit: int) -> Sequence[RightsRequest]:
        """Requests in a state, the most urgent first."""
        return self._rows.read(self._rows.where(state=state).order_by("due_on", "id")[:limit])

    def of(self, contact_ref: str) -> Sequence[RightsRequest]:
        """The requests from an address, by its pseudonym, the newest first."""
        return self._rows.read(self._rows.where(contact_ref=contact_ref).order_by("-id"))

    def owing(self, limit: int) -> Sequence[RightsRequest]:
        """Requests whose mail has not gone out, the oldest first."""
        return self._rows.read(self._rows.where(owes__in=OWED).order_by("received_at", "id")[:limit])


class DjangoTokens:
    """`consentguard.ports.Tokens`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Token, Token)

    def add(self, token: Token) -> None:
        """Keep a token's digest."""
        self._rows.add(token)

    def find(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """The token if it may be used now."""
        return self._rows.first(self._usable(digest, purpose, now))

    def claim(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """The token if it may be used now, and it is used from now on."""
        usable = self._usable(digest, purpose, now)
        if decided(self._alias, lambda: usable.update(used_at=now)):
            return self._rows.first(self._rows.where(digest=digest))
        return None

    def withdraw(self, about: str, purpose: TokenPurpose) -> int:
        """Remove the tokens of that purpose about something."""
        return self._remove(about=about, purpose=purpose)

    def forget(self, before: dt.datetime) -> int:
        """Remove every token that expired before then."""
        return self._remove(expires_at__lt=before)

    def _usable(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> QuerySet[models.Token]:
        return self._rows.where(digest=digest, purpose=purpose, used_at=None, expires_at__gt=now)

    def _remove(self, **values: object) -> int:
        with told(self._alias):
            return self._rows.where(**values).delete()[0]
