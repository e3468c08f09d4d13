"""How somebody signed in, as the framework and the host know it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from consentguard.assurance.evidence import Evidence

UNKNOWN = "unknown"
"""The sign-in of a host that cannot tell one from another."""


def _unknown() -> str:
    return UNKNOWN


def _nobody() -> None:
    return None


def _nothing() -> tuple[Evidence, ...]:
    return ()


def _no() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How somebody signed in, as the framework and the host know: each is asked only where it matters.

    `sign_in` tells this sign-in apart from every other, and is no secret of the session's. `signed_in_at` is when the
    first factor was given; `elsewhere` what the host knows of itself. `required` tells whether the policy requires a
    second factor of whoever it is. All may ask the database.
    """

    sign_in: Callable[[], str] = _unknown
    signed_in_at: Callable[[], dt.datetime | None] = _nobody
    elsewhere: Callable[[], Iterable[Evidence]] = _nothing
    required: Callable[[], bool] = _no
