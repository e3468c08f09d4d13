"""What is done with personal data: a row for each purpose and category as controller, for each client as processor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from consentguard.manifest.schema import Category, Recipient, Safeguard, Subject, Transfer
from consentguard.publish.edition import Edition, capitalised, sentence_of
from consentguard.publish.record.fideslang import fideslang
from consentguard.publish.record.rows import Activity
from consentguard.publish.sections.data import basis, items, located, uses
from consentguard.publish.sections.retention import action, how_long
from consentguard.publish.sections.rights import offered
from consentguard.publish.sections.security import encrypted, measure
from consentguard.publish.sections.sharing import safeguard
from consentguard.publish.vocabulary import CONDITIONS, RIGHTS

CONTROLLER_ROLES = ("controller", "joint_controller")


def as_controller(e: Edition) -> Iterator[Activity]:
    """A row for each purpose of each category, without the data that is handled for others alone."""
    for name, entry, purpose, people in decided(e):
        yield _activity(e, name, entry, purpose, people)


def decided(e: Edition) -> Iterator[tuple[str, Category, str, list[str]]]:
    """Each category and purpose that the site decides about, with whose data it is."""
    for name, entry in e.manifest.categories.items():
        people = subjects(e, name, entry)
        ours = [someone for someone in people if _role(e, someone) in CONTROLLER_ROLES]
        if people and not ours:
            continue
        for purpose in uses(entry) or [""]:
            yield name, entry, purpose, ours


def subjects(e: Edition, name: str, entry: Category) -> list[str]:
    """Whose data a category is: as the manifest says, and as the data map shows."""
    tagged = e.data_map.categories().get(name, ()) if e.data_map else ()
    return list(dict.fromkeys([*entry.subjects, *(someone for place in tagged for someone in place.subjects)]))


def _role(e: Edition, subject: str) -> str:
    known = e.manifest.subjects.get(subject)
    return known.role if known else "controller"


def _activity(e: Edition, name: str, entry: Category, purpose: str, people: list[str]) -> Activity:
    known = e.manifest.purposes.get(purpose)
    others = receivers(e, name)
    countries, safeguards = _transferred(e, others)
    return Activity(
        role="controller",
        purpose=e.purpose(purpose) if purpose else "",
        subjects=tuple(map(e.subject, people)),
        data=(e.for_whom(sentence_of(e.category(name), _items(e, entry)), entry.when),),
        joint_controllers=tuple(_joint(e, people)),
        recipients=tuple(_named(e, others)),
        agreements=tuple(_agreements(e, others)),
        retention=kept(e, entry),
        security=_security(e, name),
        legal_basis=capitalised(basis(e, known)) if known else "",
        special_condition=capitalised(e.words.say(CONDITIONS[entry.condition])) if entry.condition else "",
        balancing=known.balancing if known else "",
        rights=tuple(e.words.say(RIGHTS[right][0]) for right in offered(e)),
        automated_decisions=_automated(e),
        sources=tuple(map(e.source, entry.sources)),
        location=_location(e, name, entry),
        fideslang=fideslang([entry.kind], known, offered(e)),
        rests_on=(f"categories.{name}", *([f"purposes.{purpose}"] if purpose else []), *located(e, name)),
        countries=countries,
        safeguards=safeguards,
    )


def _items(e: Edition, entry: Category) -> str:
    named = items(e, entry)
    return f"({named})" if named else ""


def _joint(e: Edition, people: Iterable[str]) -> Iterator[str]:
    """With whom it is decided why and how data is used (Art. 30(1)(a) GDPR)."""
    for name in people:
        subject = e.manifest.subjects.get(name)
        if subject and subject.role == "joint_controller" and subject.controller:
            yield capitalised(e.owner(subject))


def kept(e: Edition, entry: Category) -> str:
    """How long a category is kept, and what happens then."""
    end = action(e, entry.retention)
    return sentence_of(*how_long(e, entry), f"{end}." if end else "")


def receivers(e: Edition, category: str) -> dict[str, Recipient]:
    """Who receives a category: those that name it, and those that do not say what they receive."""
    entries = e.manifest.recipients.items()
    return {name: entry for name, entry in entries if category in entry.receives or not entry.receives}


def _named(e: Edition, receivers: Mapping[str, Recipient]) -> Iterator[str]:
    """Recipients, each with for whose data it is one."""
    return (e.for_whom(e.recipient(name), entry.when) for name, entry in receivers.items())


def _agreements(e: Edition, receivers: Mapping[str, Recipient]) -> Iterator[str]:
    for entry in receivers.values():
        if not isinstance(entry.agreement, str):
            yield _dated(e, entry.agreement.document, entry.agreement.until)


def _dated(e: Edition, document: str, until: dt.date | None) -> str:
    """A document with the day on which it ends."""
    return e.words.say("{document} (until {day})", document=document, day=e.words.date(until)) if until else document


def _transferred(e: Edition, receivers: Mapping[str, Recipient]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = [transfer for transfer in e.manifest.transfers if concerns(transfer, receivers)]
    countries = dict.fromkeys(e.words.country(transfer.to) for transfer in found)
    return tuple(countries), tuple(dict.fromkeys(documented(e, transfer) for transfer in found))


def documented(e: Edition, transfer: Transfer) -> str:
    """The safeguards with their documents (Art. 30(1)(e) GDPR)."""
    if not transfer.safeguards:
        return e.words.say("Not stated")
    return capitalised(e.words.all_of(_safeguard(e, one) for one in transfer.safeguards))


def _safeguard(e: Edition, one: Safeguard) -> str:
    module = e.words.say("module {number}", number=one.module) if one.module else ""
    until = e.words.say("until {day}", day=e.words.date(one.until)) if one.until else ""
    details = ", ".join(filter(None, (module, one.document, until)))
    return sentence_of(safeguard(e, one.instrument), f"({details})" if details else "")


def concerns(transfer: Transfer, receivers: Mapping[str, Recipient]) -> bool:
    """What people send to us themselves is no transfer (EDPB Guidelines 05/2021)."""
    return transfer.kind == "onward" and transfer.via in receivers


def _security(e: Edition, category: str = "") -> tuple[str, ...]:
    stored = [e.words.say("Encrypted at rest")] if category in encrypted(e) else []
    backups = e.manifest.backups
    copied = [e.words.say("Encrypted backups")] if backups and backups.encrypted is True else []
    return (*stored, *copied, *(measure(e, name, entry).text for name, entry in e.manifest.measures.items()))


def _automated(e: Edition) -> str:
    decisions = e.manifest.automated_decisions
    if isinstance(decisions, str) and decisions in ("none", "unstated"):
        return {"none": e.words.say("None"), "unstated": e.words.say("Not stated")}[decisions]
    return e.text(decisions)


def _location(e: Edition, name: str, entry: Category) -> tuple[str, ...]:
    tables = dict.fromkeys(place.table for place in e.data_map.categories().get(name, ())) if e.data_map else {}
    stores = [e.store(place) for place, store in e.manifest.stores.items() if name in store.holds]
    return (*tables, *stores, *([e.recipient(entry.held_by)] if entry.held_by else []))


def as_processor(e: Edition) -> Iterator[Activity]:
    """A row for each kind of people whose data is handled for somebody else."""
    for name, subject in e.manifest.subjects.items():
        if subject.role == "processor":
            yield _for_somebody(e, name, subject)


def held_for(e: Edition, subject: str) -> dict[str, Category]:
    """The categories of data about a kind of people."""
    return {name: entry for name, entry in e.manifest.categories.items() if subject in subjects(e, name, entry)}


def _for_somebody(e: Edition, name: str, subject: Subject) -> Activity:
    held = held_for(e, name)
    others = {place: entry for category in held for place, entry in receivers(e, category).items()}
    countries, safeguards = _transferred(e, others)
    return Activity(
        role="processor",
        on_behalf_of=capitalised(e.owner(subject)),
        processing=capitalised(e.text(subject.processing)),
        subjects=(e.subject(name),),
        data=tuple(e.for_whom(e.category(place), entry.when) for place, entry in held.items()),
        recipients=tuple(_named(e, others)),
        agreements=tuple(_agreements(e, others)),
        security=tuple(dict.fromkeys(line for place in held or [""] for line in _security(e, place))),
        fideslang=fideslang([entry.kind for entry in held.values()]),
        rests_on=(f"subjects.{name}", *(f"categories.{place}" for place in held)),
        countries=countries,
        safeguards=safeguards,
    )
