"""What a host's own code asks of a request: who it is about, what they chose and have shown, where they are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from consentguard.consent import allows, purposes_to_choose
from consentguard.cookies import AGE, CHOICE, FACTOR, Choice
from consentguard.guard import Guard
from consentguard.manifest.references import is_place
from consentguard.manifest.vocabulary import REGION
from consentguard.records import AgeOutcome, SubjectRef
from consentguard.site import Site

_PLACE = re.compile(REGION)


class Visit(Protocol):
    """A request as its adapter knows it. Nothing is worked out before it is asked for."""

    def guard(self) -> Guard:
        """The guard that the request belongs to. Raises SettingsError."""

    def headers(self) -> Mapping[str, str]:
        """The request's headers, named as the standards write them."""

    def cookies(self) -> Mapping[str, str]:
        """The cookies that the browser sent."""

    def address(self) -> str:
        """The client's IP address."""

    def subject(self) -> SubjectRef | None:
        """Who is signed in, if anybody is; may ask the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the visitor has shown.

    `age` is the outcome of the age screen for the policy's threshold, None before it: what is on record of who is
    signed in, else what the browser keeps. `factor_at` is when the person who is signed in last gave a code of the
    second factor that they have now in this browser, None where that is too long ago or was somebody else.
    """

    age: AgeOutcome | None = None
    factor_at: dt.datetime | None = None


class Privacy:
    """`request.privacy` in Django, `g.privacy` in Flask. Costs nothing until it is read; each answer is kept.

    Without a usable keyring nobody has chosen or shown anything, so that what needs consent is not allowed.
    `varies` tells whether the answer to the request depends on our cookies, or on where the visitor is, as caches
    must know.
    """

    __slots__ = ("__dict__", "_visit", "varies")

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.varies = False

    @cached_property
    def guard(self) -> Guard:
        """The features of consentguard for this request. Raises SettingsError."""
        return self._visit.guard()

    @cached_property
    def subject(self) -> SubjectRef | None:
        """Who is signed in, if anybody is."""
        return self._visit.subject()

    @cached_property
    def jurisdiction(self) -> str | None:
        """Where the visitor is (ISO 3166), or None where nobody can tell: then the most protective answers hold."""
        site = self.guard.site
        if not site.settings.jurisdiction:
            return None
        self.varies = True  # else a cache would show what is allowed in one place to visitors from another
        return jurisdiction_of(site, self._visit.headers(), self._visit.address())

    @cached_property
    def choice(self) -> Choice | None:
        """The visitor's choice where it counts: made under this version of the policy, and not run out."""
        from consentguard.crypto.keyring import KeyringError  # ciphers are not loaded to start a site

        self.varies = True
        text = self._visit.cookies().get(CHOICE)
        try:
            choice = self.guard.cookies.choice(text) if text else None
            return self.guard.consent.in_force(choice) if choice else None
        except KeyringError:
            return None

    @property
    def needs_choice(self) -> bool:
        """Whether the visitor is to be asked, again or for the first time."""
        return bool(self._to_choose) and self.choice is None

    @cached_property
    def claims(self) -> Claims:
        """What the visitor has shown: their age, a second factor. Asks the database. Raises StoreError."""
        from consentguard.crypto.keyring import KeyringError

        self.varies = True
        try:
            return Claims(age=self._age(), factor_at=self._factor_at())
        except KeyringError:
            return Claims()

    def allows(self, purpose: str) -> bool:
        """Whether data of this visitor may be used for a purpose: `if request.privacy.allows("analytics"):`.

        Raises ConsentError for a purpose that the policy does not name, so that a slip is not taken for a refusal.
        """
        return allows(self.guard.site.policy.manifest, self._to_choose, purpose, lambda: self.choice)

    @cached_property
    def _to_choose(self) -> frozenset[str]:
        guard = self.guard
        return frozenset(purposes_to_choose(guard.site.policy.manifest, self.jurisdiction, guard.site.today()))

    def _age(self) -> AgeOutcome | None:
        if self.guard.site.policy.manifest.age is None:
            return None
        mark = self.guard.cookies.age(self._visit.cookies().get(AGE))
        return self.guard.age.standing(mark, self.subject)

    def _factor_at(self) -> dt.datetime | None:
        opened = self.guard.cookies.open(FACTOR, self._visit.cookies().get(FACTOR))
        if opened is None or self.subject is None:
            return None
        standing = self.guard.twofactor.state(self.subject)
        proven = standing and opened.payload == proof_of(self.guard, self.subject, standing.id)
        return opened.at if proven else None


def proof_of(guard: Guard, subject: SubjectRef, factor: str) -> str:
    """What a browser keeps, signed, as proof that a code of this very factor was right."""
    return f"{guard.pseudonyms.of(subject)}.{factor}"


def jurisdiction_of(site: Site, headers: Mapping[str, str], address: str) -> str | None:
    """Where a visitor is, as the host's setting `jurisdiction` tells; None for whatever is no place.

    That is also what a proxy writes that does not know, such as `XX`, or `T1` for somebody behind Tor.
    """
    told = site.settings.jurisdiction(headers, address) if site.settings.jurisdiction else None
    place = (told or "").strip().upper()
    return place if _PLACE.fullmatch(place) and is_place(place) else None
