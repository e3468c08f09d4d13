"""The record of processing: what Art. 30 GDPR asks for, as JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF, Tag
from consentguard.manifest.schema import Manifest
from consentguard.publish.record import Record, record
from tests.core.neutral import policy, table
from tests.core.policies import FIVE, MENDED, TODAY, Tables, read
from tests.core.test_publish_documents import COMPLETE

SIGNS = ("=", "+", "-", "@")
FULL_WIDTH = tuple(chr(ord(sign) + 0xFEE0) for sign in SIGNS)
FORMULA = (*SIGNS, *FULL_WIDTH, " =", "\t", "\r", "\n")


def kept(manifest: Manifest, **options: Any) -> Record:
    """A record as of the tests' day."""
    return record(manifest, options.pop("data_map", None), today=TODAY, **options)


def rows(made: Record) -> list[dict[str, str]]:
    """The CSV as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(made.as_csv())))


def mapped(manifest: Manifest) -> DataMap:
    """A site with one table of contacts."""
    user = table("shop.User", "id:key email:email")
    return DataMap.build([user], {"shop.User": Tag(category="contact", subjects={"user": SELF})}, manifest)


SHOP: Tables = {
    "controller": {"name": "Shop", "contact": "privacy@shop.example.com", "country": "GT"},
    "subjects": {
        "user": {"title": "Customers"},
        "visitor": {"title": "Visitors", "role": "processor", "controller": "user", "processing": "storing messages"},
    },
    "purposes": {"sales": {"title": "Selling", "basis": "contract"}, "tax": {"basis": "legal_obligation"}},
    "categories": {
        "contact": {
            "sources": {"you": ["name", "email"]},
            "purposes": ["sales", "tax"],
            "encrypted": True,
            "retention": {"at_most": "P1Y", "from": "created"},
        },
        "chats": {"subjects": ["visitor"]},
    },
    "recipients": {
        "bank": {
            "role": "processor",
            "receives": {"contact": []},
            "agreement": {"document": "contracts/bank.pdf"},
        },
        "press": {"role": "controller", "receives": {"chats": []}},
    },
    "transfers": [
        {"kind": "onward", "to": "US", "via": "bank", "safeguards": [{"instrument": "scc"}]},
        {"kind": "direct_collection", "to": "KE"},
    ],
    "backups": {"encrypted": True},
    "measures": {"training": {"title": "Training"}},
}


def test_a_controllers_row_holds_every_item_of_art_30_1() -> None:
    """Purpose, people, data, recipients, transfers, safeguards, periods and measures, each from its place."""
    manifest = policy(**SHOP)
    [sales, tax, _] = rows(kept(manifest, data_map=mapped(manifest)))
    assert sales == {
        "Record kept by": "Name: Shop; Contact: privacy@shop.example.com; Country: Guatemala",
        "Role": "Controller (Article 30(1))",
        "On behalf of": "",
        "Joint controllers": "",
        "Purpose of processing": "Selling",
        "Categories of processing": "",
        "Categories of individuals": "Customers",
        "Categories of personal data": "Contact (name and email)",
        "Categories of recipients": "Bank",
        "Contracts with processors": "contracts/bank.pdf",
        "Third countries that data is transferred to": "United States",
        "Safeguards for the transfers": "Standard contractual clauses of the European Commission",
        "Retention schedule": "Up to 1 year from the time of creation. Deleted.",
        "Technical and organisational security measures": "Encrypted at rest; Encrypted backups; Training",
        "Lawful basis (Article 6)": "Our contract with you",
        "Condition for special categories (Article 9)": "",
        "Legitimate interests assessment": "",
        "Rights available to individuals": "",
        "Automated decision-making": "Not stated",
        "Source of the personal data": "You",
        "Location of the personal data": "shop.User",
    }
    assert tax["Lawful basis (Article 6)"] == "A legal obligation"


def test_data_handled_for_others_stands_in_a_processors_record_alone() -> None:
    """Art. 30(2): on whose behalf, which kinds of processing; no purpose of our own."""
    processors = [row for row in rows(kept(policy(**SHOP))) if row["Role"].startswith("Processor")]
    assert len(processors) == 1
    assert processors[0]["On behalf of"] == "Customers"
    assert processors[0]["Categories of processing"] == "Storing messages"
    assert processors[0]["Categories of personal data"] == "Chats"
    assert processors[0]["Categories of recipients"] == "Press"
    assert not [row for row in rows(kept(policy(**SHOP))) if row["Role"].startswith("Contr") and "Chats" in str(row)]


def test_what_is_mandatory_and_not_stated_is_listed() -> None:
    """A record never passes over a gap in silence."""
    manifest = policy(
        categories={"contact": {}},
        subjects={"guest": {"role": "processor"}},
        transfers=[{"kind": "onward", "to": "unstated", "via": "bank"}],
        recipients={"bank": {"role": "processor"}},
    )
    assert [(gap.where, gap.article) for gap in kept(manifest).missing] == [
        ("controller", "30(1)(a)"),
        ("categories.contact.purposes", "30(1)(b)"),
        ("categories.contact.subjects", "30(1)(c)"),
        ("categories.contact.retention", "30(1)(f)"),
        ("transfers[0].to", "30(1)(e)"),
        ("transfers[0].safeguards", "30(1)(e)"),
        ("measures", "30(1)(g)"),
        ("subjects.guest.controller", "30(2)(a)"),
        ("subjects.guest.processing", "30(2)(b)"),
    ]
    assert "categories.contact.subjects" in kept(manifest).as_markdown()


def test_a_complete_policy_misses_nothing() -> None:
    """The mended policy states every mandatory item."""
    assert kept(read(MENDED).manifest).missing == ()


@settings(deadline=None)
@given(st.sampled_from(FORMULA), st.text(max_size=20))
def test_no_cell_of_the_csv_begins_a_formula(sign: str, rest: str) -> None:
    """A spreadsheet that opens the record runs nothing."""
    manifest = policy(
        purposes={"x": {"title": sign + rest}}, categories={"a": {"title": sign + rest, "purposes": ["x"]}}
    )
    for row in csv.reader(io.StringIO(kept(manifest).as_csv())):
        assert not [cell for cell in row if cell.startswith(FORMULA)]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", [*FIVE.values(), COMPLETE], ids=lambda path: path.stem)
def test_every_format_is_well_formed(path: Any, language: str) -> None:
    """JSON round-trips, every CSV row has every column, Markdown parses with a heading per activity."""
    made = kept(read(path).manifest, language=language)
    plain = json.loads(json.dumps(made.as_json()))
    assert len(plain["activities"]) == len(rows(made)) > 0
    assert all(None not in row and None not in row.values() for row in rows(made))
    tokens = MarkdownIt("commonmark").parse(made.as_markdown())
    assert len([token for token in tokens if token.type == "heading_open" and token.tag == "h3"]) == len(
        made.activities
    )


def test_the_keys_of_the_json_are_stable() -> None:
    """Other programs read them: a new name is a breaking change."""
    made = kept(policy(**SHOP)).as_json()
    assert list(made) == ["language", "controller", "activities", "missing", "picture"]
    assert list(made["activities"][0]) == [
        "role", "purpose", "joint_controllers", "subjects", "data", "recipients", "agreements", "countries",
        "safeguards", "retention", "security", "legal_basis", "special_condition", "balancing", "rights",
        "automated_decisions", "sources", "location", "on_behalf_of", "processing", "rests_on", "fideslang",
    ]  # fmt: skip


def test_the_controller_stands_at_the_top_with_its_representatives() -> None:
    """Art. 30(1)(a): name and contact of the controller and of who stands in for it."""
    controller = {
        "name": "Shop",
        "representatives": {"EEA": {"name": "Someone Ltd"}},
        "dpo": {"email": "dpo@x.example"},
    }
    text = kept(policy(controller=controller)).as_markdown()
    assert "- Name: Shop" in text
    assert "- Data protection officer: dpo@x.example" in text
    assert "- Representative in the European Economic Area: Someone Ltd" in text


def test_safeguards_and_contracts_carry_their_documents_and_ends() -> None:
    """Art. 30(1)(e) asks for the documentation of safeguards, not for their names alone."""
    lasting = {"document": "contracts/bank.pdf", "until": dt.date(2027, 12, 31)}
    manifest = policy(
        categories={"contact": {"purposes": []}},
        recipients={"bank": {"role": "processor", "receives": {"contact": []}, "agreement": lasting}},
        transfers=[
            {
                "kind": "onward",
                "to": "US",
                "via": "bank",
                "safeguards": [{"instrument": "scc", "module": "2", **lasting}],
            }
        ],
    )
    [row] = rows(kept(manifest))
    assert row["Contracts with processors"] == "contracts/bank.pdf (until December 31, 2027)"
    assert row["Safeguards for the transfers"].endswith("(module 2, contracts/bank.pdf, until December 31, 2027)")


def test_the_record_names_the_laws_and_the_joint_controllers() -> None:
    """Which laws are answered to stands at the top; with whom a use is decided, in its row."""
    manifest = policy(
        controller={"name": "Shop"},
        regimes={"gdpr": {"applies": ["EEA"]}},
        subjects={"guest": {"role": "joint_controller", "controller": "partner"}},
        categories={"contact": {"subjects": ["guest"]}},
        terms={"partner": "the hotel"},
    )
    [row] = rows(kept(manifest))
    assert row["Joint controllers"] == "The hotel"
    assert "Privacy laws that apply: GDPR (the European Economic Area)" in row["Record kept by"]
    assert "Privacy laws that apply: GDPR" in kept(manifest).as_markdown()


def test_the_data_map_is_drawn_in_the_markdown() -> None:
    """The picture of tables and columns stands in the record, as a Mermaid block."""
    manifest = policy(**SHOP)
    [fence] = [
        token
        for token in MarkdownIt("commonmark").parse(kept(manifest, data_map=mapped(manifest)).as_markdown())
        if token.type == "fence"
    ]
    assert fence.info == "mermaid"
    assert "shop.User" in fence.content
    assert "mermaid" not in kept(manifest).as_markdown()
