"""That a site may hold data of somebody who is too young for it: a report, and how far it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

ReportSource = Literal["guardian", "staff", "check"]
"""Who says so: a parent or guardian on our page, a member of staff, the nightly look at birth dates."""
ReportState = Literal["received", "quarantined", "confirmed", "rejected", "erased"]
"""`received`: nobody of the site's data subjects was found by what was reported. `quarantined`: they were, and nothing
of theirs is used or given out. `confirmed`: they are a minor, and their erasure was opened. The last two are its end,
but for a `rejected` one that ends without an erasure."""
UNDECIDED: tuple[ReportState, ...] = ("received", "quarantined")
"""The states in which a report waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorReport:
    """A report, never an age and never a date of birth.

    `subject` is the pseudonym of the person, or of what they were said to be known by; `details` what was reported, as
    sealed JSON, empty once it has ended. `due_at` is when their data has to be gone. `confirmed_by` are the names of
    those who confirmed it (JSON), `request` the erasure that was opened then. `reminded` is the share of the time, in
    percent, that was last reminded of.
    """

    id: str
    state: ReportState
    source: ReportSource
    received_at: dt.datetime
    due_at: dt.datetime
    subject: str
    details: bytes = field(repr=False)
    confirmed_by: str = "[]"
    decided_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    request: str = ""
    reminded: int = 0


MOVING = ("state", "subject", "details", "confirmed_by", "decided_at", "closed_at", "request", "reminded")
"""The fields of a report that a store may change; the rest stays as it was received."""


def moves(report: MinorReport, was: MinorReport) -> dict[str, Any]:
    """What a store writes to make a report of what it was: its `state`, and what else differs."""
    new = {name: getattr(report, name) for name in MOVING}
    return {name: new[name] for name in MOVING if name == "state" or new[name] != getattr(was, name)}
