"""Ages by the calendar, told so that nobody is held to be older than they are."""

from __future__ import annotations

import calendar
import datetime as dt

OLDEST = 120
"""Years that a birth date may lie back: nobody is known to have lived much longer."""


def may_be_birth(year: int, month: int, today: dt.date) -> bool:
    """Whether somebody living can have been born then: in a month that there is, neither to come nor forgotten."""
    return 1 <= month <= 12 and (today.year - OLDEST, 1) <= (year, month) <= (today.year, today.month)


def years_lacking(year: int, month: int, threshold: int, today: dt.date) -> int:
    """How many birthdays are lacking until an age for whoever was born in a month: none for certain, or fewer.

    They count as born on its last day, and on 29 February as born on 1 March where a year has none.
    """
    return threshold - _years_between(dt.date(year, month, calendar.monthrange(year, month)[1]), today)


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years on; 1 March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def _years_between(birth: dt.date, today: dt.date) -> int:
    """Whole years of age. Negative before the birth, as when this month is not over."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
