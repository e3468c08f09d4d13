"""What somebody asked for or was given: requests, tokens, second factors, mails."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RequestState = Literal["received", "confirmed", "done", "expired"]
Owed = Literal["", "confirmation", "outcome"]
OWED: tuple[Owed, ...] = ("confirmation", "outcome")
"""The mails that a request may owe."""
TokenPurpose = Literal["confirm", "status", "machine"]
FactorState = Literal["pending", "active", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """What somebody asked for, and how far it is.

    `contact` is the sealed address to answer to and `contact_ref` its pseudonym; `due_on` the last day to answer;
    `owes` the mail that has not gone out yet; `outcome` what was done, as JSON: rows by table.
    """

    id: str
    right: str
    state: RequestState
    received_at: dt.datetime
    due_on: dt.date
    language: str
    jurisdiction: str
    contact: bytes = field(repr=False)
    contact_ref: str
    owes: Owed
    confirmed_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    outcome: str = ""


CHANGING = ("state", "owes", "due_on", "confirmed_at", "closed_at", "outcome")
"""The fields of a request that a store may change; the rest stays as it was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that somebody holds: `digest` is all that is kept of it, `about` what it opens (a request's id)."""

    digest: str = field(repr=False)
    purpose: TokenPurpose
    about: str
    expires_at: dt.datetime
    used_at: dt.datetime | None = None

    @classmethod
    def new(cls, purpose: TokenPurpose, about: str, expires_at: dt.datetime) -> tuple[str, Token]:
        """A secret of 128 bits to hand out, which is kept nowhere, and the token that knows it again."""
        secret = secrets.token_urlsafe(16)
        return secret, cls(digest=cls.digest_of(secret), purpose=purpose, about=about, expires_at=expires_at)

    @staticmethod
    def digest_of(secret: str) -> str:
        """SHA-256 in hex: of 128 random bits nobody finds the secret from it, with no key and no salt."""
        return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticator:
    """A second factor: its sealed secret, and what keeps it from being guessed or replayed.

    `last_step` is the time step of the last code that was accepted; `failures` counts attempts since then, and no
    attempt is allowed before `next_at`.
    """

    id: str
    subject: str
    kind: Literal["totp"] = "totp"
    state: FactorState
    secret: bytes = field(repr=False)
    created_at: dt.datetime
    last_step: int = -1
    failures: int = 0
    next_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail: plain text, and the same as HTML."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
