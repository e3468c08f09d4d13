"""What visitors are asked about, as an immutable version: purposes, services, and the words that they are shown."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import rfc8785

from consentguard.consent.errors import ConsentError
from consentguard.consent.wording import Wording
from consentguard.manifest.canonical import plain
from consentguard.manifest.schema import Cookie, Manifest
from consentguard.periods import parse_period

ChangeKind = Literal[
    "controller", "purpose", "service", "provider", "names", "iframes", "hosts", "lifetime", "consent_mode"
]
LISTS: tuple[ChangeKind, ...] = ("names", "iframes", "hosts", "consent_mode")
"""What a service has several of, each of which is more that it does."""
ID = 16
"""Hex digits of a version's name: 64 bits, of a document that only the site itself writes."""


class Change(NamedTuple):
    """What is new since an earlier version, and to a visitor's disadvantage: of which purpose or service."""

    kind: ChangeKind
    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service that visitors can refuse: see `consentguard.manifest.schema.Cookie`."""

    name: str
    purpose: str
    names: tuple[str, ...]
    iframes: tuple[str, ...]
    consent_mode: tuple[str, ...]


@dataclass(frozen=True)
class ConsentPolicy:
    """One version of what visitors are asked.

    `document` is what is published and hashed; `purposes` are all that some visitor chooses about, in the policy's
    order; `past` are the documents of earlier versions whose choices have not all run out, by their ids.
    """

    manifest: Manifest = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)
    purposes: tuple[str, ...]
    past: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)

    @classmethod
    def of(
        cls, manifest: Manifest, purposes: tuple[str, ...], past: Mapping[str, Mapping[str, Any]] | None = None
    ) -> ConsentPolicy:
        """The version that a manifest gives rise to."""
        return cls(manifest, _document(manifest, purposes), purposes, past or {})

    @cached_property
    def canonical(self) -> bytes:
        """The document as canonical JSON (RFC 8785)."""
        return rfc8785.dumps(dict(self.document))

    @property
    def published(self) -> bytes:
        """The canonical document where it is published; empty where nobody is asked anything."""
        return self.canonical if self.purposes else b""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical document, in hex."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def id(self) -> str:
        """The version's name: the beginning of its digest."""
        return self.digest[:ID]

    @cached_property
    def asked(self) -> frozenset[str]:
        """The purposes as a set: what somebody is asked of whom nobody knows where they are."""
        return frozenset(self.purposes)

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """The services that visitors can refuse, by name."""
        return {
            name: Service(name, each.purpose, tuple(each.names), tuple(each.iframes), tuple(each.consent_mode))
            for name, each in (self.manifest.cookies or {}).items()
            if not each.essential
        }

    @cached_property
    def holds(self) -> frozenset[str]:
        """The ids of the versions whose choices still count: this one, and those since which nothing got worse."""
        return frozenset({self.id} | {version for version in self.past if not self.changes(version)})

    def changes(self, version: str) -> tuple[Change, ...]:
        """What got worse for visitors since an earlier version; nothing where that is not known."""
        return tuple(worse_between(self.past[version], self.document)) if version in self.past else ()

    def digest_of(self, version: str) -> str:
        """The digest of the version that somebody was shown; of this one where theirs is not known."""
        known = self.past.get(version)
        return hashlib.sha256(rfc8785.dumps(dict(known))).hexdigest() if known else self.digest

    def until(self, at: dt.datetime) -> dt.datetime:
        """When a choice runs out that was made then."""
        return parse_period(self.manifest.consent.lasts).after(at)

    def purpose_of(self, name: str) -> str | None:
        """The purpose that a name stands for: its own, or that of the service; None for a service that is essential.

        Raises ConsentError for a name that the policy does not have.
        """
        if name in self.manifest.purposes:
            return name
        service = (self.manifest.cookies or {}).get(name)
        if service is None:
            known = ", ".join([*self.manifest.purposes, *self.services]) or "none"
            raise ConsentError(f"the policy has no purpose or service {name!r}", hint=f"it has {known}")
        return None if service.essential else service.purpose

    def accepted(self, items: Collection[str]) -> tuple[str, ...]:
        """What was accepted, in the policy's order: purposes, and `purpose/service` where only some of them are.

        Raises ConsentError where one is none that visitors choose about.
        """
        unknown = set(items) - set(self.items)
        if unknown:
            hint = f"they choose about {', '.join(self.items) or 'none'}"
            raise ConsentError("a purpose was accepted that visitors do not choose about", hint=hint)
        return tuple(self._folded(frozenset(items)))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """All that can be accepted: each purpose, and each service as `purpose/service`."""
        return tuple(item for purpose in self.purposes for item in (purpose, *self._services_of(purpose)))

    def _folded(self, items: frozenset[str]) -> Iterator[str]:
        for purpose in self.purposes:
            services = self._services_of(purpose)
            if purpose in items or (services and items.issuperset(services)):
                yield purpose
            else:
                yield from (service for service in services if service in items)

    def _services_of(self, purpose: str) -> list[str]:
        return [f"{purpose}/{name}" for name, service in self.services.items() if service.purpose == purpose]


