"""consentguard's own tables: in the data map like any other, and asked for where the policy says nothing of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consentguard.datamap.coverage import check, gaps
from consentguard.datamap.map import DataMap
from consentguard.datamap.own import SECOND_FACTOR, TAGS, in_use, own_tags
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.settings import Settings
from tests.core.neutral import policy, table

EVERYTHING: dict[str, Any] = {
    "cookies": {},
    "rights": {},
    "age": {"threshold": 18},
    "twofactor": {},
    "purposes": {"news": {"marketing": True}},
    "categories": {"chat": {"retention": {"ends_on": [{"event": "channel.closed"}], "then": "archive"}}},
}
PERIOD = {"retention": {"from": "recorded", "at_most": "P3Y"}}
RIGHTS = ("rights_request", "token", "run", "hold", "mark", "errand", "bookmark")
COLUMNS = "id at:datetime received_at:datetime expires_at:datetime created_at:datetime subject"


def tables() -> list[Table]:
    """Our tables, under labels as an adapter gives them."""
    return [table(name, COLUMNS) for name in TAGS]


def data_map(tags: dict[str, Tag] | None = None, **sections: Any) -> DataMap:
    """The data map of a site that has our tables and none of its own."""
    return DataMap.build(tables(), own_tags(tables()) | (tags or {}), policy(**sections))


def test_a_policy_without_a_category_for_them_is_told_once_for_all_of_them() -> None:
    """Not once for each column; the line to add is printed."""
    found = gaps(data_map(**EVERYTHING))
    assert [(gap.id, gap.where) for gap in found] == [
        ("D-OWN-TABLE", "consentguard_evidence_entry"),
        ("D-OWN-TABLE", "consentguard_authenticator"),
    ]
    assert "consentguard_token" in found[0].message
    assert "consentguard_suppression" in found[0].message
    assert "consentguard_bookmark" not in found[0].message, "it holds no personal data"
    assert '[categories.privacy_record] to the policy, with kind = "evidence"' in found[0].hint
    assert "[categories.credential]" in found[1].hint


@pytest.mark.parametrize(
    ("sections", "names"),
    [
        ({}, set()),
        ({"rights": {}}, {f"consentguard_{name}" for name in RIGHTS}),
        ({"cookies": {}}, set()),
        ({"purposes": {"news": {"marketing": True}}}, {"consentguard_suppression"}),
        ({"purposes": {"survey": {"ask": "form", "basis": "consent"}}}, {"consentguard_suppression"}),
        (
            {"age": {"threshold": 18}},
            {"consentguard_age_claim", "consentguard_minor_report", *(f"consentguard_{name}" for name in RIGHTS)},
        ),
        ({"twofactor": {}}, set(SECOND_FACTOR)),
        ({"twofactor": {"methods": ["webauthn"]}}, {*SECOND_FACTOR, "consentguard_passkey"}),
    ],
)
def test_a_table_that_no_feature_writes_to_is_not_asked_for(sections: dict[str, Any], names: set[str]) -> None:
    """Whoever adopts one piece is not asked about the others."""
    evidence = {name for name in TAGS if "evidence" in name} if sections else set()
    assert set(in_use(policy(**sections))) == names | evidence


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ({"at_most": "P1Y"}, set()),
        ({"ends_on": [{"event": "channel.closed"}]}, {"consentguard_happening"}),
        ({"at_most": "P1Y", "then": "archive"}, {"consentguard_archived_row", "consentguard_archived_subject"}),
    ],
    ids=["a period", "an event", "an archive"],
)
def test_a_rule_of_retention_asks_for_what_it_writes_to(rule: dict[str, Any], names: set[str]) -> None:
    """Events and archived rows have tables of their own."""
    assert set(in_use(policy(categories={"chat": {"retention": rule}}))) == names


@pytest.mark.parametrize(
    "categories",
    [
        {"privacy_record": {"kind": "evidence", **PERIOD}},
        {"proof": {"kind": "evidence", **PERIOD}},
        {"privacy_records": PERIOD},
    ],
)
def test_a_category_that_ends_settles_it(categories: dict[str, Any]) -> None:
    """Under its own name, or another that is unmistakable; then every column stands in the data map."""
    built = data_map(categories=categories, rights={})
    assert gaps(built) == ()
    assert {entry.table for entry in built.entries} >= {"consentguard_evidence_entry", "consentguard_token"}
    assert built.tags["consentguard_token"].anchors["recorded"] == "expires_at"


@pytest.mark.parametrize("retention", ["unstated", {"open_ended": "as long as claims may come"}])
def test_a_category_without_an_end_is_a_gap(retention: object) -> None:
    """No table grows for ever."""
    built = data_map(categories={"privacy_record": {"kind": "evidence", "retention": retention}}, rights={})
    (found,) = gaps(built)
    assert (found.id, found.hint) == (
        "D-OWN-TABLE",
        'add to [categories.privacy_record]: retention = { from = "recorded", at_most = "<period>" }',
    )


def test_a_host_may_say_what_they_hold_itself() -> None:
    """As of any companion's table: a tag of its own goes before ours."""
    tags = dict.fromkeys(TAGS, Tag(reason="this site keeps no evidence of people"))
    assert gaps(data_map(tags, **EVERYTHING)) == ()


@pytest.mark.parametrize(("coverage", "severity"), [("report", "warning"), ("strict", "error")])
def test_it_is_as_severe_as_any_gap(tmp_path: Path, coverage: str, severity: str) -> None:
    """A warning, and an error in strict mode."""
    found = check(data_map(rights={}), Settings.of({"coverage": coverage}, tmp_path))
    assert [gap.severity for gap in found] == [severity]
