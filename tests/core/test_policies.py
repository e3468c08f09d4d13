"""The five reference policies as manifests: they load, and they say what these policies promise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from consentguard.manifest.load import load
from consentguard.manifest.schema import BusinessDays, Category, Manifest, Retention
from tests.core.policies import FIVE, MENDED

ALL = {**FIVE, "mended": MENDED}


def _manifest(name: str) -> Manifest:
    return load(ALL[name]).manifest


def _retention(category: Category) -> Retention:
    assert category.retention != "unstated"
    return category.retention


def _localised(value: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every table of texts by language, with its path."""
    if isinstance(value, dict):
        if value and set(value) <= {"en", "es"}:
            yield path, set(value)
        for key, inner in value.items():
            yield from _localised(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _localised(inner, f"{path}[{index}]")


@pytest.mark.parametrize("policy", ALL)
def test_a_policy_is_written_in_both_languages(policy: str) -> None:
    """Each text that is given in one language is given in the other: titles, descriptions, statements, terms."""
    texts = dict(_localised(msgspec.to_builtins(_manifest(policy))))
    assert len(texts) > 40 or policy == "mended"
    assert [path for path, languages in texts.items() if languages != {"en", "es"}] == []


@pytest.mark.parametrize("policy", FIVE)
def test_names_of_sources_and_items_read_well(policy: str) -> None:
    """Every source and item that a policy lists has a term in both languages."""
    manifest = _manifest(policy)
    used = {
        word for c in manifest.categories.values() for source, items in c.sources.items() for word in (source, *items)
    }
    used |= {
        item for recipient in manifest.recipients.values() for items in recipient.receives.values() for item in items
    }
    assert used - set(manifest.terms) - set(manifest.recipients) == set()


@pytest.mark.parametrize("policy", FIVE)
def test_every_category_serves_a_purpose_of_somebody(policy: str) -> None:
    """Each category names whose data it is, where it comes from and what for."""
    for category in _manifest(policy).categories.values():
        assert category.subjects
        assert category.sources
        assert category.purposes or category.only_purposes


@pytest.mark.parametrize("policy", FIVE)
def test_none_of_the_five_sells_data(policy: str) -> None:
    """All five promise not to sell personal information."""
    assert "sale" in _manifest(policy).prohibited


def test_the_later_inbox_drops_one_channel() -> None:
    """U1 takes messages from WhatsApp, Instagram and Messenger; U2 from the last two only."""
    channels = {name: set(_manifest(name).categories["messages"].sources) for name in ("u1", "u2")}
    assert channels == {"u1": {"whatsapp", "instagram", "messenger"}, "u2": {"instagram", "messenger"}}


def test_messages_of_the_inbox_go_by_plan_and_on_disconnection() -> None:
    """U2: 7, 30, 90 or 365 days by plan tier; at once on disconnection, account deletion or a request."""
    kept = _retention(_manifest("u2").categories["messages"])
    assert kept.at_most_by_plan == {"free": "P7D", "basic": "P30D", "pro": "P90D", "scale": "P365D"}
    assert {end.event: end.hide for end in kept.ends_on} == {
        "account.closed": "at_once",
        "channel.disconnected": "at_once",
        "erasure.requested": "at_once",
    }


def test_platform_data_of_the_inbox_has_one_purpose() -> None:
    """U2: data from Meta is shown and answered, and used for nothing else."""
    messages = _manifest("u2").categories["messages"]
    assert messages.only_purposes == ["inbox"]
    assert messages.prohibited == ["sale", "advertising", "ai_training"]


def test_tax_data_is_kept_five_years_in_guatemala() -> None:
    """U1 and U2 keep invoices five years there; U2 has a floor of its own for another country."""
    for policy in ("u1", "u2"):
        assert _retention(_manifest(policy).categories["billing"]).at_least_by_jurisdiction["GT"] == "P5Y"
    assert len(_retention(_manifest("u2").categories["billing"]).at_least_by_jurisdiction) == 2


def test_electronic_invoicing_is_for_guatemala_alone() -> None:
    """The FEL category and its recipient hold for people there only."""
    for policy in ("u1", "u2"):
        assert _manifest(policy).categories["electronic_invoices"].when.jurisdiction == ["GT"]
    assert _manifest("u1").recipients["sat"].when.jurisdiction == ["GT"]


def test_the_inbox_deletes_within_thirty_business_days() -> None:
    """U2 promises it, for requests on a page, by e-mail or through the platform."""
    erasure = (_manifest("u2").rights or {})["erasure"]
    assert erasure.complete_within == BusinessDays(business_days=30)
    assert erasure.channels == ["page", "email", "callback"]


def test_security_logs_of_the_inbox_have_a_ceiling() -> None:
    """U2 keeps them 90 days at most."""
    assert _retention(_manifest("u2").categories["security_logs"]).at_most == "P90D"


def test_message_metadata_of_the_numbers_is_kept_twelve_months() -> None:
    """V keeps the log's metadata for twelve calendar months."""
    assert _retention(_manifest("v").categories["message_metadata"]).at_most == "P12M"


def test_the_numbers_name_their_processors() -> None:
    """V names who takes payments, and its analytics; the others give categories."""
    assert [recipient.title for recipient in _manifest("v").recipients.values()][:3] == [
        "Paystack",
        "Mpesa",
        "Cryptomus",
    ]


def test_message_parts_of_the_gateway_have_rules_of_their_own() -> None:
    """S: phone numbers, content and delivery status are three categories; content goes to an archive after a week."""
    categories = _manifest("s").categories
    assert {"phone_numbers", "message_content", "delivery_logs"} <= set(categories)
    content = _retention(categories["message_content"])
    assert (content.from_, content.at_most, content.then) == ("delivered", "P7D", "archive")
    assert categories["message_content"].only_purposes == ["delivery"]


def test_the_help_desk_shares_on_four_grounds() -> None:
    """H shares when the service needs it, by law, when the client authorises it, and for security."""
    assert set(_manifest("h").disclosures) == {"service_delivery", "law", "client_authorised", "security"}


@pytest.mark.parametrize("policy", ["u2", "v", "s"])
def test_the_service_is_not_for_minors(policy: str) -> None:
    """Three of the five are not directed to people under 18, and ask nobody for an age."""
    age = _manifest(policy).age
    assert age is not None
    assert (age.threshold, age.mode) == (18, "not_directed")


def test_the_example_policies_stand_alone() -> None:
    """Nothing but the five manifests lies in their folder."""
    folder = Path(FIVE["u1"]).parent
    assert {path.name for path in folder.iterdir()} == {f"{name}.toml" for name in FIVE}
