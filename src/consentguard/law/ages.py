"""From which age on somebody decides alone, by the law of a place on a day; where no law is known, the strictest."""

from __future__ import annotations

import datetime as dt

from consentguard.law import regions_of
from consentguard.law.tables import AgeBasis, AgeLimit, Ages, ServiceKind, table

__all__ = ["AgeBasis", "AgeLimit", "ServiceKind", "age_limit", "age_limits", "threshold"]


def age_limits(on: dt.date | None = None) -> tuple[AgeLimit, ...]:
    """The rows of the table, those in force on a day where one is given."""
    return tuple(row for row in table(Ages).rows if on is None or row.holds(on))


def age_limit(
    place: str, on: dt.date, basis: AgeBasis = "consent", service: ServiceKind = "information_society"
) -> AgeLimit | None:
    """What the law there says, that of the narrowest region first; None where the table has none: it is unknown.

    `place` is an ISO 3166-1 or -2 code, or `EU`. Where a place has several rows that hold, the strictest counts.
    """
    for region in regions_of(place, on):
        found = [row for row in age_limits(on) if row.place == region and row.concerns(basis, service)]
        if found:
            return max(found, key=_age)
    return None


def threshold(
    place: str | None, on: dt.date, basis: AgeBasis = "consent", service: ServiceKind = "information_society"
) -> int:
    """The age, in whole years, from which somebody from there decides alone on that day.

    A `place` that is unknown (None), or of which the table knows nothing, gets the strictest age of the whole table on
    that day; on a day before any row, the strictest that it ever held.
    """
    row = age_limit(place, on, basis, service) if place else None
    return row.threshold if row else max(age_limits(on) or age_limits(), key=_age).threshold


def _age(row: AgeLimit) -> int:
    return row.threshold
