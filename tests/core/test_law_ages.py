"""The ages of the law: each row on its first and last day, the strictest where nothing is known, and the command."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from consentguard.law import regions_of
from consentguard.law.ages import AgeLimit, age_limit, age_limits, threshold
from consentguard.manifest import schema
from consentguard.manifest.ages import years_wanted
from consentguard.manifest.references import is_place
from tests.core.test_cli_manifest import run

TODAY = dt.date(2026, 11, 28)
DAY = dt.timedelta(days=1)


def named(row: AgeLimit) -> str:
    return f"{row.place}-{row.basis}-{row.since}"


@pytest.mark.parametrize("row", age_limits(), ids=named)
def test_each_row_holds_from_its_first_day_to_its_last(row: AgeLimit) -> None:
    """The day before the first and the day after the last are another row's, or unknown."""
    service = "information_society" if row.service == "any" else row.service
    assert age_limit(row.place, row.since, row.basis, service) == row
    assert threshold(row.place, row.since, row.basis, service) == row.threshold
    assert age_limit(row.place, row.since - DAY, row.basis, service) != row
    last = row.until or TODAY
    assert age_limit(row.place, last, row.basis, service) == row
    if row.until:
        assert age_limit(row.place, row.until + DAY, row.basis, service) != row


@pytest.mark.parametrize("row", age_limits(), ids=named)
def test_each_row_says_where_it_comes_from(row: AgeLimit) -> None:
    """A source, how good it is, and when somebody looked; in a place that there is, for an age that can be."""
    assert row.source
    assert row.sourced in ("primary", "secondary")
    assert dt.date(2026, 1, 1) <= row.checked_on <= dt.date.today()  # noqa: DTZ011 - a civil date
    assert is_place(row.place)
    assert 10 <= row.threshold <= 21
    assert row.until is None or row.since <= row.until
    assert row.since <= TODAY


def test_no_two_rows_of_a_place_hold_at_once() -> None:
    """For one basis and service there is one age on a day."""
    rows = age_limits()
    for row in rows:
        same = [each for each in rows if (each.place, each.basis, each.service) == (row.place, row.basis, row.service)]
        assert sum(each.holds(row.since) for each in same) == 1


def test_a_member_state_lowers_the_age_of_the_union_to_13_at_least() -> None:
    """Art. 8(1) GDPR: between 13 and 16, on every day."""
    for row in age_limits():
        if "EU" in regions_of(row.place, TODAY):
            assert 13 <= row.threshold <= 16


@pytest.mark.parametrize(
    ("place", "on", "years"),
    [
        ("DK", dt.date(2023, 12, 31), 13),
        ("DK", dt.date(2024, 1, 1), 15),
        ("DE", TODAY, 16),
        ("AX", TODAY, 16),  # in the Union, with a code of its own and no row
        ("BE", dt.date(2018, 5, 25), 16),  # before the source that shows 13
        ("GB", TODAY, 13),
        ("US-CA", TODAY, 13),
        ("IN", TODAY, 18),
        ("CH", TODAY, 18),
        ("IS", TODAY, 18),
        ("EEA", TODAY, 18),
        (None, TODAY, 18),
        (None, dt.date(2019, 1, 1), 16),
        (None, dt.date(1990, 1, 1), 18),
    ],
)
def test_what_is_not_known_is_the_strictest(place: str | None, on: dt.date, years: int) -> None:
    """The narrowest region with a row counts; without one, the strictest age of that day, or of all."""
    assert threshold(place, on) == years


def test_another_basis_has_another_age() -> None:
    """Whose data may be sold is another question; of contracts the table knows nothing."""
    assert threshold("US-CA", TODAY, "sale") == 16
    assert threshold("DE", TODAY, "sale") == 18
    assert threshold("DE", TODAY, "contract") == 18


def test_a_policy_has_a_number_or_goes_by_the_law() -> None:
    """Its own number holds everywhere; beside the law, it is what the law can only raise."""
    fixed = schema.Age(threshold=14)
    assert {years_wanted(fixed, place, TODAY) for place in ("DE", "BE", None)} == {14}
    by_law = schema.Age(threshold="by_jurisdiction", at_least=14)
    assert [years_wanted(by_law, place, TODAY) for place in ("BE", "AT", "DE", None)] == [14, 14, 16, 18]
    assert years_wanted(schema.Age(threshold="by_jurisdiction"), "BE", TODAY) == 13
    sold = schema.Age(threshold="by_jurisdiction", basis="sale")
    assert years_wanted(sold, "US-CA", TODAY) == 16


def test_the_command_prints_every_row_in_force() -> None:
    """As a table for people and as JSON, today or on a day; with `--all` also those that ended."""
    printed = run("ages", "--on", "2026-11-28").stdout
    assert "s. 31 Data Protection Act 2018" in printed
    assert "2023-12-31" not in printed
    assert "2023-12-31" in run("ages", "--all").stdout
    rows = json.loads(run("ages", "--on", "2023-12-31", "--json").stdout)
    assert {row["threshold"] for row in rows if row["place"] == "DK"} == {13}
    assert len(rows) == len(age_limits(dt.date(2023, 12, 31)))


def test_the_command_tells_what_holds_in_a_place() -> None:
    """With the row that says so, or that none does; what is no place is refused."""
    assert "DK on 2023-12-31, consent: 13 years" in run("ages", "--jurisdiction", "dk", "--on", "2023-12-31").stdout
    told = json.loads(run("ages", "--jurisdiction", "US-CA", "--basis", "sale", "--json", "--on", "2026-11-28").stdout)
    assert (told["threshold"], told["row"]["place"]) == (16, "US-CA")
    assert "strictest" in run("ages", "--jurisdiction", "CH").stdout
    history = json.loads(run("ages", "--jurisdiction", "DK", "--all", "--json").stdout)
    assert [row["threshold"] for row in history["rows"]] == [16, 13, 15]
    refused = run("ages", "--jurisdiction", "Narnia")
    assert (refused.exit_code, "is no place" in refused.stderr) == (2, True)
    assert run("ages", "--on", "yesterday").exit_code == 2
