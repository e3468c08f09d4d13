"""Lint over policies from which anything may be missing: it finds, and never fails."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from consentguard.manifest.lint import RULES, lint
from consentguard.manifest.load import Policy
from consentguard.manifest.schema import Manifest
from tests.core.policies import FIVE, MENDED, TODAY, findings, places

SOURCES = [path.read_text("utf-8") for path in (*FIVE.values(), MENDED)]


def _holder(tables: Any, path: tuple[str | int, ...]) -> Any:
    for step in path[:-1]:
        tables = tables[step]
    return tables


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data(), source=st.sampled_from(SOURCES))
def test_lint_never_fails(data: st.DataObject, source: str) -> None:
    """Whatever is left out of a policy or unstated in it, each finding has an id with a page and a place."""
    tables = tomllib.loads(source)
    for _ in range(data.draw(st.integers(1, 4), "changes")):
        path = data.draw(st.sampled_from(sorted(places(tables), key=str)), "place")
        if data.draw(st.booleans(), "drop"):
            del _holder(tables, path)[path[-1]]
        else:
            _holder(tables, path)[path[-1]] = data.draw(st.sampled_from(["unstated", "", {}, [], "P1D", "en"]), "value")
        assume(tables)
    try:
        manifest = msgspec.convert(tables, Manifest)
    except msgspec.ValidationError:
        assume(False)
    for finding in lint(Policy(manifest, MENDED, source), TODAY):
        assert finding.id in RULES
        assert finding.where


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200), language=st.sampled_from(["en", "es", "de"]))
def test_any_text_can_be_read(text: str, language: str) -> None:
    """A statement may say anything in any script."""
    statement = {"section": "retention", "text": {language: text}}
    found = findings(MENDED, lambda tables: tables["statements"].append(statement))
    assert {finding.where for finding in found} <= {f"statements[3].text.{language}", "site.languages"}
