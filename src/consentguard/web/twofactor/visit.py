"""A request of somebody who is signed in: where they were going, and whether they gave a second factor here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from consentguard.cookies import FACTOR
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.privacy import proof_of
from consentguard.web.safety import local_path
from consentguard.web.sheet import show
from consentguard.words import Words, words

if TYPE_CHECKING:
    from consentguard.twofactor import Enrolment, Standing

LASTS = dt.timedelta(hours=12)
"""How long a browser counts as verified: a working day (NIST SP 800-63B-4 section 2.2.3 asks for 24 hours at most)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the pages of the second factor know of a request: `who` sent it, and in which language it is answered."""

    guard: Guard
    inbound: Inbound
    language: str
    who: SubjectRef

    @property
    def speech(self) -> Words:
        """The words to answer in."""
        return words(self.language)

    @property
    def standing(self) -> Standing | None:
        """How far they are with their second factor now."""
        return self.guard.twofactor.state(self.who)

    @property
    def onward(self) -> str:
        """Where they were going: a path of this site, or nothing."""
        return local_path(self.inbound.value("next") or self.inbound.query.get("next", ""))

    def is_verified(self, standing: Standing | None) -> bool:
        """Whether this browser was given a code of that very factor, by that very person, within LASTS."""
        kept = self.guard.cookies.read(FACTOR, self.inbound.cookies.get(FACTOR))
        return standing is not None and kept == proof_of(self.guard, self.who, standing.id)

    def began_here(self, factor: str) -> bool:
        """Whether this browser began to set that factor up: whoever else is signed in to the account has not."""
        kept = self.guard.cookies.read(FACTOR, self.inbound.cookies.get(FACTOR))
        return kept == _begun(self, factor)

    def enrolment(self) -> Enrolment | None:
        """The set-up that was begun in this browser, with its secret."""
        pending = self.guard.twofactor.pending(self.who)
        return pending if pending and self.began_here(pending.id) else None

    def at(self, name: str, **query: str) -> str:
        """The path of one of our pages, with a language where this one has one; an empty value is left out."""
        said = urlencode({key: value for key, value in query.items() if value})
        return self.inbound.url_for(name, **self.inbound.params) + (f"?{said}" if said else "")

    def to(self, path: str, cookie: Cookie | None = None) -> Outbound:
        """A redirect, which a reload does not repeat."""
        return Outbound(status=303, redirect=path, cookies=(cookie,) if cookie else (), private=True)

    def show(self, name: str, title: str, **content: Any) -> Outbound:
        """A sheet of one of our pages: see `consentguard.web.sheet.show`."""
        return show(self.guard, self.inbound, name, self.language, title, **content)


def proof_cookie(visit: Visit, factor: str) -> Cookie:
    """What the browser keeps as proof that a code of this factor was right."""
    kept = visit.guard.cookies.seal(FACTOR, proof_of(visit.guard, visit.who, factor), LASTS)
    return Cookie(name=kept.name, value=kept.value, max_age=kept.max_age, same_site="Strict")


def setup_cookie(visit: Visit, enrolment: Enrolment) -> Cookie:
    """What the browser keeps while a factor is being set up in it, in place of a proof."""
    lasts = enrolment.until - visit.guard.clock.now()
    kept = visit.guard.cookies.seal(FACTOR, _begun(visit, enrolment.id), lasts)
    return Cookie(name=kept.name, value=kept.value, max_age=kept.max_age, same_site="Strict")


def _begun(visit: Visit, factor: str) -> str:
    return f"setup.{proof_of(visit.guard, visit.who, factor)}"
