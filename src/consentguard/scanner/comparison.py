"""What was seen held against the policy: what it does not name, what comes without consent, what is kept too long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from consentguard.consent.inventory import OWN, Inventory
from consentguard.findings import Finding
from consentguard.manifest.schema import Cookie, Manifest
from consentguard.periods import parse_period
from consentguard.scanner.sightings import REQUESTS, Sighting, State, Subject, subjects

WAITING = "cg_waiting"
OURS = frozenset({*OWN, WAITING})
"""What consentguard itself keeps: its cookies, and what our script keeps until the server has taken a choice down."""
TOLERANCE = dt.timedelta(minutes=1)
"""By how much two clocks may differ."""
_SAID: dict[State, str] = {
    "before": "before a choice",
    "signal": "under Global Privacy Control",
    "refused": "after refusing",
    "accepted": "after accepting",
}


def compare(manifest: Manifest, sightings: Iterable[Sighting]) -> tuple[Finding, ...]:
    """What the policy does not name or allow, of all that was seen beside the site's own requests."""
    return tuple(finding for subject in subjects(sightings) for finding in _of(manifest, subject))


def undeclared(manifest: Manifest, sightings: Iterable[Sighting]) -> list[Subject]:
    """All that no service of the policy names."""
    return [subject for subject in subjects(sightings) if not _ours(subject) and not services_of(manifest, subject)]


def services_of(manifest: Manifest, subject: Subject) -> dict[str, Cookie]:
    """The services of the policy that name it: by a name or pattern, or by the host that it is loaded from."""
    services = manifest.cookies or {}
    if subject.kind in REQUESTS:
        return {name: service for name, service in services.items() if _reaches(service, subject.host)}
    declared = Inventory(services).find(subject.name)  # by the rule that the site itself goes by
    return {name: services[name] for name in declared.services} if declared else {}


def spoken(states: Iterable[State]) -> str:
    """States as words: `before a choice, after refusing`."""
    return ", ".join(_SAID[state] for state in states)


def _ours(subject: Subject) -> bool:
    return subject.name in OURS


def _reaches(service: Cookie, host: str) -> bool:
    return any(_covers(declared, host) for declared in (*service.iframes, *service.hosts))


def _covers(declared: str, host: str) -> bool:
    """Whether a host of the policy stands for another: itself, or with `*.` all below it."""
    return host.endswith(declared[1:]) if declared.startswith("*.") else host == declared


def _of(manifest: Manifest, subject: Subject) -> Iterator[Finding]:
    if _ours(subject):
        return
    services = services_of(manifest, subject)
    if not services:
        yield _undeclared(subject)
        return
    yield from _without_consent(services, subject)
    if subject.kind == "cookie":
        yield from _too_long(services, subject)


def _undeclared(subject: Subject) -> Finding:
    when, page = spoken(subject.states), subject.sightings[0].page
    if subject.kind in REQUESTS:
        return Finding(
            id="S-HOST",
            severity="error",
            message=f"{page} loads a {subject.kind} from {subject.host} {when}, and no service of the policy names it",
            where="cookies",
            hint="add the host to the `hosts` or `iframes` of a service in [cookies], or do without it",
        )
    return Finding(
        id="S-UNDECLARED",
        severity="error",
        message=f"{_what(subject)} is there {when} on {page}, and no service of the policy names it",
        where="cookies",
        hint="add it to the `names` of a service in [cookies], or do without it",
    )


def _without_consent(services: dict[str, Cookie], subject: Subject) -> Iterator[Finding]:
    """Where no service that names it is essential, nothing of it may be there until the visitor accepts."""
    early = [state for state in subject.states if state != "accepted"]
    if early and not any(service.essential for service in services.values()):
        first = next(sighting for sighting in subject.sightings if sighting.state != "accepted")
        yield Finding(
            id="S-WITHOUT-CONSENT",
            severity="error",
            message=f"{_what(subject)} is there {spoken(early)} on {first.page}",
            where=f"cookies.{next(iter(services))}",
            hint="let its script or frame wait for consent (`data-consent`), or ask for it before it is set",
        )


def _too_long(services: dict[str, Cookie], subject: Subject) -> Iterator[Finding]:
    lasts = subject.lasts
    if lasts is None or any(_allows(service.lifetime, lasts) for service in services.values()):
        return
    name, service = next(iter(services.items()))
    yield Finding(
        id="S-TOO-LONG",
        severity="error",
        message=f"{_what(subject)} is kept for {in_words(lasts)}, and the policy says {service.lifetime}",
        where=f"cookies.{name}.lifetime",
        hint="set it for a shorter time, or say how long it is kept",
    )


def _allows(lifetime: str, lasts: dt.timedelta) -> bool:
    if lifetime == "unstated":
        return True
    if lifetime == "session":
        return False
    return lasts <= dt.timedelta(days=parse_period(lifetime).longest_days()) + TOLERANCE


def _what(subject: Subject) -> str:
    if subject.kind in REQUESTS:
        return f"a {subject.kind} from {subject.host}"
    return f"{subject.kind} {subject.name} ({subject.host})"


def in_words(lasts: dt.timedelta | None) -> str:
    """How long a cookie is kept: `session`, or its days, hours, minutes or seconds."""
    if lasts is None:
        return "session"
    for unit, name in (
        (dt.timedelta(days=1), "day"),
        (dt.timedelta(hours=1), "hour"),
        (dt.timedelta(minutes=1), "minute"),
    ):
        if lasts >= unit:
            count = round(lasts / unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{round(lasts.total_seconds())} seconds"
