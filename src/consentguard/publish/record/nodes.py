"""What the activities of a linked record point to: people, data, purposes, recipients, periods and measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, NamedTuple, ParamSpec

from consentguard.law import dpv, term
from consentguard.manifest.schema import Contact, Measure, Purpose, Subject
from consentguard.manifest.vocabulary import LegalBasis
from consentguard.publish.edition import Edition, capitalised
from consentguard.publish.record.activities import documented, kept
from consentguard.publish.sections.data import in_regions
from consentguard.publish.sections.rights import offered
from consentguard.publish.sections.security import measure
from consentguard.publish.vocabulary import RIGHTS

Node = dict[str, Any]
About = ParamSpec("About")

_MEASURES = {"technical": "dpv:TechnicalMeasure", "organisational": "dpv:OrganisationalMeasure"}


class Basis(NamedTuple):
    """A legal basis of a purpose: what links to it, its DPV term, and the region that it is for, if not for all."""

    link: str
    term: str
    value: LegalBasis
    region: str = ""


def legal_bases(name: str, purpose: Purpose) -> list[Basis]:
    """The legal bases that a purpose states."""
    if isinstance(purpose.basis, str):
        known = term("bases", purpose.basis)
        return [Basis(known.dpv, known.dpv, purpose.basis)] if known else []
    found = ((region, value, term("bases", value)) for region, value in purpose.basis.items())
    return [
        Basis(f"#purposes.{name}.basis.{region}", known.dpv, value, region) for region, value, known in found if known
    ]


def nodes(editions: Sequence[Edition]) -> Iterator[Node]:
    """Every entry of the manifest that an activity can point to, with its titles."""
    yield from _controller(editions[0])
    yield from _people(editions)
    yield from _data(editions)
    yield from _purposes(editions)
    yield from _receivers(editions)
    yield from _measures(editions)
    yield from _rights(editions)


def node(
    editions: Sequence[Edition],
    name: str,
    kind: str | list[str],
    write: Callable[Concatenate[Edition, About], str],
    *about: About.args,
    **options: About.kwargs,
) -> Node:
    """A node with the title that `write` gives in each language; one that reads the same as another is left out."""
    titles: dict[str, str] = {}
    for e in editions:
        text = write(e, *about, **options)
        if text and text not in titles.values():
            titles[e.words.language] = text
    return {"@id": name, "@type": kind, **({"title": titles} if titles else {})}


def _controller(e: Edition) -> Iterator[Node]:
    someone = e.manifest.controller
    if someone is None:
        return
    stands_in = [{"@type": "dpv:Representative", **_reached(one)} for one in someone.representatives.values()]
    officer = {} if isinstance(someone.dpo, str) else {"@type": "dpv:DataProtectionOfficer", **_reached(someone.dpo)}
    stated = {
        "hasName": someone.name if someone.legal_entity in ("", "unstated") else someone.legal_entity,
        "hasAddress": someone.address,
        "hasContact": someone.contact,
        "hasCountry": "" if someone.country == "unstated" else f"loc:{someone.country}",
        "hasDataProtectionOfficer": officer,
        "hasRepresentative": stands_in,
    }
    known = {key: value for key, value in stated.items() if value and value != "unstated"}
    yield {"@id": "#controller", "@type": "dpv:DataController", **known}


def _reached(someone: Contact) -> Node:
    """Who stands in for the controller, with the first way of writing to them."""
    stated = {"hasName": someone.name, "hasContact": someone.email or someone.url, "hasAddress": someone.address}
    return {key: value for key, value in stated.items() if value}


def _people(editions: Sequence[Edition]) -> Iterator[Node]:
    for name, entry in editions[0].manifest.subjects.items():
        yield node(editions, f"#subjects.{name}", "dpv:DataSubject", Edition.subject, name)
        if entry.role != "controller" and entry.controller:
            owner = f"#subjects.{name}.controller"
            yield node(editions, owner, "dpv:DataController", _owner, entry)
        if entry.role == "processor" and entry.processing:
            what = f"#subjects.{name}.processing"
            yield node(editions, what, "dpv:Processing", _processing, entry)


def _data(editions: Sequence[Edition]) -> Iterator[Node]:
    for name, entry in editions[0].manifest.categories.items():
        yield node(editions, f"#categories.{name}", dpv(entry.kind), Edition.category, name)
        if entry.retention != "unstated":
            period = f"#categories.{name}.retention"
            yield node(editions, period, "dpv:StorageCondition", kept, entry)


def _purposes(editions: Sequence[Edition]) -> Iterator[Node]:
    for name, entry in editions[0].manifest.purposes.items():
        yield node(editions, f"#purposes.{name}", "dpv:Purpose", Edition.purpose, name)
        for link, kind, value, region in legal_bases(name, entry):
            if region:
                yield node(editions, link, kind, _basis, value, region)


def _receivers(editions: Sequence[Edition]) -> Iterator[Node]:
    for name, entry in editions[0].manifest.recipients.items():
        role = term("roles", entry.role)
        kinds = ["dpv:Recipient", *([role.dpv] if role else [])]
        yield node(editions, f"#recipients.{name}", kinds, Edition.recipient, name)


def _measures(editions: Sequence[Edition]) -> Iterator[Node]:
    manifest = editions[0].manifest
    for name, entry in manifest.measures.items():
        kind = _MEASURES[entry.kind]
        yield node(editions, f"#measures.{name}", kind, _measure, name, entry)
    if manifest.backups and manifest.backups.encrypted is True:
        yield node(editions, "#backups.encrypted", "dpv:Encryption", lambda e: e.words.say("Encrypted backups"))
    for place, found in enumerate(manifest.transfers):
        if found.kind == "onward" and found.safeguards:
            name = f"#transfers.{place}"
            yield node(editions, name, "dpv:SafeguardForDataTransfer", documented, found)


def _rights(editions: Sequence[Edition]) -> Iterator[Node]:
    """The rights that DPV has no term for."""
    for name in offered(editions[0]):
        if term("rights", name) is None:
            right = f"#rights.{name}"
            yield node(editions, right, "dpv:DataSubjectRight", _right, name)


def _owner(e: Edition, subject: Subject) -> str:
    return capitalised(e.owner(subject))


def _processing(e: Edition, subject: Subject) -> str:
    return capitalised(e.text(subject.processing))


def _basis(e: Edition, value: LegalBasis, region: str) -> str:
    return capitalised(in_regions(e, value, [region]))


def _measure(e: Edition, name: str, entry: Measure) -> str:
    return measure(e, name, entry).text


def _right(e: Edition, name: str) -> str:
    return e.words.say(RIGHTS[name][0])
