"""Periods of the calendar: ISO 8601 durations as a policy writes them, and spans of business days."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from dateutil.relativedelta import relativedelta

from consentguard.errors import ConsentGuardError

if TYPE_CHECKING:
    from holidays import HolidayBase

Moment = TypeVar("Moment", dt.date, dt.datetime)

_DURATION = re.compile(
    r"P(?=[0-9T])(?:(?P<years>[0-9]{1,3})Y)?(?:(?P<months>[0-9]{1,4})M)?(?:(?P<weeks>[0-9]{1,4})W)?"
    r"(?:(?P<days>[0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?(?:(?P<seconds>[0-9]{1,6})S)?)?"
)


class PeriodError(ConsentGuardError):
    """A text is no ISO 8601 duration, or a country's public holidays are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of the calendar: a month is a month, however many days it has.

    A month after 31 January is the last day of February; a year after 29 February is 28 February.
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    def after(self, start: Moment) -> Moment:
        """When the period ends that starts then. From a day, hours count where they make whole days."""
        return start + self._delta(start)

    def before(self, end: Moment) -> Moment:
        """When the period began that ends then. From a day, hours count where they make whole days."""
        return end - self._delta(end)

    def line(self, now: dt.datetime) -> dt.datetime:
        """The moment before which whatever began has run its period by now; as time goes on it never moves back.

        Where the last month has no such day, a period ends with that month: 12 months from 29 February run out with the
        last hour of 28 February (Regulation (EEC, Euratom) No 1182/71, Art. 3(2)(c)).
        """
        began = self.before(now)
        while self.after(began) < now:
            began = _midnight_after(began)
        return began

    def end(self, start: dt.datetime) -> dt.datetime:
        """When a period that began then has run out: right after this moment `line` is behind `start`."""
        end = self.after(start)
        while self.line(end) < start:
            end = _midnight_after(end)
        return end

    def plus(self, other: Period) -> Period:
        """Both periods as one: what they add up to is counted from one day, not from where the first one ended."""
        return Period(**{unit: number + getattr(other, unit) for unit, number in asdict(self).items()})

    def shortest_days(self) -> float:
        """How many days the period takes at least, wherever in the leap cycle it starts."""
        return min(_days_of_months(self.years * 12 + self.months)) + self._fixed_days()

    def longest_days(self) -> float:
        """How many days the period takes at most, wherever in the leap cycle it starts."""
        return max(_days_of_months(self.years * 12 + self.months)) + self._fixed_days()

    def may_outlast(self, other: Period) -> bool:
        """Whether there is a start from which this period ends later: a month may outlast 30 days, and they it."""
        return self.longest_days() > other.longest_days() or self.shortest_days() > other.shortest_days()

    def __str__(self) -> str:
        """The ISO 8601 duration."""
        written = [f"{number}{unit[0].upper()}" if number else "" for unit, number in asdict(self).items()]
        date, time = "".join(written[:4]), "".join(written[4:])
        return f"P{date}{'T' + time if time else ''}" if date or time else "P0D"

    def _delta(self, start: dt.date) -> relativedelta:
        delta = relativedelta(**asdict(self))
        if isinstance(start, dt.datetime):
            return delta
        return relativedelta(years=delta.years, months=delta.months, days=delta.days)

    def _fixed_days(self) -> float:
        fixed = dt.timedelta(self.days, self.seconds, weeks=self.weeks, hours=self.hours, minutes=self.minutes)
        return fixed / dt.timedelta(days=1)


def parse_period(text: str) -> Period:
    """Read an ISO 8601 duration of whole numbers, such as `P90D`, `P1Y6M` or `PT1H`. Raises PeriodError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise PeriodError(f"{text[:40]!r} is no ISO 8601 duration", hint="write P90D for 90 days, P5Y for 5 years")
    return Period(**{unit: int(number) for unit, number in match.groupdict(default="0").items()})


def business_days_after(start: dt.date, days: int, calendar: str | None = None) -> dt.date:
    """The last of so many business days after `start`, which does not count itself.

    `calendar` is the ISO 3166-1 code of the country whose public holidays and weekends are left out; with None
    only Saturdays and Sundays are. Raises PeriodError for a country whose holidays are not known.
    """
    end: dt.date = _calendar(calendar).get_nth_working_day(start, days)
    return end


def working_day_from(day: dt.date, calendar: str | None = None) -> dt.date:
    """The day, or the next working day where it is none; `calendar` and errors are as in `business_days_after`."""
    return day if _calendar(calendar).is_working_day(day) else business_days_after(day, 1, calendar)


@cache
def business_days_span(days: int, calendar: str | None, year: int) -> tuple[int, int]:
    """The fewest and the most calendar days that so many business days take, from any day of `year`.

    Raises PeriodError for a country whose holidays are not known.
    """
    first = dt.date(year, 1, 1)
    starts = [first + dt.timedelta(days=n) for n in range((first + relativedelta(years=1) - first).days)]
    spans = [(business_days_after(start, days, calendar) - start).days for start in starts]
    return min(spans), max(spans)


def _midnight_after(moment: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(moment.date() + dt.timedelta(days=1), dt.time(), moment.tzinfo)


@cache
def _days_of_months(months: int) -> tuple[int, ...]:
    """The days of so many months, from the first of each month of a leap cycle: no other day gives a longer span."""
    starts = [dt.date(2024, 1, 1) + relativedelta(months=n) for n in range(48)]
    return tuple((start + relativedelta(months=months) - start).days for start in starts)


@cache
def _calendar(country: str | None) -> HolidayBase:
    import holidays  # heavy, and few policies count business days

    if country is None:
        return holidays.HolidayBase()
    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        raise PeriodError(f"the public holidays of {country} are not known", hint="leave `calendar` out") from None
