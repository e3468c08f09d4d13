"""How soon a request has to be answered: as the policy promises, else as the law of the most protective regime asks."""

from __future__ import annotations

import datetime as dt

from consentguard.law import regime, regimes, regions_of
from consentguard.manifest.schema import BusinessDays, Manifest, Regime
from consentguard.periods import business_days_after, parse_period


def due_on(manifest: Manifest, right: str, jurisdiction: str, received: dt.date) -> dt.date:
    """The last day to answer a request about a right; an empty `jurisdiction` is one that nobody knows.

    Raises PeriodError where the policy counts business days of a country whose public holidays are not known.
    """
    limit = next((entry.complete_within for name, entry in (manifest.rights or {}).items() if name == right), "law")
    if isinstance(limit, BusinessDays):
        return business_days_after(received, limit.business_days, limit.calendar)
    if limit not in ("law", "unstated"):
        return parse_period(limit).after(received)
    return min(regime(name).clock(right).after(received) for name in laws(manifest, jurisdiction, received))


def laws(manifest: Manifest, jurisdiction: str, on: dt.date) -> tuple[str, ...]:
    """The privacy laws that may apply to somebody: those of their place, else every one that the policy answers to.

    Where it answers to none, every law that is known: an answer in time for all is in time for each.
    """
    declared = {name: law for name in regimes() if (law := _declared(manifest, name))}
    places = regions_of(jurisdiction, on) if jurisdiction else ()
    there = tuple(name for name, law in declared.items() if set(law.applies) & set(places))
    return there or tuple(declared) or regimes()


def _declared(manifest: Manifest, name: str) -> Regime | None:
    law: Regime | None = getattr(manifest.regimes, name, None)
    return law