def identify(canonical: bytes) -> str:
    """The id of a version by its published document."""
    return hashlib.sha256(canonical.strip()).hexdigest()[:ID]


def _document(manifest: Manifest, purposes: tuple[str, ...]) -> dict[str, Any]:
    controller, languages = manifest.controller, manifest.site.languages
    said = {language: Wording(manifest, language) for language in languages}
    return {
        "consentguard": "consent 1",
        "controller": {"name": controller.name, "legal_entity": controller.legal_entity} if controller else None,
        "lasts": manifest.consent.lasts,
        "purposes": {
            name: {
                "basis": plain(manifest.purposes[name].basis),
                "gpc": manifest.purposes[name].gpc,
                "title": {language: each.purpose(name) for language, each in said.items()},
                "description": {language: each.purpose_text(name) for language, each in said.items()},
            }
            for name in purposes
        },
        "services": {
            name: {
                **_facts(manifest, cookie),
                "title": {language: each.service(name) for language, each in said.items()},
                "description": {language: each.service_text(name) for language, each in said.items()},
            }
            for name, cookie in (manifest.cookies or {}).items()
        },
        "banner": {language: each.banner(purposes) for language, each in said.items()},
    }


def _facts(manifest: Manifest, cookie: Cookie) -> dict[str, Any]:
    provider = manifest.recipients.get(cookie.provider or "")
    return {
        "purpose": cookie.purpose,
        "essential": cookie.essential,
        "names": sorted(cookie.names),
        "iframes": sorted(cookie.iframes),
        "hosts": sorted(cookie.hosts),
        "consent_mode": sorted(cookie.consent_mode),
        "lifetime": cookie.lifetime,
        "provider": cookie.provider,
        "countries": plain(provider.country) if provider else None,
    }


def worse_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What got worse for visitors from one published document to another."""
    if (old["controller"] or {}).get("legal_entity") != (new["controller"] or {}).get("legal_entity"):
        yield Change("controller", "")
    yield from (Change("purpose", name) for name in new["purposes"] if name not in old["purposes"])
    for name, service in new["services"].items():
        was = old["services"].get(name)
        if service["essential"]:
            continue
        if was is None or was["essential"] or was["purpose"] != service["purpose"]:
            yield Change("service", name)
        else:
            yield from (Change(kind, name) for kind in _worse(was, service))


def _worse(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ChangeKind]:
    if (old["provider"], old["countries"]) != (new["provider"], new["countries"]):
        yield "provider"
    yield from (kind for kind in LISTS if not set(new[kind]) <= set(old[kind]))
    if _longer(old["lifetime"], new["lifetime"]):
        yield "lifetime"


def _longer(old: str, new: str) -> bool:
    if old == new or new == "session" or old == "unstated":
        return False
    if new == "unstated" or old == "session":
        return True
    return parse_period(new).may_outlast(parse_period(old))
