"""The states of a request, which may follow which, and what each is in the words of the Data Rights Protocol 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from consentguard.records import RequestState, RightsRequest
from consentguard.rights.errors import StateError

NEXT: Mapping[RequestState, tuple[RequestState, ...]] = {
    "received": ("confirmed", "denied", "revoked", "expired"),
    "confirmed": ("approved", "running", "partial", "done", "denied", "revoked", "expired"),
    "approved": ("confirmed", "running", "partial", "done", "denied", "revoked", "expired"),
    "running": ("partial", "done"),
    "partial": ("done",),
    "done": (),
    "denied": (),
    "revoked": (),
    "expired": ("confirmed",),
}
"""What a request may become. What has begun to be erased is neither refused nor taken back; a mail that came late may
confirm a request that had expired; an approval falls when the plan is another one."""
ENDS: tuple[RequestState, ...] = ("done", "denied", "revoked", "expired")


class Drp(NamedTuple):
    """A status of the Data Rights Protocol 1.0 (section 2.03), with its reason where it has one."""

    status: str
    reason: str = ""


_DRP: Mapping[RequestState, Drp] = {
    "received": Drp("in_progress", "need_user_verification"),
    "confirmed": Drp("open"),
    "approved": Drp("in_progress"),
    "running": Drp("in_progress"),
    "partial": Drp("in_progress"),
    "done": Drp("fulfilled"),
    "revoked": Drp("revoked"),
    "expired": Drp("expired"),
}


def drp(request: RightsRequest) -> Drp:
    """What a request is in the Data Rights Protocol."""
    return Drp("denied", request.denial or "other") if request.state == "denied" else _DRP[request.state]


def check(request: RightsRequest, state: RequestState) -> None:
    """Raise StateError unless a request may become this."""
    if state != request.state and state not in NEXT[request.state]:
        raise StateError(f"the request is {request.state}", hint=f"so it cannot become {state}")
