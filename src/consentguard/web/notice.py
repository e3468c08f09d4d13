"""A just-in-time notice: what a form's data is for, on which basis, who gets it, for how long, and how to end it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from consentguard.site import Site
from consentguard.web.languages import direction
from consentguard.web.links import Link, title_of
from consentguard.web.messages import UrlFor
from consentguard.words import words

TEMPLATE = "consentguard/notice.html"
MOST_ADDRESSES = 256
"""Notices kept for each site: one per purpose and language, and for each prefix under which a proxy shows the site."""

_made: WeakKeyDictionary[Site, dict[tuple[str, str, str], tuple[dt.date, Notice]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the template shows: sentences, and links to the policy and to where the use of the data is ended."""

    language: str
    direction: str
    sentences: tuple[str, ...]
    links: tuple[Link, ...]


def notice(site: Site, purpose: str, language: str, url_for: UrlFor) -> Notice:
    """The notice of a purpose: made once a day for each language, since a basis may change by the day.

    Raises ConsentError for a purpose that the policy does not have.
    """
    key, made, today = (
        (purpose, language, url_for("policy", language=language)),
        _made.setdefault(site, {}),
        site.today(),
    )
    known = made.get(key)
    if known and known[0] == today:
        return known[1]
    if key not in made and len(made) >= MOST_ADDRESSES:
        made.clear()
    new = Notice(
        language=language,
        direction=direction(language),
        sentences=tuple(_sentences(site, purpose, language)),
        links=tuple(_links(site, purpose, language, url_for)),
    )
    made[key] = today, new
    return new


def _sentences(site: Site, name: str, language: str) -> Iterator[str]:
    from consentguard.consent.wording import Wording  # only where a notice is made, and with it the texts of the policy
    from consentguard.publish.edition import Edition
    from consentguard.publish.sections.data import basis
    from consentguard.publish.sections.retention import how_long

    site.consent_policy.purpose_of(name)
    manifest, speech = site.policy.manifest, words(language)
    purpose, wording = manifest.purposes[name], Wording(manifest, language)
    edition = Edition(manifest=manifest, words=speech, today=site.today())
    yield speech.say("What we use it for: {purpose}.", purpose=wording.purpose(name))
    if text := wording.purpose_text(name):
        yield text
    if purpose.basis != "unstated":
        yield speech.say("Legal basis: {basis}.", basis=basis(edition, purpose))
    if who := [edition.recipient(each) for each, entry in manifest.recipients.items() if name in entry.purposes]:
        yield speech.say("Who receives it: {recipients}.", recipients=edition.named(who))
    for category, entry in manifest.categories.items():
        if name in (*entry.purposes, *entry.only_purposes) and entry.retention != "unstated":
            told = " ".join(how_long(edition, entry))
            yield speech.say("How long we keep it: {data}. {period}", data=edition.category(category), period=told)
    if name in (*site.consent_policy.purposes, *site.form_purposes):
        yield speech.say("You can take back your consent at any time.")
    elif purpose.marketing:
        yield speech.say("You can object to it at any time.")


def _links(site: Site, name: str, language: str, url_for: UrlFor) -> Iterator[Link]:
    say = words(language).say
    yield Link(url=url_for("policy", language=language), label=say("Privacy policy"), language=language)
    if name in site.consent_policy.purposes:
        label = title_of("preferences", language)
        yield Link(url=url_for("preferences", language=language), label=label, language=language)
    elif name in site.form_purposes:
        label = say("Take back your consent")
        yield Link(url=url_for("agreements", language=language), label=label, language=language)
