"""The values of the type that is encrypted: as bytes before they are sealed, and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import types
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from consentguard.crypto.erased import Erased
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError

Kinds = type | tuple[type, ...]
BYTES = (bytes, bytearray, memoryview)
_NO_DIALECT = DefaultDialect()
"""What a type of the host's makes of a value is sealed, so that it is the same in every database."""


class Form(NamedTuple):
    """The bytes of a value, and the value of the bytes."""

    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]


def _as_text(dump: Callable[[Any], str], load: Callable[[str], Any]) -> Form:
    return Form(lambda value: dump(value).encode(), lambda plain: load(plain.decode()))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


FORMS: tuple[tuple[Kinds, Kinds, Form], ...] = (
    (types.Boolean, bool, _as_text(lambda value: str(int(value)), lambda text: text == "1")),
    (types.Uuid, (UUID, str), _as_text(lambda value: str(UUID(str(value))), UUID)),
    (types.DateTime, dt.datetime, _as_text(dt.datetime.isoformat, dt.datetime.fromisoformat)),
    (
        types.Date,
        dt.date,
        _as_text(lambda day: dt.date(day.year, day.month, day.day).isoformat(), dt.date.fromisoformat),
    ),
    (types.Integer, int, _as_text(str, int)),
    ((types.Numeric, types.Float), (Decimal, int, float), _as_text(str, Decimal)),
    (types.JSON, object, _as_text(_json, json.loads)),
    (types.LargeBinary, BYTES, Form(bytes, bytes)),
    (types.String, str, _as_text(str, str)),
)
"""How the values of each type that may be encrypted are written; the first that fits."""


class Plain:
    """A type that is encrypted. Raises TypeError for one that cannot be. No error of its methods shows a value."""

    def __init__(self, inner: TypeEngine[Any]) -> None:
        plain = inner.impl_instance if isinstance(inner, TypeDecorator) else inner
        self._inner = inner
        self._values, self.form = _form_of(inner, plain)
        self.is_text = isinstance(inner, types.String)
        self.is_binary = isinstance(plain, types.LargeBinary)
        self.is_mutable = isinstance(plain, types.JSON)

    def dump(self, value: Any, name: str) -> tuple[bytes, object]:
        """The bytes of a value of the column `name`, and the value that its indexes are made of.

        Raises EncryptedColumnError for a value that the type cannot hold.
        """
        message = f'the column "{name}" cannot hold a value of the type {type(value).__name__}'
        try:
            value = self._prepared(value)
            if isinstance(value, self._values) and type(value) is not Erased:
                plain = self.form.dump(value)
                return plain, value if self.is_text else self.form.load(plain)
        except Exception:  # noqa: BLE001 - whatever a type of the host's raises may show the value
            message = f'the column "{name}" cannot hold a value as it was given'
        del value  # a traceback keeps the locals of its frames
        raise EncryptedColumnError(message, hint=f"it holds {self._inner!r}")

    def load(self, plain: bytes, name: str) -> Any:
        """The value of the bytes. Raises EncryptedColumnError where they are none of the type's."""
        with suppress(Exception):  # as above
            return self._handed_out(self.form.load(plain))
        del plain
        hint = "its type was changed: migrate the values with it"
        raise EncryptedColumnError(f'a value of the column "{name}" was sealed as one of another type', hint=hint)

    def _handed_out(self, value: Any) -> Any:
        if isinstance(self._inner, TypeDecorator):
            return self._inner.process_result_value(value, _NO_DIALECT)
        return value

    def _prepared(self, value: Any) -> Any:
        if isinstance(self._inner, TypeDecorator):
            return self._inner.process_bind_param(value, _NO_DIALECT)
        return value


def _form_of(inner: TypeEngine[Any], plain: TypeEngine[Any]) -> tuple[Kinds, Form]:
    if not isinstance(inner, types.Interval) and not isinstance(plain, types.Enum):
        for kind, values, form in FORMS:
            if isinstance(plain, kind):
                return values, _form_as_asked(plain, form)
    raise TypeError(f"Encrypted({inner!r}): it holds texts, numbers, dates, booleans, UUIDs, JSON or bytes")


def _form_as_asked(plain: TypeEngine[Any], form: Form) -> Form:
    """Numbers and UUIDs in the Python type that the column was asked for."""
    if isinstance(plain, types.Uuid) and not plain.as_uuid:
        return Form(form.dump, bytes.decode)
    if isinstance(plain, (types.Numeric, types.Float)):
        return Form(form.dump, _as_text(str, Decimal if plain.asdecimal else float).load)
    return form
