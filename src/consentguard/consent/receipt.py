"""A record of consent as a receipt: the fields of ISO/IEC TS 27560:2023 as JSON-LD, in terms of W3C DPV.

A field has the standard's own name, and the context says which term of DPV it is (https://w3id.org/dpv/guides/consent-27560):
who reads JSON finds the standard, who reads linked data finds DPV.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consentguard.consent.policy import ID, ConsentPolicy
from consentguard.consent.wording import Wording
from consentguard.law import dpv, namespaces, term
from consentguard.records import EVERYONE, ConsentRecord

Node = dict[str, Any]
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560"
VISITOR = "visitor"
"""Who a choice is of that nobody signed in made: no id would be known to anybody."""
METHODS: Mapping[str, str] = {
    "accept": "Everything was accepted with one button or box",
    "reject": "Everything was refused with one button",
    "save": "Chosen one by one, and saved",
    "withdraw": "Taken back",
    "gpc": "The signal of the browser (Global Privacy Control)",
    "re-ask": "Asked again, because something had changed",
    "import": "Taken over from another system",
}
"""How a decision was made, in the words of a receipt: it is read by programs, so that it has one language."""
_GONE = "The text of this version is not at hand here. Its hash tells it from any other."
_LINKED = {
    "schema_version": "dct:conformsTo",
    "lawful_basis": "dpv:hasLegalBasis",
    "jurisdiction": "dpv:hasJurisdiction",
    "exercised_at": "dpv:isExercisedAt",
    "countries": "dpv:hasLocation",
    "entity_id": "dpv:isIndicatedBy",
}
_HELD = {
    "record": "dpv:hasRecordOfActivity",
    "privacy_notice": "dpv:hasNotice",
    "purposes": "dpv:hasProcess",
    "purpose": "dpv:hasPurpose",
    "pii_controllers": "dpv:hasDataController",
    "pii_information": "dpv:hasPersonalData",
    "services": "dpv:hasService",
    "recipient_third_parties": "dpv:hasRecipient",
    "retention_period": "dpv:hasStorageCondition",
    "withdrawal_method": "dpv:hasConsentControl",
    "privacy_rights": "dpv:hasRight",
    "event": "dpv:hasConsentStatus",
    "validity_duration": "dpv:hasDuration",
    "receipt_id": "dct:identifier",
    "record_id": "dct:identifier",
    "identifier": "dct:identifier",
    "pii_attribute_id": "dct:identifier",
    "pii_principal_id": "dpv:hasDataSubject",
    "language": "dct:language",
    "description": "dct:description",
    "party_name": "dpv:hasName",
    "party_address": "dpv:hasAddress",
    "party_contact": "dpv:hasContact",
    "event_method": "dpv:hasIndicationMethod",
    "duration": "dpv:hasDuration",
    "value": "rdf:value",
}
_MOMENTS = {"created": "dct:created", "event_time": "dpv:isIndicatedAtTime"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a receipt leads: to the notice, to where consent is taken back, and to where rights are exercised, if that
    is anywhere.
    """

    notice: str
    withdrawal: str
    rights: str = ""


def receipt(record: ConsentRecord, policy: ConsentPolicy, links: Links, now: dt.datetime) -> Node:
    """The receipt, as JSON-LD 1.1 whose context is inline, so that reading it loads nothing.

    Titles are those of the version that the visitor was shown, in all its languages. Where its text is not at hand any
    more, the receipt says so, and names purposes by their names alone. Nothing is translated: programs read it.
    """
    document = document_of(policy, record.policy)
    statement = {
        "@id": "#record",
        "@type": "dpv:ConsentRecord",
        "schema_version": f"{SCHEMA}#record",
        "record_id": record.id,
        "pii_principal_id": VISITOR if record.subject == EVERYONE else record.subject,
        "privacy_notice": [*_notices(record, links, at_hand=document is not None)],
        "language": record.language,
        "jurisdiction": f"loc:{record.jurisdiction}" if record.jurisdiction else "",
        "pii_controllers": [*_controller(policy)],
        "purposes": [*_purposes(record, policy, document or {})],
        "withdrawal_method": {"@type": "dpv:WithdrawConsent", "exercised_at": links.withdrawal},
        "privacy_rights": [*_rights(policy, links)],
    }
    return {
        "@context": _context(),
        "@id": "#receipt",
        "@type": "dpv:ConsentReceipt",
        "schema_version": f"{SCHEMA}#receipt",
        "receipt_id": record.id,
        "created": _moment(now),
        "record": _stated(statement),
    }


def document_of(policy: ConsentPolicy, digest: str) -> Mapping[str, Any] | None:
    """What was published under a digest, where it is at hand: as this version, or as one of the last months."""
    if digest == policy.digest:
        return policy.document
    known = policy.past.get(digest[:ID])
    return known if known and policy.digest_of(digest[:ID]) == digest else None


def _context() -> Node:
    prefixes = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xsd": "http://www.w3.org/2001/XMLSchema#"}
    return {
        "@version": 1.1,
        **namespaces(),
        **prefixes,
        **{name: {"@id": iri, "@type": "@id"} for name, iri in _LINKED.items()},
        **_HELD,
        **{name: {"@id": iri, "@type": "xsd:dateTime"} for name, iri in _MOMENTS.items()},
        "title": {"@id": "dct:title", "@container": "@language"},
    }


