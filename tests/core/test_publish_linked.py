"""The record of processing as linked data: JSON-LD that other programs read, in real terms of W3C DPV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from consentguard.manifest.schema import Manifest
from consentguard.publish.record import record
from tests.core.neutral import policy
from tests.core.policies import FIVE, MENDED, TODAY, read
from tests.core.test_publish_documents import COMPLETE
from tests.core.test_publish_record import SHOP, mapped

HERE = "https://shop.example.com/record.jsonld"
DPV = "https://w3id.org/dpv#"
GDPR = "https://w3id.org/dpv/legal/eu/gdpr#"
TERMS = frozenset({
    "hasAddress", "hasContact", "hasCountry", "hasDataController", "hasDataProcessor", "hasDataProtectionOfficer",
    "hasDataSubject", "hasLegalBasis", "hasName", "hasPersonalData", "hasProcess", "hasProcessing", "hasPurpose",
    "hasRecipient", "hasRepresentative", "hasRight", "hasStorageCondition", "hasTechnicalOrganisationalMeasure",
    "hasThirdCountry", "Authority", "DataController", "DataProtectionOfficer", "Representative",
    "DataProcessor", "DataSubProcessor", "DataSubject",
    "DataSubjectRight", "Encryption", "EncryptionAtRest", "OrganisationalMeasure", "PersonalData", "Process",
    "Processing", "Purpose", "ROPA", "Recipient", "SafeguardForDataTransfer", "StorageCondition", "TechnicalMeasure",
})  # fmt: skip
"""The terms of DPV 2.0 (2.0/dpv/dpv.csv) that a record may use."""


def refuse(url: str, _: Any) -> Any:
    """Nothing may be loaded to read a record."""
    raise AssertionError(f"asked for {url}")


def expanded(manifest: Manifest, **options: Any) -> dict[str, Any]:
    """A record as any JSON-LD processor understands it: node id without the document's address -> node."""
    made = record(manifest, options.pop("data_map", None), today=TODAY, **options).as_jsonld()
    found = jsonld.expand(json.loads(json.dumps(made)), {"base": HERE, "documentLoader": refuse})
    return {node["@id"].removeprefix(HERE): node for node in found}


def ids(node: dict[str, Any], term: str) -> list[str]:
    """Where a node points to with a DPV property."""
    return [target["@id"].removeprefix(HERE) for target in node.get(DPV + term, [])]


def names(value: Any) -> Iterator[str]:
    """Every name that an expanded document uses: of properties, types and nodes."""
    if isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from names(part)
    elif isinstance(value, list):
        for part in value:
            yield from [part] if isinstance(part, str) else names(part)


def targets(value: Any) -> Iterator[str]:
    """Every node that is pointed to."""
    for node in value.values():
        for term, found in node.items():
            if term.startswith(DPV):
                yield from (target["@id"] for target in found if "@id" in target)


@pytest.mark.parametrize("path", [*FIVE.values(), MENDED, COMPLETE], ids=lambda path: path.stem)
def test_a_record_uses_real_terms_and_points_to_what_it_holds(path: Path) -> None:
    """No term is made up, and no id of the document's own leads nowhere."""
    found = expanded(read(path).manifest)
    used = {name.removeprefix(DPV) for name in names(list(found.values())) if name.startswith(DPV)}
    assert used <= TERMS
    assert {target.removeprefix(HERE) for target in targets(found) if target.startswith(HERE)} <= found.keys()
    assert len(ids(found["#record"], "hasProcess")) == len(record(read(path).manifest, None, today=TODAY).activities)


def test_a_controllers_activity_links_every_item_of_art_30_1() -> None:
    """Purpose, data, people, recipients, countries, periods, measures and the legal basis, each by its id."""
    manifest = policy(**SHOP)
    found = expanded(manifest, data_map=mapped(manifest))
    sales = found["#controller.contact.sales"]
    assert sales["@type"] == [DPV + "Process"]
    assert {term: ids(sales, term) for term in sorted(key.removeprefix(DPV) for key in sales if key[0] != "@")} == {
        "hasDataController": ["#controller"],
        "hasDataSubject": ["#subjects.user"],
        "hasLegalBasis": [GDPR + "A6-1-b"],
        "hasPersonalData": ["#categories.contact"],
        "hasPurpose": ["#purposes.sales"],
        "hasRecipient": ["#recipients.bank"],
        "hasStorageCondition": ["#categories.contact.retention"],
        "hasTechnicalOrganisationalMeasure": [
            DPV + "EncryptionAtRest", "#backups.encrypted", "#measures.training", "#transfers.0",
        ],
        "hasThirdCountry": ["https://w3id.org/dpv/loc#US"],
    }  # fmt: skip
    assert set(found["#recipients.bank"]["@type"]) == {DPV + "Recipient", DPV + "DataProcessor"}


