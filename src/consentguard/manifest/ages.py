"""The age that a policy wants somebody to have reached: its own number, or what the law says where they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from consentguard.errors import SettingsError
from consentguard.manifest.schema import Age, Manifest

METHODS = ("link", "form")
"""How a guardian is verified without anything of the host's."""


def asks_age(manifest: Manifest) -> bool:
    """Whether anybody is asked: `not_directed` asks nobody anything."""
    return manifest.age is not None and manifest.age.mode != "not_directed"


def asks_guardians(manifest: Manifest) -> bool:
    """Whether a child can ask a parent or guardian to agree."""
    return manifest.age is not None and manifest.age.guardian is not None


def is_for_sale(rule: Age) -> bool:
    """Whether the age is the law's for the sale of data, and no age to be let in from."""
    return rule.threshold == "by_jurisdiction" and rule.basis == "sale"


def check_verification(manifest: Manifest, own: Iterable[str]) -> None:
    """Raise SettingsError where the policy verifies guardians in a way that is neither ours nor one of the host's, and
    where one of the host's has the name of ours.
    """
    known = (*METHODS, *own)
    if len(set(known)) < len(known):
        hint = "give the way of your own another name, and write that in the policy"
        raise SettingsError(f"guardian_methods has one of {', '.join(METHODS)}, which are built in", hint=hint)
    if manifest.age and manifest.age.guardian and manifest.age.guardian.verify not in known:
        hint = f"there are {', '.join(known)}: name a page of yours in the setting `guardian_methods`"
        raise SettingsError(f"nobody verifies guardians by {manifest.age.guardian.verify!r}", hint=hint)


def years_wanted(rule: Age, place: str | None, on: dt.date) -> int:
    """In whole years, for somebody of an ISO 3166 place on a day; None for a place that nobody knows.

    A number of the policy holds everywhere. `by_jurisdiction` gives what the law there says, and never less than
    `at_least`; where no law is known, the strictest age of the table.
    """
    if isinstance(rule.threshold, int):
        return rule.threshold
    from consentguard.law.ages import threshold  # the table is loaded for those who go by it

    return max(threshold(place, on, rule.basis), rule.at_least or 0)
