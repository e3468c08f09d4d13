"""The frozen facts that cross a port: who, what was decided, what was asked for, what happened."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ConsentMethod = Literal["accept", "reject", "save", "withdraw", "gpc", "re-ask", "import"]
"""How a choice was made. To go on using a site is none of these: nobody agrees by it."""
RequestState = Literal["received", "confirmed", "done", "expired"]
Owed = Literal["", "confirmation", "outcome"]
OWED: tuple[Owed, ...] = ("confirmation", "outcome")
"""The mails that a request may owe."""
TokenPurpose = Literal["confirm", "status", "machine"]
FactorState = Literal["pending", "active", "disabled"]
AgeOutcome = Literal["over", "under"]
DataKeyState = Literal["enabled", "destroyed"]
EVERYONE = ""
"""The pseudonym of nobody in particular: a visitor who is not signed in, or an act of the site itself."""


def new_id(now: dt.datetime) -> str:
    """An identifier of 32 hex digits that sorts by time: UUID version 7 (RFC 9562 section 5.7) without its hyphens."""
    milliseconds = int(now.timestamp() * 1000).to_bytes(6, "big")
    chance = bytearray(os.urandom(10))
    chance[0] = chance[0] & 0x0F | 0x70
    chance[2] = chance[2] & 0x3F | 0x80
    return (milliseconds + bytes(chance)).hex()


@dataclass(frozen=True, slots=True)
class SubjectRef:
    """One data subject: the `kind` that the policy calls them, and the `key` of their row in the host's table."""

    kind: str
    key: str

    def __str__(self) -> str:
        """Such as `user:12`."""
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> SubjectRef:
        """The reference that `str()` wrote. Raises ValueError for anything else."""
        kind, found, key = text.partition(":")
        if not (kind and found and key):
            raise ValueError("a reference to a data subject is written kind:key")
        return cls(kind, key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs: the name of the site whose policy holds, and the database that its facts go to."""

    site: str = "default"
    database: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceEntry:
    """That something was done: never how, to whom by name, or with which data.

    `subject` is a keyed pseudonym or EVERYONE; `details` canonical JSON (RFC 8785) of plain facts; `mac` the keyed
    hash over all fields before `key_id`, in hex, made with that key.
    """

    id: str
    at: dt.datetime
    segment: str
    act: str
    subject: str
    version: str
    details: str
    key_id: int
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One link of the chain over a segment's entries.

    `hash` is SHA-256 over the sequence, `previous`, the time and the entry with its keyed hash, in hex.
    """

    sequence: int
    entry: str
    previous: str
    hash: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What is left of a sealed prefix that retention removed: its last sequence and hash, and how many entries went."""

    sequence: int
    hash: str
    at: dt.datetime
    removed: int
    key_id: int
    mac: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries of one day (UTC) and policy version say the very same."""

    day: dt.date
    version: str
    details: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """A choice as it was made, and as the evidence keeps it: the entry of this `id` is the record.

    `subject` is a pseudonym or EVERYONE; `policy` the SHA-256 (hex) of what was asked, as published; `accepted` and
    `refused` name purposes, and services as `purpose/service`. `component` is what the choice was made in (`banner`,
    `preferences`, `placeholder`, `api`, a form's name); `gpc` whether the browser sent Global Privacy Control; `text`
    the SHA-256 of the words agreed to where a form showed its own. It holds until `until`; None for
    one that stands until it is withdrawn. `address` (a
    network, not a host) and `user_agent` are empty unless the policy switches them on.
    """

    id: str
    at: dt.datetime
    subject: str
    version: str
    policy: str
    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    language: str
    jurisdiction: str
    method: ConsentMethod
    component: str
    gpc: bool
    until: dt.datetime | None
    text: str = ""
    address: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)


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
class AgeClaim:
    """The outcome of an age screen, never the date of birth: whether `threshold` years are reached, as was said.

    `subject` is a pseudonym or EVERYONE; `recheck_on` the day from which the answer may be another.
    """

    id: str
    at: dt.datetime
    subject: str
    threshold: int
    outcome: AgeOutcome
    method: Literal["screen"]
    assurance: Literal["self_declared"]
    version: str
    recheck_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some rows of one of the host's tables: those of some data subjects, or those older than a moment, or both.

    `path` leads from a row to the subject's own row in the table `root`, whose primary key is one of `keys`;
    `before` names a column of dates, of the row or over foreign keys (`invoice.issued_at`), and the moment that it lies
    before. Without either nothing is selected. What one of the selections `besides` has of the same table is left out.
    """

    label: str
    path: str | object = "self"
    root: str = ""
    keys: tuple[str, ...] = ()
    before: tuple[str, dt.datetime] | None = None
    besides: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail: plain text, and the same as HTML."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


LAST_DATA_KEY = 2**31 - 1
"""The greatest id of a data key: what a column of 32 bits holds, and four bytes of a sealed value name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDataKey:
    """A data subject's key as it is first kept: its id is for the table to give.

    `subject` is a keyed pseudonym; `wrapped` the key, sealed under the key `key_id` of the keyring.
    """

    subject: str
    key_id: int
    wrapped: bytes = field(repr=False)
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A data subject's key. Of a destroyed one there is its id and the day: neither whose it was nor what it was."""

    id: int
    state: DataKeyState
    created_at: dt.datetime | None = None
    subject: str | None = None
    key_id: int | None = None
    wrapped: bytes | None = field(default=None, repr=False)
    destroyed_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnJob:
    """How far a work on a whole column or table is, such as `rotate shop.Customer`.

    `goal` says what it is to reach, so that nobody goes on with another; `last_key` is the primary key of the last row
    that was looked at, empty before the first and after the last; `done` how many rows were.
    """

    name: str
    goal: str
    phase: str
    last_key: str
    done: int
    at: dt.datetime
