"""What somebody asked for or was given: requests, tokens, second factors, mails."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

RequestState = Literal[
    "received", "confirmed", "approved", "running", "partial", "done", "denied", "revoked", "expired"
]
"""`received`: its sender is not known for certain yet. `confirmed`: they are, or nobody has to be. `approved`: its plan
is, by as many people as the policy asks. `running`: rows are being erased. `partial`: what is ours is done, and not
every other place has answered, or something stays for a time. The last four are its end."""
OPEN_STATES: tuple[RequestState, ...] = ("received", "confirmed", "approved", "running", "partial")
"""The states of a request that somebody still waits for."""
RequestChannel = Literal["page", "account", "email", "help_desk", "staff", "callback", "receipt"]
"""Where a request came in: our form, the page of an account, a mailbox, a help desk, a member of staff, a platform, a
receipt of consent."""
Identity = Literal["", "mail", "session", "agent", "guardian", "staff", "platform", "receipt"]
"""By what it is known that a request is its sender's own, or that they may speak for the data subject."""
Denial = Literal[
    "", "suspected_fraud", "insuf_verification", "no_match", "claim_not_covered", "outside_jurisdiction",
    "too_many_requests", "other",
]  # fmt: skip
"""Why a request was refused, in the words of the Data Rights Protocol 1.0."""
Owed = Literal["", "confirmation", "outcome", "extension", "denial", "received"]
OWED: tuple[Owed, ...] = ("confirmation", "outcome", "extension", "denial", "received")
"""The mails that a request may owe."""
TokenPurpose = Literal["confirm", "status", "copy", "machine", "passkey_new", "passkey_use", "guardian"]
FactorState = Literal["pending", "active", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRequest:
    """What somebody asked for, and how far it is.

    `contact` is the sealed address to answer to and `contact_ref` its pseudonym; `details` what else was asked, as
    sealed JSON (`rights.details`); `subject` the data subject where they are known by more than their address, as
    `str(SubjectRef)`. `due_on` is the last day to answer, `extended_on` the day on which that was put off, `paused_at`
    since when proof of identity is awaited. `reminded` is the share of the time, in percent, that was last
    reminded of. `owes` is the mail that has not gone out yet. `plan` is the digest of the plan that the names in
    `approved_by` (JSON) approved. `assigned` names a member of staff. `outcome` is what was done, as JSON; `denial` why
    nothing was.
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
    channel: RequestChannel = "page"
    identity: Identity = ""
    subject: str = ""
    details: bytes = field(default=b"", repr=False)
    owes: Owed
    confirmed_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    extended_on: dt.date | None = None
    paused_at: dt.datetime | None = None
    reminded: int = 0
    plan: str = ""
    approved_by: str = "[]"
    assigned: str = ""
    denial: Denial = ""
    outcome: str = ""


CHANGING = (
    "state", "owes", "due_on", "identity", "subject", "details", "confirmed_at", "closed_at", "extended_on",
    "paused_at", "reminded", "plan", "approved_by", "assigned", "denial", "outcome",
)  # fmt: skip
"""The fields of a request that a store may change; the rest stays as it was received."""


def changes(request: RightsRequest, was: RightsRequest) -> dict[str, Any]:
    """What a store writes to make a request of what it was: its `state`, what it `owes`, and what else differs."""
    new = {name: getattr(request, name) for name in CHANGING}
    return {name: new[name] for name in CHANGING if name in ("state", "owes") or new[name] != getattr(was, name)}


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
