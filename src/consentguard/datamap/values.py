"""Values of columns from what JSON writes of them: a day and a moment as ISO 8601, bytes as base64, and so on."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from consentguard.datamap.schema import ColumnType

Value = TypeVar("Value")
_NUMBERS = re.compile("(?:0|-?[1-9][0-9]{0,17})(?:,(?:0|-?[1-9][0-9]{0,17}))*")


def parsed(kind: ColumnType, value: object) -> object:
    """A value as a column of this type holds it; of its own type already it stays as it is, and None is NULL.

    Raises TypeError or ValueError for anything else, whose text may show the value and must never be shown itself.
    """
    return value if value is None or kind not in _PARSERS else _PARSERS[kind](value)


def joined_numbers(keys: Sequence[str]) -> str:
    """Primary keys that are whole numbers as SQL and JSON write a list of them; empty where one is anything else.

    So they may stand in a statement. Of 64 bits at most, and without zeros before them.
    """
    joined = ",".join(keys)
    return joined if _NUMBERS.fullmatch(joined) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(type(value).__name__)
    return int(value)


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise TypeError(type(value).__name__)
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise ValueError(type(value).__name__) from None
    if not number.is_finite():
        raise ValueError("not a number")
    return number


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return value


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    return dt.date.fromisoformat(_text(value))


def _of(kind: type[Value], read: Callable[[str], Value]) -> Callable[[object], Value]:
    return lambda value: value if isinstance(value, kind) else read(_text(value))


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_PARSERS: Mapping[ColumnType, Callable[[object], object]] = {
    "text": _text,
    "email": _text,
    "file": _text,
    "ip": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _of(dt.datetime, dt.datetime.fromisoformat),
    "uuid": _of(UUID, UUID),
    "binary": _of(bytes, _base64),
}
