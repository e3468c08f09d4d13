"""What a host's own code asks of a request: who it is about, what they chose and have shown, where they are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from consentguard.consent.rules import allows, in_force
from consentguard.cookies import AGE, CHOICE, REFUSAL, Choice, on_host, refusal
from consentguard.guard import Guard
from consentguard.manifest.references import is_place
from consentguard.manifest.vocabulary import REGION
from consentguard.records import AgeStanding, SubjectRef
from consentguard.site import Site
from consentguard.web.assurance import Browser
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Cookie

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

    def secure(self) -> bool:
        """Whether the request came over TLS."""

    def subject(self) -> SubjectRef | None:
        """Who is signed in, if anybody is; may ask the database."""

    def circumstances(self) -> Circumstances:
        """How they signed in."""

    def vary(self) -> None:
        """From now on the answer depends on the visitor: no cache within the site may keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the visitor has shown.

    `age` is whether they have the age that the policy asks for, or are let in without it by a `guardian`, None before
    they said so: what is on record of who is signed in, else what the browser keeps. `factor_at` is when the person who
    is signed in last gave a second factor in this browser, None where that is too long ago, was ended since, or was
    somebody else.
    """

    age: AgeStanding | None = None
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
    def browser(self) -> Browser:
        """The browser as what it shows of a second factor: see `consentguard.web.assurance`."""
        return Browser(
            guard=self.guard,
            cookies=self._visit.cookies(),
            subject=lambda: self.subject,
            circumstances=self._visit.circumstances(),
        )

    @cached_property
    def jurisdiction(self) -> str | None:
        """Where the visitor is (ISO 3166), or None where nobody can tell: then the most protective answers hold."""
        site = self.guard.site
        if not site.settings.jurisdiction:
            return None
        self.vary()  # else a cache would show what is allowed in one place to visitors from another
        return jurisdiction_of(site, self._visit.headers(), self._visit.address())

    @cached_property
    def choice(self) -> Choice | None:
        """The visitor's choice where it counts: nothing got worse since it was made, and it has not run out.

        What our script has refused by itself comes before what was once accepted.
        """
        self.vary()
        return choice_in_force(self.guard, self._visit.cookies())

    @cached_property
    def signal(self) -> bool:
        """Whether the browser sends Global Privacy Control."""
        self.vary()
        return sends_signal(self._visit.headers())

    @property
    def needs_choice(self) -> bool:
        """Whether the visitor is to be asked, again or for the first time. Global Privacy Control has answered for
        the purposes that it refuses.
        """
        asked = self._to_choose
        if not asked or self.choice is not None:
            return False
        return not (self.signal and is_answered(self.guard.site, asked))

    @cached_property
    def age(self) -> AgeStanding | None:
        """Whether the visitor has the age that the policy asks for: `over`, `under`; None before they said so.

        `guardian` is who is too young, signed in, and let in by a parent or guardian. May ask the database.
        What is on record of who is signed in, else what the browser keeps. Raises StoreError.
        """
        from consentguard.crypto.keyring import KeyringError

        self.vary()
        try:
            return self._age()
        except KeyringError:
            return None

    def keep(self, cookie: Cookie) -> None:
        """Have the answer to this request set a cookie, whatever the host's own view answers."""
        self.vary()
        self.kept.append(cookie)

    @cached_property
    def kept(self) -> list[Cookie]:
        """The cookies that the answer is to set."""
        return []

    @cached_property
    def claims(self) -> Claims:
        """What the visitor has shown: their age, a second factor. Asks the database. Raises StoreError."""
        from consentguard.crypto.keyring import KeyringError

        self.vary()
        try:
            return Claims(age=self.age, factor_at=self._factor_at())
        except KeyringError:
            return Claims()

    def allows(self, name: str) -> bool:
        """Whether data of this visitor may be used for a purpose: `if request.privacy.allows("analytics"):`.

        Or whether a single service of `[cookies]` may run. For a purpose that people agree to on a form, the records
        of who is signed in are asked. Raises ConsentError for a name that the policy does not have, so that a slip is
        not taken for a refusal; StoreError.
        """
        answers = self._answers
        if name not in answers:
            answers[name] = self._allowed(name)
        return answers[name]

    def permits(self, service: str) -> bool:
        """Whether the cookies of a service may leave, by the browser's own choice. Asks no database.

        What is read for this does not show in the answer, so caches need not know of it. A consent that was given on a
        form is somebody's own, and no browser has it.
        """
        site = self.guard.site
        on_form = site.consent_policy.purpose_of(service) in site.form_purposes
        return not on_form and self._unseen.allows(service)

    def _allowed(self, name: str) -> bool:
        site = self.guard.site
        purpose = site.consent_policy.purpose_of(name)
        if purpose in site.form_purposes:
            return self._agreed(purpose)
        allowed = allows(site.consent_policy, self._to_choose, name, lambda: self.choice)
        if not allowed or purpose not in site.refused_by_signal:
            return allowed
        chosen = self.choice is not None and not self.choice.accepted.isdisjoint((purpose, f"{purpose}/{name}"))
        return chosen or not self.signal  # an explicit choice outranks the signal

    def vary(self) -> None:
        """Take the answer to this request for one visitor's own: caches are told so."""
        if not self.varies:
            self.varies = True
            self._visit.vary()

    @cached_property
    def _answers(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _unseen(self) -> Privacy:
        """The same visitor, asked about without a word to caches."""
        return Privacy(self._visit)

    @cached_property
    def _to_choose(self) -> frozenset[str]:
        return self.guard.site.to_choose(self.jurisdiction)

    def _agreed(self, purpose: str) -> bool:
        from consentguard.crypto.keyring import KeyringError

        self.vary()
        try:
            return self.subject is not None and bool(self.guard.consent.consenting(purpose, [self.subject]))
        except KeyringError:
            return False

    def _age(self) -> AgeStanding | None:
        rule = self.guard.site.policy.manifest.age
        if rule is None:
            return None
        mark = self.guard.cookies.age(self._visit.cookies().get(on_host(AGE, self._visit.secure())))
        place = self.jurisdiction if rule.threshold == "by_jurisdiction" else None
        return self.guard.age.standing(mark, self.subject, place)

    def _factor_at(self) -> dt.datetime | None:
        if self.guard.site.policy.manifest.twofactor is None:
            return None
        return self.browser.factor_at()


def choice_in_force(guard: Guard, cookies: Mapping[str, str]) -> Choice | None:
    """The choice that a browser keeps, where it counts. Without a usable keyring there is none."""
    from consentguard.crypto.keyring import KeyringError  # ciphers are not loaded to start a site

    policy, marked, text = guard.site.consent_policy, cookies.get(REFUSAL), cookies.get(CHOICE)
    if not (marked or text):
        return None
    try:
        choice = refusal(marked, policy.until) if marked else guard.cookies.choice(text)
    except KeyringError:
        return None
    return in_force(policy, choice, guard.clock.now())


def sends_signal(headers: Mapping[str, str]) -> bool:
    """Whether a request carries Global Privacy Control: the header counts where it is exactly `1` (W3C GPC, 3.3)."""
    return headers.get("Sec-Gpc", headers.get("Sec-GPC")) == "1"


def is_answered(site: Site, asked: Collection[str]) -> bool:
    """Whether Global Privacy Control answers for all that a visitor is asked: then nobody need ask."""
    return site.refused_by_signal.issuperset(asked)


def jurisdiction_of(site: Site, headers: Mapping[str, str], address: str) -> str | None:
    """Where a visitor is, as the host's setting `jurisdiction` tells; None for whatever is no place.

    That is also what a proxy writes that does not know, such as `XX`, or `T1` for somebody behind Tor.
    """
    told = site.settings.jurisdiction(headers, address) if site.settings.jurisdiction else None
    place = (told or "").strip().upper()
    return place if _PLACE.fullmatch(place) and is_place(place) else None
