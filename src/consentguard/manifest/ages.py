"""The age that a policy wants somebody to have reached: its own number, or what the law says where they are."""

from __future__ import annotations

import datetime as dt

from consentguard.manifest.schema import Age, Manifest


def asks_age(manifest: Manifest) -> bool:
    """Whether anybody is asked: `not_directed` asks nobody anything."""
    return manifest.age is not None and manifest.age.mode != "not_directed"


def years_wanted(rule: Age, place: str | None, on: dt.date) -> int:
    """In whole years, for somebody of an ISO 3166 place on a day; None for a place that nobody knows.

    A number of the policy holds everywhere. `by_jurisdiction` gives what the law there says, and never less than
    `at_least`; where no law is known, the strictest age of the table.
    """
    if isinstance(rule.threshold, int):
        return rule.threshold
    from consentguard.law.ages import threshold  # the table is loaded for those who go by it

    return max(threshold(place, on, rule.basis), rule.at_least or 0)
