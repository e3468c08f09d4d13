"""Who is signed in, how lately, and where to sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from consentguard.assurance import Verdict
from consentguard.exports import ExportError
from consentguard.guard import Guard
from consentguard.plan.people import address_of
from consentguard.plan.steps import Found
from consentguard.records import SubjectRef
from consentguard.rights import offered
from consentguard.rights.addresses import is_address
from consentguard.site import Site
from consentguard.web.assurance import Browser
from consentguard.web.demands import Demand
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.words import N_, Words

_STALE: Mapping[Verdict, str] = {
    "verify": N_("Give your second factor to go on."),
    "enrol": N_("Set up a second factor to go on."),
    "sign_in": N_("You signed in more than 15 minutes ago. Sign in again to go on."),
}
_AGAIN: Mapping[Verdict, str] = {
    "verify": N_("Give your second factor"),
    "enrol": N_("Set up a second factor"),
    "sign_in": N_("Sign in again"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is signed in. `verdict` says whether they showed lately who they are, or what they have to do."""

    subject: SubjectRef
    verdict: Verdict
    address: str = field(repr=False)

    @property
    def recent(self) -> bool:
        """Whether they have."""
        return self.verdict == "ok"

    @property
    def must_step_up(self) -> bool:
        """Whether it takes a second factor, which they have or have to set up."""
        return self.verdict in ("verify", "enrol")

    def stale(self, w: Words) -> str:
        """What they are told where they have not; empty where they have."""
        return "" if self.recent else w.say(_STALE[self.verdict])


def has_account(site: Site) -> bool:
    """Whether people can do anything about their data from their account."""
    return bool(offered(site.policy.manifest, "account"))


def person_of(guard: Guard, inbound: Inbound) -> Person | None:
    """Who is signed in; None for nobody."""
    subject = inbound.subject()
    if subject is None:
        return None
    return Person(subject=subject, verdict=Browser.of(guard, inbound).step_up(), address=_address(guard, subject))


def people(guard: Guard, person: Person) -> tuple[Found, ...]:
    """Everybody whom they are in the site's tables; nobody where their row is gone."""
    try:
        return guard.exports.of_subject(person.subject)
    except ExportError:
        return ()


def to_sign_in(guard: Guard, inbound: Inbound, here: str) -> str:
    """Where to sign in, and come back here from; empty where the host names no such page."""
    path = guard.site.settings.reauthenticate or inbound.sign_in()
    if not path:
        return ""
    return f"{path}{'&' if '?' in path else '?'}next={quote(here, safe='/')}"


def anonymous(guard: Guard, inbound: Inbound, here: str) -> Outbound:
    """The answer to somebody who is not signed in."""
    path = to_sign_in(guard, inbound, here)
    return Outbound(status=303, redirect=path, private=True) if path else Outbound(status=404)


def again(guard: Guard, inbound: Inbound, here: str, w: Words, verdict: Verdict = "sign_in") -> tuple[Link, ...]:
    """A link to show anew who one is. No redirect: some hosts send who is signed in right back."""
    if verdict == "ok":
        return ()
    path = Demand.of(guard, replace(inbound, method="GET"), here).place(verdict)
    return (Link(url=path, label=w.say(_AGAIN[verdict]), language=w.language),) if path else ()


def _address(guard: Guard, subject: SubjectRef) -> str:
    """Where mail to them goes; empty where their row has no address."""
    address = address_of(guard.site.data_map, guard.stores.dataset, subject)
    return address if is_address(address) else ""