def _notices(record: ConsentRecord, links: Links, *, at_hand: bool) -> Iterator[Node]:
    """What the visitor was shown: the version, by its hash; and the words of a form's own, by theirs."""
    version = {
        "@id": links.notice,
        "@type": "dpv:ConsentNotice",
        "identifier": f"sha256:{record.policy}" if record.policy else "",  # another package's log has no version
        "language": record.language,
        "description": "" if at_hand else _GONE,
    }
    yield _stated(version)
    if record.text:
        words = {"@id": "#text", "@type": "dpv:ConsentNotice", "identifier": f"sha256:{record.text}"}
        yield {**words, "language": record.language}


def _controller(policy: ConsentPolicy) -> Iterator[Node]:
    known = policy.manifest.controller
    if known:
        stated = {
            "@id": "#controller",
            "@type": "dpv:DataController",
            "party_name": known.name if known.legal_entity in ("", "unstated") else known.legal_entity,
            "party_address": known.address,
            "party_contact": known.contact,
        }
        yield {name: value for name, value in stated.items() if value and value != "unstated"}


def _purposes(record: ConsentRecord, policy: ConsentPolicy, document: Mapping[str, Any]) -> Iterator[Node]:
    """What was decided about each purpose; what was decided about a single service stands by itself."""
    for items, given in ((record.accepted, True), (record.refused, False)):
        for item in items:
            purpose, _, _ = item.partition("/")
            services = _services_of(item, document)
            yield _stated({
                "@id": f"#{item}",
                "@type": "dpv:Process",
                "purpose": _titled(f"#purposes.{purpose}", "dpv:Purpose", _titles(purpose, policy, record, document)),
                "lawful_basis": _basis(purpose, document),
                "pii_information": [*_data(services)],
                "services": [_titled(f"#services.{name}", "dpv:Service", each["title"]) for name, each in services],
                "recipient_third_parties": [*_recipients(services)],
                "retention_period": [*_kept(services)],
                "event": _event(record, given=given),
            })  # fmt: skip


def _services_of(item: str, document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The services that an item stands for: its own one, or all that visitors can refuse of a purpose."""
    purpose, _, single = item.partition("/")
    return [
        (name, each)
        for name, each in document.get("services", {}).items()
        if each["purpose"] == purpose and not each["essential"] and single in ("", name)
    ]


def _titles(
    purpose: str, policy: ConsentPolicy, record: ConsentRecord, document: Mapping[str, Any]
) -> Mapping[str, str]:
    """What the purpose was called. One that a form asks about is no part of the version: it has its name of today."""
    stated = document.get("purposes", {}).get(purpose, {}).get("title")
    if stated or not record.text or purpose not in policy.manifest.purposes:
        return stated or {}
    return {each: Wording(policy.manifest, each).purpose(purpose) for each in policy.manifest.site.languages}


def _basis(purpose: str, document: Mapping[str, Any]) -> str:
    known = term("bases", "consent")
    states = document.get("purposes", {}).get(purpose, {}).get("basis") == "consent"
    return known.dpv if known and states else "dpv:Consent"


def _data(services: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Node]:
    for name, each in services:
        if each["names"]:
            kind = dpv("identifier.online")
            yield {"@id": f"#services.{name}.names", "@type": kind, "pii_attribute_id": list(each["names"])}


def _recipients(services: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Node]:
    """Who provides the services, but for the site itself."""
    named = {each["provider"]: each["countries"] for _, each in services if each["provider"]}
    for provider, countries in named.items():
        places = [f"loc:{place}" for place in _texts(countries) if place != "unstated"]
        yield _stated({"@id": f"#recipients.{provider}", "@type": "dpv:Recipient", "countries": places})


def _kept(services: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Node]:
    """How long what a service stores may stay in the browser."""
    for name, each in services:
        if each["lifetime"] not in ("", "unstated"):
            period = {"@id": f"#services.{name}.lifetime", "@type": "dpv:StorageDuration"}
            yield {**period, "duration": each["lifetime"]}


def _event(record: ConsentRecord, *, given: bool) -> Node:
    state = "dpv:ConsentGiven" if given else "dpv:ConsentRefused"
    if record.method == "withdraw":
        state = "dpv:ConsentWithdrawn"
    ends: Node = {"@type": "dpv:UntilEventDuration", "value": "until it is taken back"}
    if record.until:
        ends = {"@type": "dpv:UntilTimeDuration", "value": _moment(record.until)}
    return {
        "@type": [state, "dpv:ExpressedConsent"] if given else [state],
        "event_time": _moment(record.at),
        "entity_id": "dpv:DataSubject",
        "event_method": METHODS[record.method],
        "validity_duration": ends,
    }


def _rights(policy: ConsentPolicy, links: Links) -> Iterator[Node]:
    taken_back = term("rights", "withdrawal")
    kinds = ["dpv:DataSubjectRight", *([taken_back.dpv] if taken_back else [])]
    yield {"@id": "#rights.withdrawal", "@type": kinds, "exercised_at": links.withdrawal}
    for name in policy.manifest.rights or {}:
        known = term("rights", name)
        if known and links.rights and name != "withdrawal":
            kinds = ["dpv:DataSubjectRight", known.dpv]
            yield {"@id": f"#rights.{name}", "@type": kinds, "exercised_at": links.rights}


def _titled(name: str, kind: str, titles: Mapping[str, str]) -> Node:
    return _stated({"@id": name, "@type": kind, "title": dict(titles)})


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _stated(node: Node) -> Node:
    return {name: value for name, value in node.items() if value}


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
