"""Consent: which purposes a visitor chooses about, what they chose, and the record that proves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from consentguard.cookies import Choice
from consentguard.errors import ConsentGuardError
from consentguard.manifest.schema import Manifest, Purpose
from consentguard.ports import Clock, Pseudonyms, Stores, Witness
from consentguard.records import EVERYONE, ConsentMethod, ConsentRecord, SubjectRef, new_id

CHOICE_LASTS = dt.timedelta(days=182)
"""How long a choice holds before the visitor is asked again: half a year."""


class ConsentError(ConsentGuardError):
    """A purpose is unknown, or is none that visitors choose about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The choices of a site's visitors under one `version` of its policy.

    A `jurisdiction` is an ISO 3166 code such as `ES` or `US-CA`; with None, the most protective answer holds.
    """

    manifest: Manifest
    version: str
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    clock: Clock

    def purposes(self, jurisdiction: str | None = None) -> tuple[str, ...]:
        """The purposes that a visitor from there chooses about, in the policy's order."""
        return purposes_to_choose(self.manifest, jurisdiction, self.clock.now().date())

    def choose(
        self,
        accepted: Collection[str],
        *,
        subject: SubjectRef | None,
        language: str,
        jurisdiction: str | None,
        method: ConsentMethod,
    ) -> ConsentRecord:
        """Record a choice together with its evidence: `accepted` purposes, all others refused.

        To withdraw is to accept nothing. A purpose that is chosen about elsewhere only may be accepted too: the
        visitor has moved between reading and sending. Raises ConsentError, with nothing recorded, for any other.
        """
        if not set(accepted) <= set(self.purposes()):
            hint = f"they choose about {', '.join(self.purposes()) or 'none'}"
            raise ConsentError("a purpose was accepted that visitors do not choose about", hint=hint)
        now = self.clock.now()
        record = ConsentRecord(
            id=new_id(now),
            at=now,
            subject=self.pseudonyms.of(subject) if subject else EVERYONE,
            version=self.version,
            accepted=tuple(name for name in self.manifest.purposes if name in accepted),
            refused=tuple(name for name in self.purposes(jurisdiction) if name not in accepted),
            language=language,
            jurisdiction=jurisdiction or "",
            method=method,
            until=now + CHOICE_LASTS,
        )
        with self.stores.transactions.atomic():
            self.stores.consents.add(record)
            facts = {"accepted": len(record.accepted), "refused": len(record.refused), "method": method}
            self.witness.record("consent.recorded", record.subject, **facts)
        return record

    def in_force(self, choice: Choice | None) -> Choice | None:
        """The choice where it counts: it was made under this version of the policy and has not run out."""
        if choice is None or choice.version != self.version or choice.until <= self.clock.now():
            return None
        return choice

    def needs_choice(self, choice: Choice | None, jurisdiction: str | None = None) -> bool:
        """Whether the visitor is to be asked, again or for the first time."""
        return bool(self.purposes(jurisdiction)) and self.in_force(choice) is None


def purposes_to_choose(manifest: Manifest, jurisdiction: str | None, today: dt.date) -> tuple[str, ...]:
    """The purposes that a visitor from there chooses about, in the policy's order."""
    return tuple(name for name in manifest.purposes if needs_consent(manifest, name, jurisdiction, today))


def allows(manifest: Manifest, to_choose: Collection[str], purpose: str, in_force: Callable[[], Choice | None]) -> bool:
    """Whether data of a visitor who chooses about `to_choose` may be used: nobody asks them, or they accepted.

    Their choice in force is asked for only where it matters. Raises ConsentError for a purpose that the policy does
    not name.
    """
    if purpose not in to_choose:
        _check_known(manifest, purpose)
        return True
    choice = in_force()
    return choice is not None and purpose in choice.accepted


def _check_known(manifest: Manifest, purpose: str) -> None:
    if purpose not in manifest.purposes:
        known = ", ".join(manifest.purposes) or "none"
        raise ConsentError(f"the policy has no purpose {purpose!r}", hint=f"its purposes are {known}")


def needs_consent(manifest: Manifest, purpose: str, jurisdiction: str | None, today: dt.date) -> bool:
    """Whether a purpose waits for consent: its legal basis there is consent, or a cookie serves it that is not needed.

    Such a cookie waits for consent whatever the basis of what follows (Art. 5(3) Directive 2002/58/EC). Raises
    ConsentError for a purpose that the policy does not name.
    """
    _check_known(manifest, purpose)
    if any(cookie.purpose == purpose and not cookie.essential for cookie in (manifest.cookies or {}).values()):
        return True
    return "consent" in _bases(manifest.purposes[purpose], jurisdiction, today)


def _bases(purpose: Purpose, jurisdiction: str | None, today: dt.date) -> Iterator[str]:
    """Every legal basis that may be the purpose's for somebody there: several, where the place is not told closely."""
    if isinstance(purpose.basis, str):
        yield purpose.basis
        return
    if jurisdiction is None:
        yield from purpose.basis.values()
        return
    from consentguard.law import regions_of  # tables of law are loaded for those who ask by region

    around = regions_of(jurisdiction, today)
    yield next((purpose.basis[region] for region in (*around, "default") if region in purpose.basis), "unstated")
    within = (region for region in purpose.basis if region != "default" and region not in around)
    yield from (purpose.basis[region] for region in within if jurisdiction in regions_of(region, today))
