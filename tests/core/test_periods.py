"""Periods as the calendar counts them: month ends, leap days, business days."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.manifest.vocabulary import DURATION
from consentguard.periods import (
    _DURATION,
    Period,
    PeriodError,
    business_days_after,
    business_days_span,
    parse_period,
)

day = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P90D", Period(days=90)),
        ("P1Y6M", Period(years=1, months=6)),
        ("P2W", Period(weeks=2)),
        ("PT1H", Period(hours=1)),
        ("P1DT12H30M5S", Period(days=1, hours=12, minutes=30, seconds=5)),
        ("P1M", Period(months=1)),
        ("PT1M", Period(minutes=1)),
        ("P0D", Period()),
    ],
)
def test_a_duration_is_read(text: str, period: Period) -> None:
    """ISO 8601 durations of whole numbers; M is months before the T and minutes after it."""
    assert parse_period(text) == period
    assert str(period) == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "90D", "P-1D", "P1.5D", "p1d", "P1D\n", " P1D", "P1H", "P1D2Y"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Anything else is told as no duration, with an example."""
    with pytest.raises(PeriodError, match="no ISO 8601 duration"):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P1M", "2026-01-31", "2026-02-28"),
        ("P1M", "2028-01-31", "2028-02-29"),
        ("P1M", "2026-02-28", "2026-03-28"),
        ("P1M", "2026-12-15", "2027-01-15"),
        ("P1Y", "2028-02-29", "2029-02-28"),
        ("P4Y", "2028-02-29", "2032-02-29"),
        ("P12M", "2027-02-28", "2028-02-28"),
        ("P5Y", "2026-11-21", "2031-11-21"),
        ("P90D", "2026-11-21", "2027-02-19"),
        ("P2W", "2026-02-20", "2026-03-06"),
        ("PT1H", "2026-11-21", "2026-11-21"),
        ("PT36H", "2026-11-21", "2026-11-22"),
    ],
)
def test_a_period_ends_where_the_calendar_says(text: str, start: str, end: str) -> None:
    """A month ends on the same day, or on the last that the month has."""
    assert parse_period(text).after(day(start)) == day(end)


def test_a_period_begins_where_the_calendar_says() -> None:
    """What is older than a month on 31 March came before 28 February."""
    assert parse_period("P1M").before(day("2026-03-31")) == day("2026-02-28")
    assert parse_period("P1Y").before(day("2028-02-29")) == day("2027-02-28")


def test_a_moment_keeps_its_time_and_zone() -> None:
    """Hours count from a moment, and its zone stays."""
    start = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC)
    assert parse_period("PT1H").after(start) == dt.datetime(2026, 11, 22, 0, 30, tzinfo=dt.UTC)
    assert parse_period("P1M").after(start) == dt.datetime(2026, 12, 21, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [("P30D", 30, 30), ("P1M", 28, 31), ("P2M", 59, 62), ("P12M", 365, 366), ("P1Y", 365, 366), ("P4Y", 1461, 1461),
     ("P1M15D", 43, 46), ("PT12H", 0.5, 0.5), ("P0D", 0, 0)],
)  # fmt: skip
def test_a_period_has_a_shortest_and_a_longest_length(text: str, shortest: float, longest: float) -> None:
    """Months and years have no fixed number of days."""
    period = parse_period(text)
    assert (period.shortest_days(), period.longest_days()) == (shortest, longest)


@pytest.mark.parametrize(
    ("one", "other", "outlasts"),
    [("P90D", "P30D", True), ("P30D", "P90D", False), ("P1M", "P30D", True), ("P30D", "P1M", True),
     ("P12M", "P1Y", False), ("P365D", "P1Y", False), ("P366D", "P1Y", True), ("P1D", "PT24H", False)],
)  # fmt: skip
def test_periods_are_compared_by_what_may_happen(one: str, other: str, outlasts: bool) -> None:
    """A month may outlast 30 days, and 30 days may outlast a month: each is then called longer."""
    assert parse_period(one).may_outlast(parse_period(other)) is outlasts


periods = st.builds(
    Period, years=st.integers(0, 30), months=st.integers(0, 40), weeks=st.integers(0, 9), days=st.integers(0, 400)
)
days = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


@given(periods)
def test_a_period_is_read_as_it_is_written(period: Period) -> None:
    """Writing and reading a period gives it back."""
    assert parse_period(str(period)) == period


@given(periods, days)
def test_a_period_takes_no_fewer_and_no_more_days_than_it_says(period: Period, start: dt.date) -> None:
    """From no day is a period shorter than its shortest or longer than its longest length."""
    assert period.shortest_days() <= (period.after(start) - start).days <= period.longest_days()


def test_the_longest_period_stays_in_the_calendar() -> None:
    """The most that a duration can say leads to a date, not to an overflow."""
    longest = parse_period("P999Y9999M9999W99999DT999999H999999M999999S")
    assert longest.after(day("2100-12-31")).year < 9999


def test_thirty_business_days_are_forty_to_forty_seven_days() -> None:
    """With weekends alone 40 to 42 calendar days; with the federal holidays of the USA in 2026 up to 47."""
    assert business_days_span(30, None, 2026) == (40, 42)
    assert business_days_span(30, "US", 2026) == (40, 47)


@pytest.mark.parametrize(
    ("start", "count", "calendar", "end"),
    [
        ("2026-11-20", 1, None, "2026-11-23"),
        ("2026-11-21", 1, None, "2026-11-23"),
        ("2026-11-25", 1, "US", "2026-11-27"),
        ("2025-12-19", 5, "GT", "2025-12-29"),
        ("2025-12-19", 30, "GT", "2026-02-03"),
        ("2025-12-19", 30, "US", "2026-02-04"),
    ],
)
def test_business_days_leave_out_weekends_and_holidays(start: str, count: int, calendar: str | None, end: str) -> None:
    """The day on which a request comes does not count; Thanksgiving and Christmas do not either."""
    assert business_days_after(day(start), count, calendar) == day(end)


def test_a_country_without_known_holidays_is_told() -> None:
    """Business days of a country that no library knows are refused, not guessed."""
    with pytest.raises(PeriodError, match="QQ"):
        business_days_after(day("2026-11-21"), 1, "QQ")


@given(text=st.from_regex(DURATION, fullmatch=True) | st.from_regex(_DURATION, fullmatch=True))
def test_the_schema_and_the_calendar_read_the_same_durations(text: str) -> None:
    """Each keeps the form in its own words, for editors and for us: what one takes, the other does."""
    assert re.fullmatch(DURATION, text)
    assert _DURATION.fullmatch(text)
