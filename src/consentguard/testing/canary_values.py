"""Values for the canary's rows: one of each type of column, with a canary in it where that has room."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import uuid4

from consentguard.datamap.schema import Column, ColumnType
from consentguard.errors import ConsentGuardError


class SeedError(ConsentGuardError):
    """A row cannot be made up: its table needs a value that nobody gave."""


def value_of(column: Column, canary: str, label: str) -> object:
    """A value of a column's type, with the canary in it where it has room. Raises SeedError where nobody knows one."""
    now = dt.datetime.now(dt.UTC)
    made: Mapping[ColumnType, Callable[[], object]] = {
        "integer": lambda: secrets.randbelow(30_000),
        "decimal": lambda: Decimal(1),
        "boolean": lambda: True,
        "date": now.date,
        "datetime": lambda: now,
        "json": lambda: {"canary": canary},
        "binary": canary.encode,
        "uuid": uuid4,
        "ip": lambda: f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}",
    }
    if column.type in ("text", "email", "file"):
        return text_of(column, canary)
    if column.type in made:
        return made[column.type]()
    if column.required:
        hint = f'give one: values={{"{label}.{column.name}": lambda canary: ...}}'
        raise SeedError(f"nobody knows what {label}.{column.name} may hold", hint=hint)
    return None


def text_of(column: Column, canary: str) -> str:
    """The canary as a text of the column's type; another one where it has no room."""
    text = f"{canary}@canary.example" if column.type == "email" else canary
    return text if column.length is None or len(text) <= column.length else "x" * min(column.length, 1)
