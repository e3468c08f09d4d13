"""The page of a visitor's receipt: what this browser's choice says on record, to read, to download and to take back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from consentguard.consent.policy import ID
from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.records import ConsentRecord
from consentguard.web.bodies import problem
from consentguard.web.consent.decisions import asks, choice_of
from consentguard.web.consent.withdraw import BUTTON
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import File, Inbound, Outbound
from consentguard.web.routes import Route
from consentguard.web.sheet import Fact, Form, Option, show
from consentguard.words import N_, Words, spoken

if TYPE_CHECKING:
    from consentguard.consent.receipt import Links

JSON_LD = "application/ld+json"
_NO_CHOICE = N_("This browser keeps no choice yet, so there is no receipt of one.")
_NOT_KEPT = N_("The record of this browser's choice is not kept any more.")
_KEEP = N_("Keep the number of the receipt, or the file: with the number you can take back what you agreed to.")
_COUNTS_NO_MORE = N_("This choice counts no more in this browser.")
_TEXT_GONE = N_("The text of this version is not at hand any more, so its purposes stand here by their names alone.")


def receipt(guard: Guard, inbound: Inbound) -> Outbound:
    """What is on record of the choice that the browser keeps; without one, where to make it."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    say = spoken(language).say
    kept, record = _record(guard, inbound)
    if record is None:
        return _page(guard, inbound, language, lead=(say(_NOT_KEPT if kept else _NO_CHOICE),))
    lead = [say(_KEEP)]
    if not _counts(guard, inbound, record):
        lead.append(say(_COUNTS_NO_MORE))
    document = _document(guard, record)
    if document is None:
        lead.append(say(_TEXT_GONE))
    return _page(
        guard,
        inbound,
        language,
        lead=tuple(lead),
        facts=tuple(_facts(record, document or {}, spoken(language))),
        forms=(_taking_back(inbound, record, language),) if record.accepted else (),
        onward=[*_onward(guard, inbound, language)],
    )


def _onward(guard: Guard, inbound: Inbound, language: str) -> Iterator[Link]:
    from consentguard.web.rights.receipt import takes_receipts

    say = spoken(language).say
    yield Link(url=inbound.url_for("receipt_file"), label=say("Download the receipt"), language=language)
    if takes_receipts(guard.site):
        url = inbound.url_for("receipt_request", **inbound.params)
        yield Link(url=url, label=say("Ask about your data with this receipt"), language=language)


def receipt_file(guard: Guard, inbound: Inbound) -> Outbound:
    """The receipt as JSON-LD, to download."""
    from consentguard.consent.receipt import receipt as written  # law's tables are loaded for who asks for one

    _, record = _record(guard, inbound)
    if record is None:
        return problem(404, "This browser keeps no choice that is on record.")
    links = links_of(guard, lambda name: guard.site.base_url + inbound.url_for(name))
    document = written(record, guard.site.consent_policy, links, guard.clock.now())
    content = json.dumps(document, indent=2, ensure_ascii=False)
    name = f"consent-receipt-{record.at:%Y-%m-%d}.jsonld"
    return Outbound(file=File(content=content.encode(), name=name, media_type=JSON_LD), private=True)


def links_of(guard: Guard, address: Callable[[str], str]) -> Links:
    """Where a receipt leads to: `address` gives that of a page by its route's name."""
    from consentguard.consent.receipt import Links
    from consentguard.web import rights

    notice = "cookies" if "cookies" in guard.site.kinds() else "policy"
    asked = address("request") if rights.asks(guard.site) else ""
    return Links(notice=address(notice), withdrawal=address("withdraw"), rights=asked)


def _record(guard: Guard, inbound: Inbound) -> tuple[bool, ConsentRecord | None]:
    """Whether the browser keeps a choice of ours, for whichever version; and its record, where that is there."""
    choice = guard.cookies.choice(inbound.cookies.get(CHOICE))
    return choice is not None, guard.consent.find(choice.record) if choice else None


def _counts(guard: Guard, inbound: Inbound, record: ConsentRecord) -> bool:
    choice = choice_of(guard, inbound)
    return choice is not None and choice.record == record.id


def _document(guard: Guard, record: ConsentRecord) -> Mapping[str, Any] | None:
    from consentguard.consent.receipt import document_of

    return document_of(guard.site.consent_policy, record.policy)


def _page(guard: Guard, inbound: Inbound, language: str, *, onward: Collection[Link] = (), **content: Any) -> Outbound:
    say = spoken(language).say
    choose = Link(
        url=inbound.url_for("preferences", **inbound.params), label=title_of("preferences", language), language=language
    )
    title = say("Receipt of your privacy choices")
    return show(guard, inbound, "receipt", language, title, onward=(*onward, choose), **content)


def _facts(record: ConsentRecord, document: Mapping[str, Any], speech: Words) -> Iterator[Fact]:
    say = speech.say
    yield Fact(label=say("Number of the receipt"), value=record.id)
    yield Fact(label=say("You agreed to"), value=_named(record.accepted, document, speech))
    yield Fact(label=say("You refused"), value=_named(record.refused, document, speech))
    yield Fact(label=say("Decided on"), value=f"{speech.date(record.at.date())}, {record.at:%H:%M} UTC")
    if record.until:
        yield Fact(label=say("Holds until"), value=speech.date(record.until.date()))
    if record.policy:
        yield Fact(label=say("Version of the policy"), value=record.policy[:ID])


def _named(items: Collection[str], document: Mapping[str, Any], speech: Words) -> str:
    return speech.all_of(_titled(item, document, speech.language) for item in items) if items else speech.say("Nothing")


def _titled(item: str, document: Mapping[str, Any], language: str) -> str:
    """What an item was called in the version that the visitor was shown; its own name without one."""
    purpose, _, service = item.partition("/")
    found = document.get("services", {}).get(service) if service else document.get("purposes", {}).get(purpose)
    titles: Mapping[str, str] = (found or {}).get("title", {})
    return titles.get(language) or next(iter(titles.values()), "") or item


def _taking_back(inbound: Inbound, record: ConsentRecord, language: str) -> Form:
    return Form(
        action=inbound.url_for("withdraw", **inbound.params),
        hidden={"receipt": record.id},
        buttons=(Option(value="withdraw", label=spoken(language).say(BUTTON)),),
    )


ROUTES = (
    Route(name="receipt", path="receipt", endpoint=receipt, enabled=asks),
    Route(name="receipt_file", path="receipt.jsonld", endpoint=receipt_file, enabled=asks, localised=False),
)
