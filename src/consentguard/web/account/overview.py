"""The first page of an account's privacy: what is held, what was asked for, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.guard import Guard
from consentguard.publish.vocabulary import RIGHTS
from consentguard.web.account.connections import connectable
from consentguard.web.account.held import Held
from consentguard.web.account.person import Person, anonymous, people, person_of
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights.telling import STATES
from consentguard.web.sheet import Grid, grid, show
from consentguard.words import N_, Words, words

ACTS = {
    "access": N_("Download your data"),
    "portability": N_("Download your data to use it elsewhere"),
    "rectification": N_("Correct your data"),
    "objection": N_("Object to uses of your data"),
    "restriction": N_("Restrict the use of your data"),
    "withdrawal": N_("Take back your consent"),
    "opt_out": N_("Opt out of sale and marketing"),
    "erasure": N_("Delete your account and data"),
}
"""What each right is called where somebody uses it themselves."""
LATEST = 5
"""Requests that the page shows."""
_DONE = {
    "mailed": N_("We have mailed you a link. Open it to confirm what you asked for."),
    "disconnected": N_("It is disconnected. What we kept of it is out of sight now, and is deleted."),
    "revoked": N_("The key is revoked. Nobody gets in with it any more."),
}


def account(guard: Guard, inbound: Inbound) -> Outbound:
    """The page; whoever is not signed in is led to where they can be."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, person = words(language), person_of(guard, inbound)
    if person is None:
        return anonymous(guard, inbound, inbound.url_for("account", **inbound.params))
    held = Held(guard, w, people(guard, person)).grid()
    lead = w.say("This is what we hold about you, until when and why, and what you can do about it.")
    nothing = w.say("We hold no data about you in our tables.")
    return show(
        guard,
        inbound,
        "account",
        language,
        w.say("Your data"),
        notice=w.say(_DONE[done]) if (done := inbound.query.get("done", "")) in _DONE else "",
        lead=(lead,) if held else (lead, nothing),
        grids=tuple(filter(None, (held, _requests(guard, person, w)))),
        onward_title=w.say("What you can do"),
        onward=tuple(_ways(guard, inbound, w)),
    )


def acts(guard: Guard) -> tuple[str, ...]:
    """The rights that somebody can use here, in the policy's order; of two that give a copy, the first."""
    names = guard.rights.offered("account")
    return tuple(name for name in names if not (name == "portability" and "access" in names))


def _ways(guard: Guard, inbound: Inbound, w: Words) -> Iterator[Link]:
    here = {name: value for name, value in inbound.params.items() if name == "language"}
    for right in acts(guard):
        url = inbound.url_for("account_right", **here, right=right)
        yield Link(url=url, label=w.say(ACTS[right]), language=w.language)
    if "preferences" in guard.site.forms():
        url = inbound.url_for("preferences", **here)
        yield Link(url=url, label=title_of("preferences", w.language), language=w.language)
    if guard.site.form_purposes:
        url = inbound.url_for("agreements", **here)
        yield Link(url=url, label=w.say("What you agreed to"), language=w.language)
    if connectable(guard.site):
        url = inbound.url_for("account_connections", **here)
        yield Link(url=url, label=w.say("Disconnect something"), language=w.language)
    if guard.site.settings.api_keys:
        yield Link(url=inbound.url_for("account_keys", **here), label=w.say("API keys"), language=w.language)


def _requests(guard: Guard, person: Person, w: Words) -> Grid | None:
    """What they asked for from this account: not what anybody may have asked who typed their address."""
    names = {guard.pseudonyms.of(person.subject)}
    names |= {guard.pseudonyms.of_address(person.address)} if person.address else set()
    asked = [
        each
        for name in sorted(names)
        for each in guard.stores.requests.of(name)
        if each.identity == "session" and each.subject == str(person.subject)
    ]
    newest = sorted(asked, key=lambda each: each.id, reverse=True)[:LATEST]
    say = w.say
    rows = [
        (say(RIGHTS[each.right][0]), w.date(each.received_at.date()), w.date(each.due_on), say(STATES[each.state]))
        for each in newest
    ]
    header = (say("Request"), say("Received"), say("Answer no later than"), say("State"))
    return grid("requests", say("What you asked for"), header, rows) if rows else None
