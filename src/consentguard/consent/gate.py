"""What becomes of a cookie that is about to leave: it leaves, or nobody declared it, or nobody consented to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal

from consentguard.consent.inventory import Inventory

Reason = Literal["undeclared", "unconsented"]
"""Why a cookie must not leave: the policy does not name it, or it waits for a consent that was not given."""


def name_of(header: str) -> str:
    """The name of the cookie that a `Set-Cookie` header sets; empty for one that has none."""
    name, found, _ = header.partition(";")[0].partition("=")
    return name.strip() if found else ""


def refused(
    inventory: Inventory,
    name: str,
    header: Callable[[], str],
    permits: Callable[[str], bool],
    now: Callable[[], dt.datetime],
) -> Reason | None:
    """Why a cookie must not leave; None where it may.

    What is declared as essential leaves, and nothing more is asked. So does every removal, which takes a cookie away
    from a browser. A cookie of several services leaves where one of them is permitted.
    """
    declared = inventory.find(name)
    if declared is not None and declared.essential:
        return None
    if is_removal(header(), now):
        return None
    if declared is None:
        return "undeclared"
    return None if any(map(permits, declared.services)) else "unconsented"


def is_removal(header: str, now: Callable[[], dt.datetime]) -> bool:
    """Whether a `Set-Cookie` header removes a cookie, as browsers read it (RFC 6265 section 5.2).

    `Max-Age` outranks `Expires`; of each, the last one counts. A moment in the past is a removal only of an empty
    value: by a clock that is behind, a browser would still keep what the header holds.
    """
    pair, *attributes = header.split(";")
    given = {name.strip().lower(): value.strip() for name, _, value in map(_halves, attributes)}
    age = given.get("max-age", "")
    if age.removeprefix("-").isdecimal():
        return age.startswith("-") or not age.strip("0")
    return not pair.partition("=")[2].strip(' "') and _is_past(given.get("expires", ""), now)


def _halves(attribute: str) -> tuple[str, str, str]:
    return attribute.partition("=")


def _is_past(date: str, now: Callable[[], dt.datetime]) -> bool:
    from email.utils import parsedate_to_datetime  # for a cookie that is refused unless it goes

    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) <= now()
