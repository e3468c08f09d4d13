"""Who is signed in, how lately, and where to sign in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import quote

from consentguard.exports import ExportError
from consentguard.guard import Guard
from consentguard.plan.steps import Found
from consentguard.records import Selection, SubjectRef
from consentguard.rights import offered
from consentguard.rights.addresses import is_address
from consentguard.site import Site
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.words import Words

RECENT = dt.timedelta(minutes=15)
"""How long ago somebody may have signed in, to be believed what cannot be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is signed in: `recent` says that they have shown lately who they are."""

    subject: SubjectRef
    recent: bool
    address: str = field(repr=False)


def has_account(site: Site) -> bool:
    """Whether people can do anything about their data from their account."""
    return bool(offered(site.policy.manifest, "account"))


def person_of(guard: Guard, inbound: Inbound) -> Person | None:
    """Who is signed in; None for nobody."""
    subject = inbound.subject()
    if subject is None:
        return None
    at = inbound.signed_in_at()
    recent = at is not None and abs(guard.clock.now() - at) <= RECENT
    return Person(subject=subject, recent=recent, address=_address(guard, subject))


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


def again(guard: Guard, inbound: Inbound, here: str, w: Words) -> tuple[Link, ...]:
    """A link to sign in anew, for whoever did so long ago. No redirect: some hosts send who is signed in right back."""
    path = to_sign_in(guard, inbound, here)
    return (Link(url=path, label=w.say("Sign in again"), language=w.language),) if path else ()


def _address(guard: Guard, subject: SubjectRef) -> str:
    """Where mail to them goes; empty where their row has no address."""
    label, column = guard.site.data_map.addresses.get(subject.kind, ("", ""))
    if not label:
        return ""
    found = guard.stores.dataset.rows(Selection.of(label, (subject.key,)), [column])
    address = str(next((row[column] for row in found), "") or "")
    return address if is_address(address) else ""
