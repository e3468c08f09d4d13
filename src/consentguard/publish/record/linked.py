"""The record of processing as linked data: JSON-LD in the terms of the W3C Data Privacy Vocabulary (DPV)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from consentguard.law import namespaces, term
from consentguard.manifest.schema import Category
from consentguard.publish.edition import Edition
from consentguard.publish.record.activities import concerns, decided, held_for, receivers
from consentguard.publish.record.nodes import Node, legal_bases, node, nodes
from consentguard.publish.sections.rights import offered
from consentguard.publish.sections.security import encrypted

_LINKS = (
    "hasCountry", "hasDataController", "hasDataProcessor", "hasDataSubject", "hasLegalBasis", "hasPersonalData",
    "hasProcess", "hasProcessing", "hasPurpose", "hasRecipient", "hasRight", "hasStorageCondition",
    "hasTechnicalOrganisationalMeasure", "hasThirdCountry",
)  # fmt: skip
_TEXTS = ("hasAddress", "hasContact", "hasDataProtectionOfficer", "hasName", "hasRepresentative")


def linked(editions: Sequence[Edition]) -> dict[str, Any]:
    """A JSON-LD 1.1 document; its context is inline, so that reading it loads nothing.

    `editions` are the policy in each language of its titles. What DPV has no term for gets an id of the document's own:
    the key path of its entry in the manifest, such as `#purposes.sales`.
    """
    e = editions[0]
    processes = [*_as_controller(e), *_as_processor(e)]
    title = node(editions, "#record", "dpv:ROPA", lambda e: e.words.say("Record of processing activities"))
    record = {**title, "hasProcess": [process["@id"] for process in processes]}
    return {"@context": _context(), "@graph": [record, *processes, *nodes(editions)]}


def _context() -> dict[str, Any]:
    links = {name: {"@id": f"dpv:{name}", "@type": "@id"} for name in _LINKS}
    texts = {name: f"dpv:{name}" for name in _TEXTS}
    return {"@version": 1.1, **namespaces(), "title": {"@id": "dct:title", "@container": "@language"}, **links, **texts}


def _as_controller(e: Edition) -> Iterator[Node]:
    for name, entry, purpose, people in decided(e):
        stored = entry.retention != "unstated"
        joint = [f"#subjects.{one}.controller" for one in people if _owned(e, one, "joint_controller")]
        yield _stated({
            **_process(e, ".".join(filter(None, ("controller", name, purpose))), people, {name: entry}),
            "hasDataController": [*_ourselves(e), *joint],
            "hasPurpose": [f"#purposes.{purpose}"] if purpose else [],
            "hasLegalBasis": [*_bases(e, purpose), *_condition(entry)],
            "hasStorageCondition": [f"#categories.{name}.retention"] if stored else [],
            "hasRight": [_right(right) for right in offered(e)],
        })  # fmt: skip


def _as_processor(e: Edition) -> Iterator[Node]:
    for name, subject in e.manifest.subjects.items():
        if subject.role == "processor":
            yield _stated({
                **_process(e, f"processor.{name}", [name], held_for(e, name)),
                "hasDataController": [f"#subjects.{name}.controller"] if subject.controller else [],
                "hasDataProcessor": _ourselves(e),
                "hasProcessing": [f"#subjects.{name}.processing"] if subject.processing else [],
            })  # fmt: skip


def _process(e: Edition, name: str, people: Collection[str], data: dict[str, Category]) -> Node:
    """What both kinds of activity have: whose data, which, who receives it and where, and what protects it."""
    others = {place: entry for category in data for place, entry in receivers(e, category).items()}
    onward = {place: found for place, found in enumerate(e.manifest.transfers) if concerns(found, others)}
    stated = [found.to for found in onward.values() if found.to != "unstated"]
    return {
        "@id": f"#{name}",
        "@type": "dpv:Process",
        "hasDataSubject": [f"#subjects.{one}" for one in people],
        "hasPersonalData": [f"#categories.{category}" for category in data],
        "hasRecipient": [f"#recipients.{place}" for place in others],
        "hasThirdCountry": [f"loc:{country}" for country in dict.fromkeys(stated)],
        "hasTechnicalOrganisationalMeasure": [
            *_measures(e, data),
            *(f"#transfers.{place}" for place, found in onward.items() if found.safeguards),
        ],
    }


def _measures(e: Edition, data: Collection[str]) -> Iterator[str]:
    if set(data) & set(encrypted(e)):
        yield "dpv:EncryptionAtRest"
    if e.manifest.backups and e.manifest.backups.encrypted is True:
        yield "#backups.encrypted"
    yield from (f"#measures.{name}" for name in e.manifest.measures)


def _bases(e: Edition, purpose: str) -> list[str]:
    """The legal basis itself where it is the same everywhere, else a node for each region."""
    return [found.link for found in legal_bases(purpose, e.manifest.purposes[purpose])] if purpose else []


def _condition(entry: Category) -> list[str]:
    known = term("conditions", entry.condition) if entry.condition else None
    return [known.dpv] if known else []


def _right(name: str) -> str:
    known = term("rights", name)
    return known.dpv if known else f"#rights.{name}"


def _ourselves(e: Edition) -> list[str]:
    return ["#controller"] if e.manifest.controller else []


def _owned(e: Edition, subject: str, role: str) -> bool:
    known = e.manifest.subjects.get(subject)
    return bool(known and known.role == role and known.controller)


def _stated(process: Node) -> Node:
    return {key: value for key, value in process.items() if value}
