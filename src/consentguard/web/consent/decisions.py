"""A decision as a request brings it: recorded once, kept by the browser, and what it refuses removed from there."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from consentguard.consent import Decision
from consentguard.cookies import REFUSAL, Choice
from consentguard.guard import Guard
from consentguard.records import ConsentMethod, ConsentRecord
from consentguard.site import Site
from consentguard.web.messages import Cookie, Inbound
from consentguard.web.privacy import choice_in_force, jurisdiction_of, sends_signal

LONGEST_AGENT = 200
"""Characters of a browser's name that a record keeps at most."""
MOST_REMOVED = 20
"""Cookies that one answer removes at most: an answer's headers have their limit, and the script removes the rest."""


def decide(
    guard: Guard,
    inbound: Inbound,
    accepted: Collection[str],
    *,
    policy: str,
    method: ConsentMethod,
    component: str,
    language: str,
    nonce: str = "",
    again: bool = False,
) -> tuple[ConsentRecord, tuple[Cookie, ...]]:
    """Record a decision of whoever sent the request; the record, and the cookies to set or remove.

    `again` says that they were asked again. Raises ConsentError, also as OutdatedError, with nothing recorded.
    """
    wanted = guard.site.policy.manifest.consent.record
    decision = Decision(
        accepted=tuple(accepted),
        policy=policy,
        method="re-ask" if again else method,
        component=component,
        language=language,
        jurisdiction=place_of(guard, inbound),
        gpc=sends_signal(inbound.headers),
        nonce=nonce,
        address=_network(inbound.address) if "address" in wanted else "",
        user_agent=inbound.headers.get("User-Agent", "")[:LONGEST_AGENT] if "user_agent" in wanted else "",
    )
    record = guard.consent.decide(decision, inbound.subject())
    kept = guard.cookies.keep_choice(record)
    choice = Cookie(name=kept.name, value=kept.value, max_age=kept.max_age, http_only=False)
    return record, (choice, *_removed(guard.site, inbound, record.accepted))


def choice_of(guard: Guard, inbound: Inbound) -> Choice | None:
    """The choice that the browser keeps, where it counts."""
    return choice_in_force(guard, inbound.cookies)


def place_of(guard: Guard, inbound: Inbound) -> str | None:
    """Where whoever sent the request is, as far as the host can tell."""
    return jurisdiction_of(guard.site, inbound.headers, inbound.address)


def asks(site: Site) -> bool:
    """Whether the policy has a purpose that visitors choose about."""
    return bool(site.consent_policy.purposes)


def _removed(site: Site, inbound: Inbound, accepted: Collection[str]) -> Iterator[Cookie]:
    """The removal of our script's own mark, and of the cookies that the browser sent and the visitor refuses.

    They may have been set for this host alone or for any above it. Which, no request tells: so for each.
    """
    if REFUSAL in inbound.cookies:
        yield Cookie(name=REFUSAL, value="", max_age=0, http_only=False)
    going = [name for name in inbound.cookies if _is_refused(site, name, accepted)]
    for name in going[:MOST_REMOVED]:
        for domain in ("", *_domains(site.base_url)):
            yield Cookie(name=name, value="", max_age=0, http_only=False, domain=domain)


def _is_refused(site: Site, name: str, accepted: Collection[str]) -> bool:
    """Whether a cookie is only there for services that the visitor refuses."""
    declared = site.inventory.find(name) if site.inventory else None
    if declared is None or declared.essential:
        return False
    services = [site.consent_policy.services[service] for service in declared.services]
    return not any(each.purpose in accepted or f"{each.purpose}/{each.name}" in accepted for each in services)


def _domains(base_url: str) -> Iterator[str]:
    """The host and every domain above it but the last part: `shop.example.com` gives itself and `example.com`."""
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        parts = host.split(".")
        yield from (".".join(parts[start:]) for start in range(len(parts) - 1))


def _network(address: str) -> str:
    """The network of an address and not the host: its first 24 bits (IPv4) or 48 bits (IPv6)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))
