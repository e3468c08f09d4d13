"""Which purposes wait for consent, where, and what a choice allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator

from consentguard.consent.errors import ConsentError
from consentguard.consent.policy import ConsentPolicy
from consentguard.cookies import Choice
from consentguard.manifest.schema import Manifest, Purpose


def purposes_to_choose(manifest: Manifest, jurisdiction: str | None, today: dt.date) -> tuple[str, ...]:
    """The purposes that a visitor from there chooses about, in the policy's order."""
    return tuple(
        name
        for name, purpose in manifest.purposes.items()
        if purpose.ask == "banner" and needs_consent(manifest, name, jurisdiction, today)
    )


def purposes_on_forms(manifest: Manifest, today: dt.date) -> tuple[str, ...]:
    """The purposes that wait for a consent which is given on a form, where it arises."""
    return tuple(
        name
        for name, purpose in manifest.purposes.items()
        if purpose.ask == "form" and needs_consent(manifest, name, None, today)
    )


def needs_consent(manifest: Manifest, purpose: str, jurisdiction: str | None, today: dt.date) -> bool:
    """Whether a purpose waits for consent: its legal basis there is consent, or a cookie serves it that is not needed.

    Such a cookie waits for consent whatever the basis of what follows (Art. 5(3) Directive 2002/58/EC). Raises
    ConsentError for a purpose that the policy does not name.
    """
    _check_known(manifest, purpose)
    if any(cookie.purpose == purpose and not cookie.essential for cookie in (manifest.cookies or {}).values()):
        return True
    return "consent" in _bases(manifest.purposes[purpose], jurisdiction, today)


def refused_by_signal(manifest: Manifest, asked: Collection[str]) -> frozenset[str]:
    """The purposes that Global Privacy Control refuses: those `asked` about and all marketing, unless the policy
    exempts one.
    """
    return frozenset(
        name for name, purpose in manifest.purposes.items() if purpose.gpc and (name in asked or purpose.marketing)
    )


def allows(policy: ConsentPolicy, to_choose: Collection[str], name: str, in_force: Callable[[], Choice | None]) -> bool:
    """Whether a purpose, or a single service, is allowed for a visitor who chooses about `to_choose`.

    Nobody has to allow what is asked of no visitor at all. What is asked elsewhere only is allowed until this visitor
    refuses it. Their choice is looked at where it matters alone. Raises ConsentError for a name that the policy does
    not have.
    """
    purpose = policy.purpose_of(name)
    if purpose is None or purpose not in policy.purposes:
        return True
    choice = in_force()
    if choice is None:
        return purpose not in to_choose
    return purpose in choice.accepted or f"{purpose}/{name}" in choice.accepted


def in_force(policy: ConsentPolicy, choice: Choice | None, now: dt.datetime) -> Choice | None:
    """The choice where it counts: nothing got worse since the version it was made under, and it has not run out."""
    return choice if choice is not None and now < choice.until and choice.version in policy.holds else None


def _check_known(manifest: Manifest, purpose: str) -> None:
    if purpose not in manifest.purposes:
        known = ", ".join(manifest.purposes) or "none"
        raise ConsentError(f"the policy has no purpose {purpose!r}", hint=f"its purposes are {known}")


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
