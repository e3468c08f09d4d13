"""Whether evidence will do: for a page behind the second factor, and for something grave that asks for it anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Literal

from consentguard.assurance.evidence import SECOND, Evidence

Verdict = Literal["ok", "verify", "enrol", "sign_in"]
"""`verify`: a second factor has to be given. `enrol`: one has to be set up first. `sign_in`: the first factor has to be
given anew, because there is no second one, and need not be."""
MAX_AGE = dt.timedelta(minutes=15)
"""How long ago something grave may have been preceded by a factor (NIST SP 800-63B-4 asks for an hour at most)."""


def is_verified(evidence: Iterable[Evidence]) -> bool:
    """Whether a second factor was given: a browser that is remembered will do."""
    return any(each.method in SECOND for each in evidence)


def stepped_up(
    evidence: Iterable[Evidence],
    *,
    now: dt.datetime,
    max_age: dt.timedelta,
    enrolled: Callable[[], bool],
    required: Callable[[], bool],
) -> Verdict:
    """Whether somebody showed lately enough who they are, and what they have to do where they did not.

    Whoever has a second factor gives it, by whichever way the host knows of; of whoever has none and need not have one,
    the first factor is asked. `enrolled` and `required` may ask the database, and are called only where it matters.
    """
    given = tuple(evidence)
    if any(each.method in SECOND and each.is_fresh(now, max_age) for each in given):
        return "ok"
    if enrolled() or is_verified(given):
        return "verify"
    if required():
        return "enrol"
    fresh = any(each.method == "password" and each.is_fresh(now, max_age) for each in given)
    return "ok" if fresh else "sign_in"
