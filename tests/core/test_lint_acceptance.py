"""Accepted findings: a known weakness with a reason and an end."""

from __future__ import annotations

import datetime as dt

from consentguard.findings import Finding
from tests.core.policies import FIVE, MENDED, TODAY, Change, findings


def _accept(rule: str, until: dt.date = TODAY, where: tuple[str, ...] = ()) -> Change:
    entry = {"reason": "under revision", "until": until, "where": list(where)}
    return lambda tables: tables.update(accept={rule: entry})


def _only(found: tuple[Finding, ...], rule: str) -> list[Finding]:
    return [finding for finding in found if finding.id == rule]


def test_an_accepted_finding_is_a_note_with_its_reason() -> None:
    """It no longer keeps the policy a draft, and says why and until when."""
    (finding,) = _only(findings(FIVE["u2"], _accept("L-30BD")), "L-30BD")
    assert finding.severity == "note"
    assert finding.hint == "accepted until 2026-11-21: under revision"


def test_a_lapsed_acceptance_warns() -> None:
    """A date that has passed never stops a running site."""
    (finding,) = _only(findings(FIVE["u2"], _accept("L-30BD"), TODAY + dt.timedelta(days=1)), "L-30BD")
    assert finding.severity == "warning"
    assert "lapsed" in finding.hint


def test_an_acceptance_covers_its_places_alone() -> None:
    """`where` accepts a finding at and below a key path, and not beside it."""
    found = _only(findings(FIVE["u2"], _accept("L-BASIS-MISSING", where=("purposes.service",))), "L-BASIS-MISSING")
    severities = {finding.where: finding.severity for finding in found}
    assert severities.pop("purposes.service.basis") == "note"
    assert set(severities.values()) == {"error"}


def test_a_place_is_no_prefix_of_a_longer_name() -> None:
    """`purposes.serv` does not cover `purposes.service`."""
    found = findings(FIVE["u2"], _accept("L-BASIS-MISSING", where=("purposes.serv",)))
    assert {finding.severity for finding in _only(found, "L-BASIS-MISSING")} == {"error"}
    assert [finding.where for finding in _only(found, "L-ACCEPT-UNUSED")] == ["accept.L-BASIS-MISSING"]


def test_an_unknown_id_is_named_with_the_nearest() -> None:
    """A misspelt acceptance says which id was probably meant."""
    (finding,) = findings(MENDED, _accept("L-31BD"))
    assert (finding.id, finding.severity) == ("L-ACCEPT-UNKNOWN", "warning")
    assert "L-30BD" in finding.hint
