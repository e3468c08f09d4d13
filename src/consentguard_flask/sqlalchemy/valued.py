"""Values for columns of the host's own tables, from what JSON writes of them."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import sqlalchemy as sa

from consentguard.datamap.values import parsed
from consentguard.ports import StoreError
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.neutral import neutral

_MOST = 2**63
"""What no column of whole numbers holds."""


def typed(label: str, name: str, column: sa.Column[Any], value: object) -> Any:
    """The value as the column takes it. Raises StoreError, which does not show it, for one that it cannot hold."""
    kind: Any = column.type.inner if isinstance(column.type, Encrypted) else column.type
    try:
        found = _read(kind, value)
        if found is not None or column.nullable:
            return found
    except (ArithmeticError, TypeError, ValueError):
        pass
    hint = f"give it a value of the type {neutral(kind)}"
    raise StoreError(f'"{label}.{name}" cannot hold what it is given', hint=hint)


def _read(kind: Any, value: object) -> Any:
    if value is None:
        return None
    if isinstance(kind, sa.Enum):
        return _of_enum(kind, value)
    found = parsed(neutral(kind), bytes(value) if isinstance(value, memoryview) else value)
    if isinstance(found, str):
        return _text(kind, found)
    if isinstance(found, dt.datetime):
        return _moment(kind, found)
    if isinstance(found, int) and abs(found) >= _MOST:
        raise ValueError("too great")
    if isinstance(kind, sa.Numeric) and not kind.asdecimal and found is not None:
        return float(str(found))
    return str(found) if isinstance(kind, sa.Uuid) and not kind.as_uuid else found


def _text(kind: Any, text: str) -> Any:
    if isinstance(kind, sa.Time):
        return dt.time.fromisoformat(text)
    length = getattr(kind, "length", None)
    if isinstance(length, int) and len(text) > length:
        raise ValueError("too long")
    return text


def _moment(kind: Any, moment: dt.datetime) -> dt.datetime:
    """In UTC; without a zone where the column knows none, as `paths` compares them."""
    utc = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return utc.replace(tzinfo=None) if isinstance(kind, sa.DateTime) and not kind.timezone else utc


def _of_enum(kind: Any, value: object) -> object:
    if kind.enum_class is None:
        if value not in kind.enums:
            raise ValueError("none of them")
        return value
    if isinstance(value, kind.enum_class):
        return value
    members: dict[str, enum.Enum] = kind.enum_class.__members__
    if value not in members:
        raise ValueError("none of them")
    return members[str(value)]
