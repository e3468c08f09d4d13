"""Rights requests, and the tokens that open them, in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import RequestState, RightsRequest, Token, TokenPurpose, changes


class MemoryRightsRequests:
    """`consentguard.ports.RightsRequests` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._requests = Shelf[str, RightsRequest](journal)

    def add(self, request: RightsRequest) -> None:
        """Keep a new request."""
        self._requests.add(request.id, request)

    def find(self, id: str) -> RightsRequest | None:  # noqa: A002 - the port's own word
        """The request with this id."""
        return self._requests.get(id)

    def change(self, request: RightsRequest, was: RightsRequest) -> bool:
        """Replace what may change of a request, if it still is as it was."""
        with self._journal.atomic():
            now = self._requests.get(request.id)
            new = changes(request, was)
            if now is None or any(getattr(now, name) != getattr(was, name) for name in new):
                return False
            self._requests.put(now.id, replace(now, **new))
            return True

    def in_state(self, state: RequestState, limit: int) -> Sequence[RightsRequest]:
        """Requests in a state, the most urgent first."""
        found = [each for each in self._requests.all() if each.state == state]
        return sorted(found, key=lambda request: (request.due_on, request.id))[:limit]

    def of(self, contact_ref: str) -> Sequence[RightsRequest]:
        """The requests from an address, by its pseudonym, the newest first."""
        found = [each for each in self._requests.all() if each.contact_ref == contact_ref]
        return sorted(found, key=lambda request: request.id, reverse=True)

    def owing(self, limit: int) -> Sequence[RightsRequest]:
        """Requests whose mail has not gone out, the oldest first."""
        found = [each for each in self._requests.all() if each.owes]
        return sorted(found, key=lambda request: (request.received_at, request.id))[:limit]


class MemoryTokens:
    """`consentguard.ports.Tokens` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tokens = Shelf[str, Token](journal)

    def add(self, token: Token) -> None:
        """Keep a token's digest."""
        self._tokens.add(token.digest, token)

    def find(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """The token if it opens something now."""
        token = self._tokens.get(digest)
        good = token and token.purpose == purpose and token.used_at is None and now < token.expires_at
        return token if good else None

    def claim(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """As `find`, and it is used from now on."""
        with self._journal.atomic():
            if token := self.find(digest, purpose, now):
                self._tokens.put(digest, replace(token, used_at=now))
                return self._tokens.get(digest)
            return None

    def withdraw(self, about: str, purpose: TokenPurpose) -> int:
        """Remove the tokens of that purpose about something."""
        return self._tokens.drop_where(
            lambda token: token.digest, lambda token: (token.about, token.purpose) == (about, purpose)
        )

    def forget(self, before: dt.datetime) -> int:
        """Remove every token that expired before then."""
        return self._tokens.drop_where(lambda token: token.digest, lambda token: token.expires_at < before)
