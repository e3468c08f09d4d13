"""How many decisions accept what they are asked, by purpose, version, language and day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from consentguard.consent import Decision
from consentguard.consent.rates import Rate, rates
from consentguard.consent.record import ACT
from consentguard.records import Tally
from tests.core.visits import NOW, shop

DAY = dt.date(2026, 5, 1)
LATER = dt.date(2026, 5, 2)


def tally(accepted: str, refused: str, count: int = 1, *, day: dt.date = DAY, **facts: object) -> Tally:
    """So many decisions that say the same."""
    said = {"policy": "a" * 64, "accepted": accepted, "refused": refused, "language": "en", "method": "save"}
    return Tally(day, "v1", json.dumps({**said, "component": "banner", **facts}), count)


def test_each_purpose_has_its_own_rate() -> None:
    """A decision counts once for each purpose that it is about; part of a purpose's services is not all of it."""
    found = rates(
        [tally("analytics marketing", "", 3), tally("marketing/pixel", "analytics marketing/ads", 2)], "purpose"
    )
    assert found == (Rate(("analytics",), 3, 0, 2), Rate(("marketing",), 3, 2, 0))
    assert [(rate.total, rate.ratio) for rate in found] == [(5, 0.6), (5, 0.6)]


def test_without_purposes_a_decision_counts_once() -> None:
    """As a whole it accepts everything that it was asked, or some of it, or nothing."""
    found = rates([tally("analytics", "marketing", 2), tally("analytics marketing", ""), tally("", "analytics", 5)])
    assert found == (Rate((), 1, 2, 5),)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("version", [("a" * 16,), ("b" * 16,)]),
        ("language", [("en",), ("es",)]),
        ("day", [("2026-05-01",), ("2026-05-02",)]),
    ],
)
def test_decisions_are_grouped_by_what_they_say(by: str, groups: list[tuple[str, ...]]) -> None:
    """The version that was shown, the language, the day in UTC: in the order of their names."""
    tallies = [tally("", "analytics", 2, day=LATER, policy="b" * 64, language="es"), tally("analytics", "")]
    found = rates(tallies, by)  # type: ignore[arg-type]
    assert [(rate.group, rate.ratio) for rate in found] == [(groups[0], 1.0), (groups[1], 0.0)]


def test_groups_of_several_values() -> None:
    """Such as each purpose on each day, for a chart."""
    found = rates([tally("analytics", ""), tally("analytics", "", 4, day=LATER)], "purpose", "day")
    assert [(rate.group, rate.total) for rate in found] == [
        (("analytics", "2026-05-01"), 1),
        (("analytics", "2026-05-02"), 4),
    ]


def test_decisions_are_grouped_by_how_they_were_made() -> None:
    """The button, and what it stood in."""
    found = rates(
        [tally("", "analytics", 2, method="withdraw", component="preferences"), tally("analytics", "")],
        "method",
        "component",
    )
    assert [(rate.group, rate.total) for rate in found] == [(("save", "banner"), 1), (("withdraw", "preferences"), 2)]


@pytest.mark.parametrize("details", ["", "no JSON", "[]", "{}", '{"accepted": 1}', json.dumps({"policy": None})])
def test_what_nobody_of_ours_wrote_counts_nowhere(details: str) -> None:
    """An entry that cannot be read spoils no figure and raises nothing."""
    assert rates([Tally(DAY, "v1", details, 7)], "purpose") == ()


def test_what_was_imported_is_no_decision_made_here() -> None:
    """Choices of another package are of another time, and would make the day of the import look like a success."""
    assert rates([tally("analytics", "", 500, method="import")], "day") == ()


def test_the_rates_of_a_sites_own_records(tmp_path: Path) -> None:
    """What `decide` writes is what is counted, and the database has done the adding up."""
    guard = shop(tmp_path)
    asked = guard.site.consent_policy
    for accepted in (("analytics",), ("analytics",), ()):
        decision = Decision(accepted=accepted, policy=asked.id, method="save", component="banner", language="es")
        guard.consent.decide(decision)
    tallies = guard.stores.entries.tally(ACT, NOW - dt.timedelta(days=1))
    assert len(tallies) == 2
    assert rates(tallies, "version") == (Rate((asked.id,), 0, 2, 1),)
    assert [(rate.group, rate.accepted, rate.refused) for rate in rates(tallies, "purpose")] == [
        (("analytics",), 2, 1),
        (("newsletter",), 0, 3),
    ]
