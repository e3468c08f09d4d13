"""How amounts and times are written on the pages (template filters)."""

from datetime import date, datetime

from flask import Flask


def money(cents: int) -> str:
    """`123450` as `$1,234.50`."""
    return f"${cents / 100:,.2f}"


def moment(value: datetime) -> str:
    """A time to the minute, such as `21 Nov 2026, 14:05`; the pages say that times are in UTC."""
    return f"{day(value)}, {value:%H:%M}"


def day(value: date) -> str:
    """A date such as `3 Nov 2026`."""
    return f"{value.day} {value:%b %Y}"


def init_app(app: Flask) -> None:
    """Register the filters."""
    for function in (money, moment, day):
        app.add_template_filter(function)
