"""The page on which somebody disconnects what an event of the policy ends, such as a channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from consentguard.datamap.tags import SELF
from consentguard.exports.contents import parts
from consentguard.guard import Guard
from consentguard.manifest.schema import Retention
from consentguard.plan.export import Extract
from consentguard.plan.steps import Found
from consentguard.records import Selection
from consentguard.site import Site
from consentguard.web.account.held import in_words
from consentguard.web.account.person import Person, again, anonymous, has_account, people, person_of
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import N_, Words, words

SHOWN = 50
"""Connections that the page lists."""
VALUES = 3
"""Values of a row by which somebody knows what it is."""


class Scope(NamedTuple):
    """What an event happens to: the table whose rows are such things."""

    event: str
    scope: str
    label: str


@dataclass(frozen=True, slots=True)
class Connection:
    """One thing of somebody's, such as a channel; `name` is how they know it."""

    event: str
    scope: str
    key: str
    name: str

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.event}/{self.scope}/{self.key}"


def connectable(site: Site) -> tuple[Scope, ...]:
    """The events of the policy that happen to rows of a table of their own, as a channel's are."""
    found: dict[Scope, None] = {}
    for category in site.policy.manifest.categories.values():
        ends = category.retention.ends_on if isinstance(category.retention, Retention) else []
        for end in ends:
            for label, tag in site.data_map.tags.items():
                if end.scope and tag.scopes.get(end.scope) == SELF:
                    found[Scope(end.event, end.scope, label)] = None
    return tuple(found)


def account_connections(guard: Guard, inbound: Inbound) -> Outbound:
    """GET lists what is connected; POST says that one of them is not any more, and lets go what was kept of it."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, person = words(language), person_of(guard, inbound)
    here = inbound.url_for("account_connections", **inbound.params)
    if person is None:
        return anonymous(guard, inbound, here)
    found = tuple(_connections(guard, people(guard, person)))
    if inbound.method != "POST":
        return _page(guard, inbound, w, person, found)
    if not person.recent:
        return _page(guard, inbound, w, person, found, status=403)
    chosen = next((each for each in found if each.value == inbound.value("connection")), None)
    if chosen is None:
        return _page(guard, inbound, w, person, found, status=422, error=w.say("Choose what to disconnect."))
    guard.retention.happened(chosen.event, chosen.scope, chosen.key)
    guard.retention.purge()
    account = inbound.url_for("account", **inbound.params)
    return Outbound(status=303, redirect=f"{account}?done=disconnected", private=True)


def disconnects(site: Site) -> bool:
    """Whether there is an account, and anything to disconnect there."""
    return has_account(site) and bool(connectable(site))


def _connections(guard: Guard, found: Sequence[Found]) -> Iterator[Connection]:
    """What is theirs, by the words of its own row, without what an event has ended already."""
    ended = {(each.event, each.scope, each.key) for each in guard.stores.happenings.open()}
    held = {part.label: part.extracts for part in parts(guard.site.data_map, found)}
    for event, scope, label in connectable(guard.site):
        for extract in held.get(label, ()):
            for key in guard.stores.dataset.keys(extract.selection, "", SHOWN):
                if (event, scope, key) not in ended:
                    yield Connection(event, scope, key, _name(guard, extract, key))


def _name(guard: Guard, extract: Extract, key: str) -> str:
    table = guard.site.data_map.schema[extract.label]
    texts = [name for name in extract.columns if table.by_name[name].type in ("text", "email")][:VALUES]
    row = next(iter(guard.stores.dataset.rows(Selection.of(extract.label, (key,)), texts)), {})
    values = [str(row[name]) for name in texts if row.get(name)]
    return f"{in_words(extract.label)}: {', '.join(values)}" if values else f"{in_words(extract.label)} {key}"


def _page(
    guard: Guard,
    inbound: Inbound,
    w: Words,
    person: Person,
    found: Sequence[Connection],
    *,
    status: int = 200,
    error: str = "",
) -> Outbound:
    here = inbound.url_for("account_connections", **inbound.params)
    field = Field(
        id="connection",
        name="connection",
        kind="radio",
        label=w.say("What is to be disconnected?"),
        error=error,
        options=tuple(Option(value=each.value, label=each.name) for each in found),
    )
    form = Form(action=here, fields=(field,), buttons=(Option(value="send", label=w.say("Disconnect")),))
    told = N_("What we keep of it goes out of sight at once, and is deleted. This cannot be undone.")
    back = Link(url=inbound.url_for("account", **inbound.params), label=w.say("Your data"), language=w.language)
    return show(
        guard,
        inbound,
        "account_connections",
        w.language,
        w.say("Disconnect something"),
        status=status,
        notice=person.stale(w),
        notice_kind="problem",
        lead=(w.say(told) if found else w.say("Nothing is connected."),),
        forms=(form,) if found and person.recent else (),
        onward=(*again(guard, inbound, here, w, person.verdict), back),
    )
