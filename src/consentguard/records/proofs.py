"""What was done and decided: entries of the evidence, the chain over them, choices, outcomes of an age screen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

ConsentMethod = Literal["accept", "reject", "save", "withdraw", "gpc", "re-ask", "import"]
"""How a choice was made. To go on using a site is none of these: nobody agrees by it."""
AgeOutcome = Literal["over", "under"]
AgeStanding = Literal["over", "under", "guardian"]
"""What holds of somebody's age: `guardian` for who is too young and was let in by a parent or guardian."""
LET_IN: tuple[AgeStanding, ...] = ("over", "guardian")
AgeMethod = Literal["attest", "screen"]
"""How an age was asked: by a yes beside the age itself, or neutrally by the month and year of birth."""
AgeAssurance = Literal["affirmed", "self_declared"]
"""How well an age is shown, the least first: somebody said yes to it, or told it without knowing what was wanted."""


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
class AgeClaim:
    """Whether `threshold` years of age are reached, as was said; never the date of birth.

    `subject` is a pseudonym or EVERYONE; `recheck_on` the day from which the answer may be another.
    """

    id: str
    at: dt.datetime
    subject: str
    threshold: int
    outcome: AgeOutcome
    method: AgeMethod
    assurance: AgeAssurance
    version: str
    recheck_on: dt.date | None = None
