"""Primary keys of the host's rows as text and back: of several columns, a JSON list of texts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentguard.datamap.schema import ColumnType
from consentguard.datamap.values import joined_numbers
from consentguard.ports import StoreError
from consentguard_flask.sqlalchemy.neutral import neutral

Condition = sa.ColumnElement[bool]
Keys = Sequence[sa.ColumnElement[Any]]
KEYS: Mapping[ColumnType, Callable[[str], object]] = {
    "integer": int,
    "uuid": UUID,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
}
"""How a key that is text becomes the value of a column; of any other type it stays as it is."""


def written(key: Sequence[object]) -> str:
    """A primary key as text."""
    return json.dumps([str(part) for part in key]) if len(key) > 1 else str(key[0])


def parsed(keys: Keys, text: str) -> list[Any]:
    """The values of the primary key that `written` wrote. Raises StoreError for what it did not write."""
    found = parts_of(keys, text)
    if len(found) < len(keys):
        raise StoreError("a primary key cannot be read", hint="give it as `Dataset.keys` does, or begin the work anew")
    return found


def parts_of(keys: Keys, text: str) -> list[Any]:
    """The same; fewer values than there are columns for a text that can be nobody's key."""
    parts = _texts(text) if len(keys) > 1 else [text]
    if len(parts) != len(keys):
        return []
    return [value for column, part in zip(keys, parts, strict=True) for value in typed(column, part)]


class _Numbers(sa.types.UserDefinedType[str]):
    """Whole numbers in parentheses, written into the statement as they are."""

    cache_ok = True

    def literal_processor(self, dialect: sa.Dialect) -> Callable[[str], str]:
        """What leaves them so: nothing but what `joined_numbers` gave may come here."""
        return str


def of_texts(keys: Keys, texts: Sequence[str]) -> Condition:
    """The rows whose primary key is one of these texts; one that can be none is nobody's."""
    numbers = joined_numbers(texts) if len(keys) == 1 and isinstance(keys[0].type, sa.Integer) else ""
    if numbers:  # as parameters of their own, they would take longer than the rows do to be found
        given = sa.bindparam(None, f"({numbers})", type_=_Numbers(), literal_execute=True)
        return keys[0].bool_op("IN")(given)
    return among(keys, [parts for text in texts if len(parts := parts_of(keys, text)) == len(keys)])


def among(keys: Keys, values: Sequence[Sequence[Any]]) -> Condition:
    """The rows whose primary key is one of these."""
    return sa.tuple_(*keys).in_(values) if len(keys) > 1 else keys[0].in_([value for (value,) in values])


def beyond(keys: Keys, text: str) -> Iterator[Condition]:
    """What holds for rows with greater primary keys; nothing for an empty one. Raises StoreError as `parsed`."""
    if text:
        yield behind(keys, parsed(keys, text))


def up_to(keys: Keys, text: str) -> Iterator[Condition]:
    """What holds for rows with the same primary key or a smaller one; nothing for an empty one. Raises as above."""
    if text:
        yield _compared(keys) <= _compared(_literals(keys, parsed(keys, text)))


def behind(keys: Keys, values: Sequence[Any]) -> Condition:
    """What holds for rows whose primary key is greater than these values."""
    found: Condition = _compared(keys) > _compared(_literals(keys, values))
    return found


def typed(column: sa.ColumnElement[Any], key: str) -> list[object]:
    """A key as its column holds it; none where it cannot be one."""
    kind = neutral(column.type)
    as_text = isinstance(column.type, sa.Uuid) and not column.type.as_uuid
    try:
        return [key if as_text or kind not in KEYS else KEYS[kind](key)]
    except ValueError:
        return []


def _compared(parts: Keys) -> Any:
    """One value, or several that are compared together, in their order."""
    return sa.tuple_(*parts) if len(parts) > 1 else parts[0]


def _literals(keys: Keys, values: Sequence[Any]) -> list[sa.ColumnElement[Any]]:
    return [sa.literal(value, key.type) for value, key in zip(values, keys, strict=True)]


def _texts(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) and all(isinstance(part, str) for part in found) else []
