"""How soon a request has to be answered: as the policy promises, else as the law of the most protective regime asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from consentguard.law import regime, regimes, regions_of
from consentguard.law.tables import Clock
from consentguard.manifest.schema import BusinessDays, Manifest, Regime
from consentguard.periods import business_days_after, parse_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The time limits of a request about a right; an empty `jurisdiction` is a place that nobody knows.

    Every method may raise PeriodError: for business days of a country whose public holidays are not known.
    """

    manifest: Manifest
    right: str
    jurisdiction: str
    received: dt.date

    def due_on(self) -> dt.date:
        """The last day to answer."""
        return self._promised() or self.by_law()

    def by_law(self, *, extended: bool = False) -> dt.date:
        """The last day that every law which may apply allows."""
        return min(clock.due(self.received, self._home, extended=extended) for clock in self._clocks())

    def acknowledge_on(self) -> dt.date | None:
        """The last day to confirm the receipt; None where no law that may apply sets one."""
        found = (clock.acknowledged_by(self.received) for clock in self._clocks())
        return min(filter(None, found), default=None)

    def extended(self, due: dt.date, on: dt.date) -> dt.date | None:
        """The last day to answer once that is put off on a day; None where the laws do not let it.

        Each that may apply has to know an extension, and is told of it within its first period. `due` is the last day
        so far, which a pause may have moved.
        """
        clocks = tuple(self._clocks())
        if not all(clock.extension for clock in clocks) or on > max(due, self.by_law()):
            return None
        moved = max(due - self.due_on(), dt.timedelta())
        later = self.by_law(extended=True) + moved
        return later if later > due else None

    def after_proof(self, due: dt.date, asked: dt.date, proved: dt.date, *, extended: bool) -> dt.date:
        """The last day to answer once proof of identity came that was asked for on a day; `due` is the one so far.

        Where a law lets its clock run on while proof is awaited, nothing moves.
        """
        clocks = tuple(self._clocks())
        if not all(clock.proof for clock in clocks):
            return due
        waited = due + (proved - asked)
        if self._promised():
            return waited
        starts = [clock.due(proved, self._home, extended=extended) for clock in clocks if clock.proof == "starts"]
        pauses = [waited] if any(clock.proof == "pauses" for clock in clocks) else []
        return max(due, min([*starts, *pauses]))

    def _promised(self) -> dt.date | None:
        """The last day that the policy promises; None where it promises what the law says."""
        rights = (self.manifest.rights or {}).items()
        limit = next((entry.complete_within for name, entry in rights if name == self.right), "law")
        if isinstance(limit, BusinessDays):
            return business_days_after(self.received, limit.business_days, limit.calendar)
        return None if limit in ("law", "unstated") else parse_period(limit).after(self.received)

    def _clocks(self) -> Iterator[Clock]:
        for name in laws(self.manifest, self.jurisdiction, self.received):
            yield regime(name).clock(self.right, self.received)

    @property
    def _home(self) -> str | None:
        """The country of whoever has to answer, whose public holidays are none of their working days."""
        controller = self.manifest.controller
        return controller.country if controller and controller.country != "unstated" else None


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
