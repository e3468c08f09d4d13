"""A record of consent as a receipt: the fields of ISO/IEC TS 27560 that programs read, in real terms of W3C DPV."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pyld import jsonld

from consentguard.consent import ConsentPolicy, Decision
from consentguard.consent.receipt import METHODS, Links, receipt
from consentguard.consent.record import METHODS as ALL_METHODS
from consentguard.guard import Guard
from consentguard.records import ConsentRecord
from tests.core.visits import ANA, CHOICES, NOW, RIGHTS, shop

HERE = "https://shop.example.com/receipt.jsonld"
DPV = "https://w3id.org/dpv#"
GDPR = "https://w3id.org/dpv/legal/eu/gdpr#"
LINKS = Links(
    notice="https://shop.example.com/privacy/cookies",
    withdrawal="https://shop.example.com/privacy/withdraw",
    rights="https://shop.example.com/privacy/requests",
)
TERMS = frozenset({
    "Consent", "ConsentGiven", "ConsentNotice", "ConsentReceipt", "ConsentRecord", "ConsentRefused", "ConsentWithdrawn",
    "DataController", "DataSubject", "DataSubjectRight", "ExpressedConsent", "Process", "Purpose", "Recipient",
    "Service", "StorageDuration", "UntilEventDuration", "UntilTimeDuration", "WithdrawConsent",
    "hasAddress", "hasConsentControl", "hasConsentStatus", "hasContact", "hasDataController", "hasDataSubject",
    "hasDuration", "hasIndicationMethod", "hasJurisdiction", "hasLegalBasis", "hasLocation", "hasName", "hasNotice",
    "hasPersonalData", "hasProcess", "hasPurpose", "hasRecipient", "hasRecordOfActivity", "hasRight", "hasService",
    "hasStorageCondition", "isExercisedAt", "isIndicatedAtTime", "isIndicatedBy",
})  # fmt: skip
"""The terms of DPV 2.0 (2.0/dpv/modules/*.csv) that a receipt may use."""
SCHEMA = {
    "type": "object",
    "required": ["@context", "@id", "@type", "schema_version", "receipt_id", "created", "record"],
    "properties": {
        "record": {
            "type": "object",
            "required": [
                "schema_version", "record_id", "pii_principal_id",
                "privacy_notice", "language", "purposes", "pii_controllers", "withdrawal_method", "privacy_rights",
            ],
            "properties": {
                "record_id": {"pattern": "^[0-9a-f]{32}$"},
                "privacy_notice": {"minItems": 1, "items": {"required": ["identifier", "language"]}},
                "purposes": {
                    "minItems": 1,
                    "items": {
                        "required": ["purpose", "lawful_basis", "event"],
                        "properties": {
                            "event": {
                                "required": ["event_time", "entity_id", "event_method", "validity_duration", "@type"]
                            }
                        },
                    },
                },
                "pii_controllers": {"minItems": 1, "items": {"required": ["party_name"]}},
            },
        }
    },
}  # fmt: skip
"""What ISO/IEC TS 27560:2023 (6.3) asks of a record and that a policy states: its header, processing, party, event."""
SERVICES = (
    CHOICES.replace('names = ["visits"]', 'names = ["visits", "v_*"]\nlifetime = "P1Y"\nprovider = "counters"')
    + """
[cookies.heatmap]
purpose = "analytics"
names = ["heat"]
title = { en = "Heat map", es = "Mapa de calor" }
[recipients.counters]
title = "Counters Inc."
role = "processor"
country = "US"
"""
)


def decide(guard: Guard, *accepted: str, **facts: Any) -> ConsentRecord:
    asked = guard.site.consent_policy.id
    said = {"method": "save", "component": "banner", "language": "es", **facts}
    return guard.consent.decide(Decision(accepted=accepted, policy=asked, **said))


def made(guard: Guard, record: ConsentRecord, policy: ConsentPolicy | None = None) -> dict[str, Any]:
    """The receipt as it is sent: through JSON."""
    found: dict[str, Any] = json.loads(
        json.dumps(receipt(record, policy or guard.site.consent_policy, LINKS, NOW + dt.timedelta(days=3)))
    )
    Draft202012Validator(SCHEMA).validate(found)
    return found


def expanded(document: dict[str, Any]) -> dict[str, Any]:
    """A receipt's record as any JSON-LD processor understands it, which loads nothing to read it."""

    def refuse(url: str, _: Any) -> Any:
        raise AssertionError(f"asked for {url}")

    [found] = jsonld.expand(document, {"base": HERE, "documentLoader": refuse})
    [record] = found[f"{DPV}hasRecordOfActivity"]
    return {"receipt": found, "record": record}


def names(value: Any) -> Iterator[str]:
    """Every name that an expanded document uses: of properties, types and nodes."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from (key, *names(part))
    elif isinstance(value, list):
        for part in value:
            yield from names(part)
    elif isinstance(value, str):
        yield value


def states(record: dict[str, Any]) -> dict[str, str]:
    """What was decided: the process by its own id -> the state of consent."""
    return {
        process["@id"].removeprefix(f"{HERE}#"): process[f"{DPV}hasConsentStatus"][0]["@type"][0].removeprefix(DPV)
        for process in record[f"{DPV}hasProcess"]
    }


def test_a_receipt_says_what_was_accepted_and_refused_in_terms_of_dpv(tmp_path: Path) -> None:
    """When, by whom, how, until when, on which basis: and no term is made up."""
    guard = shop(tmp_path, SERVICES + RIGHTS)
    record = decide(guard, "newsletter", jurisdiction="ES")
    found = expanded(made(guard, record))
    used = {name.removeprefix(DPV) for name in names(found) if name.startswith(DPV)}
    assert used <= TERMS
    assert states(found["record"]) == {"newsletter": "ConsentGiven", "analytics": "ConsentRefused"}
    [given, _] = found["record"][f"{DPV}hasProcess"]
    [event] = given[f"{DPV}hasConsentStatus"]
    assert event[f"{DPV}isIndicatedAtTime"][0]["@value"] == "2026-11-21T10:30:05Z"
    assert event[f"{DPV}hasDuration"][0]["@type"] == [f"{DPV}UntilTimeDuration"]
    assert given[f"{DPV}hasLegalBasis"] == [{"@id": f"{DPV}Consent"}]
    assert found["record"][f"{DPV}hasJurisdiction"] == [{"@id": "https://w3id.org/dpv/loc#ES"}]
    assert found["receipt"]["http://purl.org/dc/terms/created"][0]["@value"] == "2026-11-24T10:30:05Z"


def test_a_receipt_carries_the_words_and_the_hash_that_the_visitor_was_shown(tmp_path: Path) -> None:
    """Every language of the site, and the digest under which the version is published."""
    guard = shop(tmp_path)
    record = made(guard, decide(guard, "analytics"))["record"]
    assert record["purposes"][0]["purpose"]["title"] == {"en": "Count <visits>", "es": "Contar visitas"}
    [notice] = record["privacy_notice"]
    assert notice["identifier"] == f"sha256:{guard.site.consent_policy.digest}"
    assert (record["language"], notice["language"], "description" in notice) == ("es", "es", False)


def test_who_is_signed_in_is_a_pseudonym_and_everybody_else_a_visitor(tmp_path: Path) -> None:
    """A receipt names nobody, and gives a visitor without an account no id that would single them out."""
    guard = shop(tmp_path)
    mine = guard.consent.decide(Decision(accepted=(), method="reject", component="banner", language="en"), ANA)
    assert made(guard, mine)["record"]["pii_principal_id"] == guard.pseudonyms.of(ANA)
    assert made(guard, decide(guard))["record"]["pii_principal_id"] == "visitor"


def test_a_service_that_is_decided_about_alone_stands_by_itself(tmp_path: Path) -> None:
    """With its cookies, provider and lifetime; what it belongs to is not told of as if it were decided as a whole."""
    guard = shop(tmp_path, SERVICES)
    whole = made(guard, decide(guard, "analytics"))["record"]["purposes"]
    assert [service["@id"] for service in whole[0]["services"]] == ["#services.counter", "#services.heatmap"]
    record = made(guard, decide(guard, "analytics/counter"))
    assert states(expanded(record)["record"]) == {
        "analytics/counter": "ConsentGiven",
        "newsletter": "ConsentRefused",
        "analytics/heatmap": "ConsentRefused",
    }
    [counter, *_] = record["record"]["purposes"]
    assert [service["@id"] for service in counter["services"]] == ["#services.counter"]
    assert counter["pii_information"][0]["pii_attribute_id"] == ["v_*", "visits"]
    assert counter["recipient_third_parties"][0]["countries"] == ["loc:US"]
    assert counter["retention_period"][0]["duration"] == "P1Y"


def test_a_version_whose_text_is_not_at_hand_is_said_to_be_so(tmp_path: Path) -> None:
    """The receipt does not pass today's words off as those that were shown years ago."""
    guard = shop(tmp_path)
    old = replace(decide(guard, "analytics"), policy="0" * 64)
    record = made(guard, old)["record"]
    assert "title" not in record["purposes"][0]["purpose"]
    assert record["purposes"][0]["purpose"]["@id"] == "#purposes.analytics"
    [notice] = record["privacy_notice"]
    assert "not at hand" in notice["description"]
    assert notice["identifier"] == f"sha256:{'0' * 64}"


def test_what_was_taken_over_names_no_version(tmp_path: Path) -> None:
    """Another package's log does not say what was shown, and the receipt makes nothing up."""
    guard = shop(tmp_path)
    taken_over = replace(decide(guard, "analytics"), policy="", language="", method="import")
    record = receipt(taken_over, guard.site.consent_policy, LINKS, NOW)["record"]
    [notice] = record["privacy_notice"]
    assert notice.keys() == {"@id", "@type", "description"}
    assert record["purposes"][0]["event"]["event_method"] == "Taken over from another system"


def test_an_earlier_version_that_is_at_hand_is_quoted(tmp_path: Path) -> None:
    """The words are those of the version that the visitor was shown, not of the one after it."""
    guard = shop(tmp_path)
    record = decide(guard, "analytics")
    shown = guard.site.consent_policy
    (tmp_path / "later").mkdir()
    later = shop(tmp_path / "later", CHOICES.replace("Count <visits>", "Watch <visits>"))
    policy = replace(later.site.consent_policy, past={shown.id: shown.document})
    titled = made(later, record, policy)["record"]["purposes"][0]["purpose"]["title"]
    assert titled["en"] == "Count <visits>"


def test_consent_on_a_form_has_the_hash_of_its_own_words_and_no_end(tmp_path: Path) -> None:
    """It stands until it is taken back, and the words that were agreed to are a notice of their own."""
    guard = shop(tmp_path, CHOICES.replace('basis = { EEA = "consent"', 'ask = "form"\nbasis = { EEA = "consent"'))
    record = guard.consent.give(["newsletter"], ANA, text="Send me news.", component="join", language="en")
    found = made(guard, record)["record"]
    assert [notice["@id"] for notice in found["privacy_notice"]] == [LINKS.notice, "#text"]
    [purpose] = found["purposes"]
    assert purpose["purpose"]["title"]["es"] == "Enviar el boletín"
    assert purpose["event"]["validity_duration"]["@type"] == "dpv:UntilEventDuration"


def test_what_was_taken_back_is_withdrawn_and_not_refused(tmp_path: Path) -> None:
    """The state says that there was consent before."""
    guard = shop(tmp_path)
    record = decide(guard, method="withdraw")
    assert set(states(expanded(made(guard, record))["record"]).values()) == {"ConsentWithdrawn"}


def test_a_receipt_leads_to_where_consent_is_taken_back_and_rights_are_exercised(tmp_path: Path) -> None:
    """To withdraw is a right itself (Art. 7(3) GDPR); those that the policy offers come with it."""
    guard = shop(tmp_path, CHOICES + RIGHTS)
    found = expanded(made(guard, decide(guard)))["record"]
    rights = {each["@type"][-1]: each[f"{DPV}isExercisedAt"][0]["@id"] for each in found[f"{DPV}hasRight"]}
    assert rights == {f"{GDPR}A7-3": LINKS.withdrawal, f"{GDPR}A15": LINKS.rights, f"{GDPR}A17": LINKS.rights}
    assert found[f"{DPV}hasConsentControl"][0][f"{DPV}isExercisedAt"] == [{"@id": LINKS.withdrawal}]


@pytest.mark.parametrize("method", ALL_METHODS)
def test_every_method_has_its_words(method: str) -> None:
    """A method that is added does not make a receipt fail."""
    assert METHODS[method]
