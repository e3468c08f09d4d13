"""What somebody asked for beside the right itself: kept as sealed JSON, and never shown where it might be logged."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct, field, json

from consentguard.plan.steps import Found
from consentguard.records import SubjectRef


class Someone(Struct, frozen=True, array_like=True):
    """Rows of the table `root` that are the data subject, as in `plan.steps.Found`: for as long as they are needed."""

    subject: str
    root: str
    keys: tuple[str, ...]


class Details(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was asked, by whom, and who was found.

    `corrections` are new values by column (`Label.column`). `purposes` and `categories` are names of the policy: what
    is objected to, taken back or restricted; none are all of them. `until` is the day on which a restriction ends.
    Who speaks for somebody else gives their own name (`agent`) and by what right they do (`authority`), and `person` is
    then the address of the data subject. `receipt` is the id of a receipt of consent, `external` how other systems know
    the person, `note` what they wrote. `twin` is an open request for the same, and `people` are those that were found.
    `reason` is what its sender is told of why a request takes longer or is refused, `approved_at` when its plan was
    approved, `withheld` what a review left out of the copy (`exports.Redaction`). `entered_by` is the member of staff
    who took the request down for somebody, and so does not approve it. `shown` is the data subject whose second factor
    was given when a mailed link confirmed the request.
    """

    corrections: dict[str, str] = {}
    purposes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    until: dt.date | None = None
    agent: str = ""
    authority: str = ""
    person: str = ""
    receipt: str = ""
    external: dict[str, str] = {}
    note: str = ""
    twin: str = ""
    people: tuple[Someone, ...] = field(default=())
    reason: str = ""
    approved_at: dt.datetime | None = None
    withheld: tuple[dict[str, Any], ...] = ()
    entered_by: str = ""
    shown: str = ""

    def __repr__(self) -> str:
        """Nothing of it: it ends in logs."""
        return "Details(...)"

    @property
    def found(self) -> tuple[Found, ...]:
        """Who was found."""
        return tuple(Found(subject=each.subject, root=each.root, keys=each.keys) for each in self.people)


def written(details: Details) -> bytes:
    """The details as JSON, for sealing."""
    return json.encode(details)


def read(content: bytes) -> Details:
    """What `written` wrote; empty details of nothing."""
    return json.decode(content, type=Details) if content else Details()


def someone(people: tuple[Found, ...]) -> tuple[Someone, ...]:
    """These people, as details keep them."""
    return tuple(Someone(each.subject, each.root, each.keys) for each in people)


def subjects(people: tuple[Found, ...]) -> tuple[SubjectRef, ...]:
    """A reference to each of these people."""
    return tuple(SubjectRef(each.subject, key) for each in people for key in each.keys)
