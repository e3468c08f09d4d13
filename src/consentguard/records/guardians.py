"""What a parent or guardian is asked for a child, and what they said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

GuardianState = Literal["requested", "noticed", "verified", "granted", "declined", "expired", "withdrawn", "aged_out"]
"""`requested`: a mail is owed. `noticed`: it went out. `verified`: it is known that they are the guardian. `granted`:
they agreed. The others are its end: they refused, did not answer in time, took it back, or the child is old enough."""
UNANSWERED: tuple[GuardianState, ...] = ("requested", "noticed", "verified")
"""The states in which a guardian has not decided, or is not verified yet."""
USE = "use_of_site"
"""The scope that lets a child in who has not the age that the policy asks for."""
DISCLOSURE = "third_parties"
"""The scope that lets a child's data be given to others: no purpose brings it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianConsent:
    """What was asked of a guardian, and how far it is.

    `subject` is the child's pseudonym; `child` who they are, `contact` the guardian's address: both sealed, and empty
    once it has ended. `scopes` (JSON) are the purposes that were agreed to, USE and DISCLOSURE where they were;
    `method` says by what the guardian is verified. Unanswered it ends at `expires_at`; granted, on `ends_on`, where a
    day is known. From `owed_at` on the mail that is owed may be sent: that of their answer where they answered, else
    the one that asks them; None where none is owed.
    """

    id: str
    state: GuardianState
    asked_at: dt.datetime
    expires_at: dt.datetime
    subject: str
    child: bytes = field(repr=False)
    contact: bytes = field(repr=False)
    language: str
    scopes: str = "[]"
    method: str = ""
    answered_at: dt.datetime | None = None
    ends_on: dt.date | None = None
    closed_at: dt.datetime | None = None
    owed_at: dt.datetime | None = None


ANSWERING = (
    "state", "subject", "child", "contact", "scopes", "method", "answered_at", "ends_on", "closed_at", "owed_at",
)  # fmt: skip
"""The fields of what a guardian is asked that a store may change."""


def answers(consent: GuardianConsent, was: GuardianConsent) -> dict[str, Any]:
    """What a store writes to make one of what it was: its `state`, and what else differs."""
    new = {name: getattr(consent, name) for name in ANSWERING}
    return {name: new[name] for name in ANSWERING if name == "state" or new[name] != getattr(was, name)}
