"""The data map over random tables and tags: it is built, or says every mistake as a finding."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consentguard import DataMapError, Match
from consentguard.datamap.coverage import by_table, gaps
from consentguard.datamap.map import DataMap
from consentguard.datamap.picture import mermaid
from consentguard.datamap.schema import Column, Relation, Table
from consentguard.datamap.tags import Tag
from consentguard.findings import Finding
from tests.core.neutral import policy

POLICY = policy(
    subjects={"user": {}, "guest": {}},
    categories={"account": {}, "messages": {"retention": {"from": "sent", "at_most": "P1D"}}},
)
LABELS = st.sampled_from(["a.A", "a.B", "b.C", "D", "a.Nowhere", ""])
NAMES = st.sampled_from(["id", "email", "at", "data", "user", "things", "ip", "", ".", "í"])
SUBJECTS = st.sampled_from(["user", "guest", "stranger", ""])
DOTTED = st.lists(NAMES, min_size=1, max_size=4).map(".".join) | st.just("self") | st.text(max_size=8)
MATCHES = st.builds(Match, DOTTED, st.builds("{}.{}".format, LABELS, NAMES) | st.text(max_size=8))
CATEGORIES = st.sampled_from(["account", "messages", "session", "unknown", ""])
COLUMNS = st.builds(
    Column,
    name=NAMES,
    type=st.sampled_from(["text", "json", "datetime", "email", "integer", "boolean", "other"]),
    key=st.booleans(),
)
RELATIONS = st.builds(
    Relation,
    name=NAMES,
    kind=st.sampled_from(["foreign_key", "reverse", "many_to_many", "generic"]),
    targets=st.lists(LABELS, max_size=2).map(tuple),
)
TABLES = st.lists(
    st.builds(
        Table,
        label=LABELS,
        db_table=st.just("t"),
        columns=st.lists(COLUMNS, max_size=4, unique_by=lambda column: column.name).map(tuple),
        relations=st.lists(RELATIONS, max_size=4, unique_by=lambda relation: relation.name).map(tuple),
        source=st.sampled_from(["", "m.py:3", "m.py", ":", "C:\\m.py:9"]),
    ),
    max_size=6,
    unique_by=lambda table: table.label,
)
TAGS = st.builds(
    Tag,
    category=st.none() | CATEGORIES,
    subjects=st.dictionaries(SUBJECTS, DOTTED | MATCHES, max_size=2),
    columns=st.dictionaries(NAMES, CATEGORIES, max_size=2),
    not_personal=st.dictionaries(NAMES, st.sampled_from(["", "why"]), max_size=2),
    on_erase=st.dictionaries(SUBJECTS, st.sampled_from(["delete", "keep", "shout"]), max_size=2),
    anchors=st.dictionaries(st.sampled_from(["sent", "other"]), DOTTED, max_size=2),
    reason=st.sampled_from(["", "", "why"]),
    proposed=st.booleans(),
)


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(UNHURRIED, max_examples=400)
@given(TABLES, st.dictionaries(LABELS, TAGS, max_size=4))
def test_any_tables_and_tags_make_a_map_or_findings(tables: list[Table], tags: dict[str, Tag]) -> None:
    """Nothing but DataMapError is raised, and each of its findings says what and where."""
    data_map, mistakes = _built(tables, tags)
    if data_map is None:
        assert mistakes
        assert all(finding.id.startswith("D-") and finding.message for finding in mistakes)
        return
    found = gaps(data_map)
    assert len(by_table(found)) <= len(found)
    assert mermaid(data_map).startswith("flowchart")
    assert all(entry.category in POLICY.categories or entry.reason for entry in data_map.entries)


@settings(UNHURRIED, max_examples=200)
@given(TABLES, st.dictionaries(LABELS, TAGS, max_size=4))
def test_ready_made_tags_alone_are_never_a_mistake(tables: list[Table], tags: dict[str, Tag]) -> None:
    """Whatever a companion's version or the policy lacks, the site starts."""
    assert _built(tables, {label: replace(tag, proposed=True) for label, tag in tags.items()})[1] == ()


def _built(tables: list[Table], tags: dict[str, Tag]) -> tuple[DataMap | None, tuple[Finding, ...]]:
    try:
        return DataMap.build(tables, tags, POLICY), ()
    except DataMapError as error:
        return None, error.findings
