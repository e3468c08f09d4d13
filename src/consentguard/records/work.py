"""Work that goes on until it is done: runs of a plan, errands to other places, events, archived rows, tombstones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from consentguard.records.people import SubjectRef

RunKind = Literal["erasure", "retention", "return", "replay"]
RunState = Literal["open", "done", "stopped"]
ErrandKind = Literal["erase", "rectify", "restrict", "file", "session", "forward"]
ErrandState = Literal["open", "done", "failed"]
Hand = Literal["connector", "person", "ours"]
"""Who does an errand: a function of the host's, somebody who answers for the place, or consentguard itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A plan as it is carried out: the checkpoint that is committed with each batch.

    `about` is the id of the request, or of the run that it is a share of; empty for a schedule. `digest` is that of the
    plan as approved, `plan` its steps, sealed. `step` is the number of the one that is worked on, and `last_key` the
    primary key of the last row that was: empty before the first. `counts` is JSON: how many rows of each step so far.
    """

    id: str
    kind: RunKind
    about: str
    digest: str
    plan: bytes = field(repr=False)
    state: RunState = "open"
    step: int = 0
    last_key: str = field(default="", repr=False)
    counts: str = "[]"
    started_at: dt.datetime
    beat_at: dt.datetime
    ended_at: dt.datetime | None = None


ADVANCING = ("state", "plan", "step", "last_key", "counts", "beat_at", "ended_at")
"""The fields of a run that a store replaces at each checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Something to be done where the plan cannot reach: a file, a log, a recipient to be told, somebody's task.

    `about` is the id of the request or run; `target` the store or recipient of the policy (the column for a file).
    `payload` is what has to be known to do it, sealed; it goes once the errand is done. `proof` says how it is known
    that it was, `by` who says so. It is tried again from `next_at`.
    """

    id: str
    about: str
    kind: ErrandKind
    target: str
    hand: Hand
    payload: bytes = field(repr=False)
    state: ErrandState = "open"
    tries: int = 0
    made_at: dt.datetime
    next_at: dt.datetime
    due_on: dt.date | None = None
    done_at: dt.datetime | None = None
    by: str = ""
    proof: str = ""


SETTLING = ("state", "payload", "tries", "next_at", "done_at", "by", "proof")
"""The fields of an errand that a store may change; the rest stays as it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Whom and what a request concerns where the plan cannot reach.

    `kind` is what places and recipients are asked for, None where they are not. The person is who has the `address`,
    who was found as `people`, or whom other systems know by `external`. `categories` are those of the rows about them,
    `corrections` new values by column, and `controllers` the clients in whose name we hold data of theirs.
    """

    kind: ErrandKind | None
    address: str = field(default="", repr=False)
    people: tuple[SubjectRef, ...] = ()
    categories: frozenset[str] = frozenset()
    controllers: tuple[str, ...] = ()
    external: Mapping[str, str] = field(default_factory=dict, repr=False)
    corrections: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """That an event of the policy happened, such as `channel.disconnected`: what it concerns goes until `due_at`.

    `scope` is the policy's word for what it happened to, `key` that one's primary key; `hides` whether rows are hidden
    until they are gone. `done_at` is when they were.
    """

    id: str
    event: str
    scope: str
    key: str
    at: dt.datetime
    due_at: dt.datetime
    hides: bool = False
    done_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRow:
    """A row that left its table for the archive: its columns as JSON, sealed, until the policy lets it go.

    `subjects` are the pseudonyms of whom it is about.
    """

    id: str
    label: str
    key: str
    subjects: tuple[str, ...]
    archived_at: dt.datetime
    until: dt.datetime | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A fact of which there is one: the rules that were accepted, how far the ledger was replayed, when a job ran."""

    name: str
    value: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """One entry of the ledger outside the database: somebody was erased, or something is held, or no longer.

    `subject` is the keyed pseudonym of `kind:key` and `identities` those of the addresses that the person is known by:
    the row of a restored backup is theirs where its key and one of its addresses are, or an address alone in a row that
    is older than `epoch`. For a hold, `hold` is the record as sealed JSON. `digest` is that of the plan.
    """

    id: str
    act: Literal["erase", "hold", "release"]
    epoch: dt.datetime
    kind: str = ""
    subject: str = ""
    identities: tuple[str, ...] = ()
    digest: str = ""
    hold: bytes = field(default=b"", repr=False)
    mac: str = ""
    key_id: int = 0
