"""What programs send and get as JSON: one struct for each body, which is decoded, documented and checked by it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from consentguard.manifest.vocabulary import END
from consentguard.web.messages import Inbound, Outbound

JSON = "application/json"
ITEM = f"^[a-z][a-z0-9_]*(?:/[a-z][a-z0-9_]*)?{END}"
Body = TypeVar("Body", bound="Sent")


class Sent(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what a program sends: an unknown field is a mistake."""


class ChoiceMade(Sent, frozen=True):
    """What a visitor accepts; everything else is refused.

    `accepted` names purposes, or services as `purpose/service`; whoever accepts something says under which `policy`:
    the version that was shown. A `nonce` (32 hex digits, by chance) makes a decision that is sent again the same one.
    """

    accepted: Annotated[list[Annotated[str, Meta(pattern=ITEM, max_length=200)]], Meta(max_length=200)]
    policy: Annotated[str, Meta(pattern=f"^[0-9a-f]{{16}}{END}")] | UnsetType = UNSET
    method: Literal["accept", "reject", "save", "withdraw"] = "save"
    component: Literal["banner", "preferences", "placeholder", "api"] = "api"
    nonce: Annotated[str, Meta(pattern=f"^[0-9a-f]{{32}}{END}")] | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=35)] | UnsetType = UNSET
    again: bool = False


Named = Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=100)]
Short = Annotated[str, Meta(max_length=200)]
Address = Annotated[str, Meta(max_length=254, extra_json_schema={"format": "email"})]


class RequestDetails(Sent, frozen=True, kw_only=True):
    """What was asked beside the right: names of the policy, the day on which a restriction ends, the person's words.

    `external` says how other systems know the person.
    """

    purposes: Named = []
    categories: Named = []
    until: dt.date | None = None
    note: Annotated[str, Meta(max_length=5000)] = ""
    external: Annotated[dict[Short, Short], Meta(max_length=20)] = {}


class Speaker(Sent, frozen=True, kw_only=True):
    """Who asks for somebody else: their own name, by what right they do, and the address of the `person`."""

    role: Literal["agent", "guardian"]
    name: Short
    authority: Short
    person: Address


class RequestMade(Sent, frozen=True):
    """A request of somebody who is asked by mail to confirm it, in a `language` of the site or in its first.

    `received_at` is when it reached the other system, at most a year ago: the time to answer runs from then. Where
    somebody `speaks` for the person, `email` is their own, and they are asked for a proof instead.
    """

    right: Annotated[str, Meta(max_length=50)]
    email: Address
    language: Annotated[str, Meta(max_length=35)] | UnsetType = UNSET
    received_at: Annotated[dt.datetime, Meta(tz=True)] | UnsetType = UNSET
    speaks: Speaker | UnsetType = UNSET
    details: RequestDetails = RequestDetails()


class Given(Struct, frozen=True, kw_only=True):
    """Base of what a program gets."""


class ChoiceHeld(Given, frozen=True):
    """What the visitor may choose about, under which version, and their choice where it counts."""

    policy: str
    needs_choice: bool
    purposes: list[str]
    choice: Chosen | None


class Chosen(Given, frozen=True):
    """A choice: what was accepted, when, until when it counts, and the id of its record."""

    accepted: list[str]
    chosen_at: dt.datetime
    holds_until: dt.datetime | None
    record: str


class SignedRequest(Sent, frozen=True):
    """What a platform sends, as a form: its signature, a dot, and what it signed."""

    signed_request: Annotated[str, Meta(max_length=20_000, pattern=f"^[A-Za-z0-9_-]+=*[.][A-Za-z0-9_-]+=*{END}")]


class Progress(Given, frozen=True):
    """How far a request is, and the last day to answer it.

    `status` and `reason` say it in the words of the Data Rights Protocol 1.0, `state` in our own, which knows a request
    that is done in part. `extended_on` is when the last day was put off.
    """

    right: str
    state: str
    status: str
    reason: str
    received_on: dt.date
    due_on: dt.date
    extended_on: dt.date | None


class Received(Given, frozen=True):
    """A request that waits to be confirmed by mail, and the last day to answer it."""

    id: str
    due_on: dt.date


class Deletion(Given, frozen=True):
    """Where the platform's user can follow the deletion, and by which code."""

    url: str
    confirmation_code: str


class Disconnection(Given, frozen=True):
    """How many of the site's rows the platform's user was connected by."""

    disconnected: int


class Problem(Given, frozen=True):
    """What was wrong."""

    error: str


def read(inbound: Inbound, kind: type[Body]) -> Body | Outbound:
    """The body as `kind`, or the answer that says why it is none."""
    if inbound.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
        return problem(415, f"The body is sent as {JSON}.")
    try:
        return msgspec.json.decode(inbound.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return problem(400, str(error))


def give(body: Given, status: int = 200) -> Outbound:
    """The answer that holds a body: about one visitor, so that nobody keeps it."""
    return Outbound(status=status, json=msgspec.to_builtins(body), private=True)


def problem(status: int, text: str, **headers: str) -> Outbound:
    """The answer that says what was wrong."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outbound(status=status, json=msgspec.to_builtins(Problem(error=text)), headers=named, private=True)
