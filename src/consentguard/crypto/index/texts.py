"""The one text of every value that an index is made of, so that equal values have equal digests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from consentguard.crypto.index.errors import SearchError

MOST_DIGITS = 4000
"""The digits that a number may have before its point, and behind it: the text of one in Decimal can fill the memory."""
_TOO_LARGE = 10**MOST_DIGITS


def canonical(value: object) -> str:
    """The text of a value, the same for all values that are equal in Python.

    A text is itself. A number is its exact decimal expansion without a needless zero: 1, 1.0 and Decimal("1.00") are
    "1". A boolean is "true" or "false", a date and a naive datetime their ISO 8601 form, a datetime with a zone that of
    its moment in UTC (datetimes always with six digits of microseconds), a UUID its 36 characters in lower case, and
    bytes their hexadecimal digits in lower case. Raises SearchError for any other type.
    """
    if isinstance(value, str):
        return value
    kind = type(value)
    write = _WRITERS.get(kind) or next((_WRITERS[base] for base in kind.__mro__ if base in _WRITERS), None)
    if write is None:
        raise SearchError(f"an index cannot be made of a value of type {kind.__name__}", hint="index a text in it")
    return write(value)


def _integer(value: int) -> str:
    if abs(value) >= _TOO_LARGE:
        raise _too_long()
    return str(value)


def _number(value: float | Decimal) -> str:
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and max(abs(number.adjusted()), abs(exponent)) >= MOST_DIGITS:
        raise _too_long()
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _too_long() -> SearchError:
    return SearchError(f"an index cannot be made of a number of more than {MOST_DIGITS} digits")


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _moment(value: dt.datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(dt.UTC)).isoformat(timespec="microseconds")


_WRITERS: dict[type, Callable[[Any], str]] = {
    bool: _boolean,
    int: _integer,
    float: _number,
    Decimal: _number,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    UUID: str,
    bytes: bytes.hex,
    bytearray: bytearray.hex,
    memoryview: memoryview.hex,
}