def test_data_handled_for_others_names_its_controller() -> None:
    """Art. 30(2): the site is the processor there, and no purpose of its own is claimed."""
    theirs = expanded(policy(**SHOP))["#processor.visitor"]
    assert ids(theirs, "hasDataController") == ["#subjects.visitor.controller"]
    assert ids(theirs, "hasDataProcessor") == ["#controller"]
    assert ids(theirs, "hasProcessing") == ["#subjects.visitor.processing"]
    assert not ids(theirs, "hasPurpose")


@pytest.mark.parametrize(("entity", "named"), [("unstated", "Shop"), ("", "Shop"), ("Shop Ltd", "Shop Ltd")])
def test_the_controller_has_a_name_even_where_no_legal_entity_is_stated(entity: str, named: str) -> None:
    """Art. 30(1)(a): the name that the policy gives stands in for the one that it is silent about."""
    found = expanded(policy(controller={"name": "Shop", "country": "GT", "legal_entity": entity}))
    assert found["#controller"][DPV + "hasName"] == [{"@value": named}]


def test_the_controller_is_named_with_who_stands_in_for_it() -> None:
    """Art. 30(1)(a): the data protection officer and the representatives are entities that can be written to."""
    controller = {
        "name": "Shop",
        "country": "GT",
        "dpo": {"email": "dpo@shop.example.com"},
        "representatives": {"EEA": {"name": "Someone Ltd"}},
    }
    found = expanded(policy(controller=controller))["#controller"]
    [officer], [representative] = found[DPV + "hasDataProtectionOfficer"], found[DPV + "hasRepresentative"]
    assert officer["@type"] == [DPV + "DataProtectionOfficer"]
    assert officer[DPV + "hasContact"] == [{"@value": "dpo@shop.example.com"}]
    assert representative[DPV + "hasName"] == [{"@value": "Someone Ltd"}]


def test_titles_stand_in_every_language_of_the_site() -> None:
    """A title is tagged with its language; one that nobody translated is not passed off as a translation."""
    manifest = policy(
        site={"languages": ["en", "es"]},
        purposes={"sales": {"title": {"en": "Selling", "es": "Vender"}}, "tax": {"title": "Taxes"}},
    )
    found = expanded(manifest)
    title = "http://purl.org/dc/terms/title"
    assert {text["@language"]: text["@value"] for text in found["#purposes.sales"][title]} == {
        "en": "Selling",
        "es": "Vender",
    }
    assert [text["@language"] for text in found["#purposes.tax"][title]] == ["en"]


def test_a_basis_that_depends_on_the_region_has_a_node_for_each() -> None:
    """What is consent in one place and a contract in another is not both everywhere."""
    found = expanded(
        policy(
            purposes={"sales": {"basis": {"EEA": "consent", "default": "contract"}}},
            categories={"contact": {"purposes": ["sales"], "kind": "special.health", "condition": "explicit_consent"}},
        )
    )
    assert ids(found["#controller.contact.sales"], "hasLegalBasis") == [
        "#purposes.sales.basis.EEA",
        "#purposes.sales.basis.default",
        GDPR + "A9-2-a",
    ]
    assert found["#purposes.sales.basis.EEA"]["@type"] == [GDPR + "A6-1-a"]


def test_the_json_carries_the_keys_of_fideslang() -> None:
    """Programs that speak fideslang find data categories, legal bases and rights under its own names."""
    manifest = policy(
        purposes={"sales": {"basis": {"EEA": "consent", "default": "contract"}}},
        categories={"contact": {"kind": "contact", "purposes": ["sales"]}},
        rights={"erasure": {}, "api_access": {}},
    )
    [activity] = record(manifest, None, today=TODAY).as_json()["activities"]
    assert activity["fideslang"] == {
        "data_categories": ("user.contact",),
        "legal_basis_for_processing": ("Consent", "Contract"),
        "data_subject_rights": ("Erasure",),
    }
