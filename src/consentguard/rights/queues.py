"""Reads a queue of requests to its end: whoever fills it up must not keep those behind from being reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consentguard.records import RightsRequest

AT_ONCE = 1_000


def whole(read: Callable[[int], Sequence[RightsRequest]]) -> Sequence[RightsRequest]:
    """Every request of a queue that `read` gives the first so many of."""
    most = AT_ONCE
    while len(found := read(most)) == most:
        most *= 2
    return found
