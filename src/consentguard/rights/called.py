"""Requests that a platform opens by calling the site: it signed the call, so that nobody has to confirm them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from consentguard.periods import parse_period
from consentguard.ports import StoreError
from consentguard.records import RightsRequest, SubjectRef, Token
from consentguard.rights.means import Means
from consentguard.rights.receiving import Asked, Receiving
from consentguard.rights.terms import STATUS_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """`consentguard.ports.Requests`: `happened` says that an event did, and lets go what it ends."""

    means: Means
    happened: Callable[[str, str, str], object]

    def from_platform(self, subject: SubjectRef, *, id: str, language: str) -> RightsRequest:  # noqa: A002
        """Durable. Take a request for erasure that a platform signed for, under an id of its own."""
        asked = Asked(
            right="erasure", language=language, channel="callback", identity="platform", subject=subject, id=id
        )
        return Receiving(self.means).receive(asked)

    def show_by(self, code: str, request: RightsRequest) -> None:
        """Joined. Let a code show how far a request is; nothing where it does already."""
        last = dt.datetime.combine(request.due_on, dt.time(), dt.UTC)
        ends, tokens = parse_period(STATUS_AFTER).after(last), self.means.stores.tokens
        digest = Token.digest_of(code)
        if tokens.find(digest, "status", self.means.clock.now()) is None:
            try:
                with self.means.stores.transactions.atomic():
                    tokens.add(Token(digest=digest, purpose="status", about=request.id, expires_at=ends))
            except StoreError:
                if tokens.find(digest, "status", self.means.clock.now()) is None:  # not the same call at once
                    raise

    def disconnected(self, event: str, scope: str, key: str) -> None:
        """Durable. Say that an event of the policy happened to this, and let go what it ends."""
        self.happened(event, scope, key)
