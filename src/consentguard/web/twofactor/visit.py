"""A request of somebody who is signed in: where they were going, and whether they gave a second factor here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from consentguard.assurance import Verdict
from consentguard.cookies import PROOF
from consentguard.guard import Guard
from consentguard.records import FactorMethod, SubjectRef
from consentguard.web.assurance import SETUP, Browser
from consentguard.web.browsers import label_of
from consentguard.web.demands import Demand
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.safety import local_path
from consentguard.web.sheet import show
from consentguard.words import Words, spoken

if TYPE_CHECKING:
    from consentguard.twofactor import Enrolment, Standing

REMEMBER = "remember"
"""The field of a form by which a browser is remembered."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What the pages of the second factor know of a request: `who` sent it, and in which language it is answered."""

    guard: Guard
    inbound: Inbound
    language: str
    who: SubjectRef

    @property
    def speech(self) -> Words:
        """The words to answer in."""
        return spoken(self.language)

    @property
    def standing(self) -> Standing | None:
        """How far they are with their second factor now."""
        return self.guard.twofactor.state(self.who)

    @property
    def onward(self) -> str:
        """Where they were going: a path of this site, or nothing."""
        return local_path(self.inbound.value("next") or self.inbound.query.get("next", ""))

    @property
    def again(self) -> bool:
        """Whether they were sent here to give a factor anew."""
        return bool(self.inbound.value("again") or self.inbound.query.get("again", ""))

    @cached_property
    def browser(self) -> Browser:
        """What the browser shows."""
        return Browser.of(self.guard, self.inbound)

    @cached_property
    def epoch(self) -> str:
        """To be read before a factor is compared: see `consentguard.assurance.Sessions.epoch`."""
        return self.guard.sessions.epoch(self.who)

    @property
    def verdict(self) -> Verdict:
        """Whether they may change their factors: by what the database says now."""
        return self.browser.step_up()

    def kept_from_setting_up(self) -> Outbound | None:
        """What is answered to somebody without a factor who has to sign in anew before they set one up; else None."""
        protected = self.standing is not None and self.standing.state != "pending"
        if protected or self.browser.may_begin():
            return None
        return Demand.of(self.guard, self.inbound, self.at("factor", next=self.onward)).answer("sign_in", "factors")

    def is_verified(self, standing: Standing | None) -> bool:
        """Whether they gave a second factor in this browser, and nothing has ended that since."""
        return standing is not None and self.browser.session is not None

    def began_here(self, factor: str) -> bool:
        """Whether this browser began to set that factor up: whoever else is signed in to the account has not."""
        kept = self.guard.cookies.read(PROOF, self.inbound.cookies.get(PROOF))
        return kept == _begun(self, factor)

    def enrolment(self) -> Enrolment | None:
        """The set-up that was begun in this browser, with its secret."""
        pending = self.guard.twofactor.pending(self.who)
        return pending if pending and self.began_here(pending.id) else None

    def given(self, factor: str, method: FactorMethod) -> tuple[Cookie, ...]:
        """Keep that a factor was given just now. `epoch` was to be read before."""
        return self.browser.given(
            epoch=self.epoch,
            factor=factor,
            method=method,
            label=label_of(self.inbound.headers),
            remember=self.inbound.value(REMEMBER) == "yes",
        )

    def at(self, name: str, **query: str) -> str:
        """The path of one of our pages, with a language where this one has one; an empty value is left out."""
        said = urlencode({key: value for key, value in query.items() if value})
        return self.inbound.url_for(name, **self.inbound.params) + (f"?{said}" if said else "")

    def to(self, path: str, *cookies: Cookie) -> Outbound:
        """A redirect, which a reload does not repeat."""
        return Outbound(status=303, redirect=path, cookies=cookies, private=True)

    def show(self, name: str, title: str, **content: Any) -> Outbound:
        """A sheet of one of our pages: see `consentguard.web.sheet.show`."""
        return show(self.guard, self.inbound, name, self.language, title, **content)


def setup_cookie(visit: Visit, enrolment: Enrolment) -> Cookie:
    """What the browser keeps while a factor is being set up in it, in place of a proof."""
    lasts = enrolment.until - visit.guard.clock.now()
    kept = visit.guard.cookies.seal(PROOF, _begun(visit, enrolment.id), lasts)
    return Cookie(name=kept.name, value=kept.value, max_age=kept.max_age, same_site="Strict")


def _begun(visit: Visit, factor: str) -> str:
    return f"{SETUP}{visit.guard.pseudonyms.of(visit.who)}.{factor}"
