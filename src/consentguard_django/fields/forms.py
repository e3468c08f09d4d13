"""How the values of a field become bytes before they are sealed, and what those bytes become again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal, DecimalException
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from consentguard.crypto.erased import Erased
from consentguard_django.fields.errors import EncryptedFieldError

if TYPE_CHECKING:
    Inner = models.Field[Any, Any]

FIXED = frozenset(
    (str, int, float, bool, bytes, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, UUID, type(None))
)
"""Types whose values cannot change while somebody holds them."""


class Form:
    """The two ways of a field's values: text and bytes as they are, JSON as such, others as `dumpdata` writes them."""

    def __init__(self, inner: Inner) -> None:
        self._inner = inner
        self._is_text = _is_text(inner)
        self._bytes, self._value = _ways(inner)

    def dump(self, value: Any) -> bytes | None:
        """A value's bytes; None for what the field takes for NULL. Raises EncryptedFieldError, which shows no value."""
        kind = type(value)
        try:
            if kind is str and self._is_text:
                return str.encode(value)
            if kind is not Erased and not hasattr(value, "resolve_expression"):
                return self._prepared(value)
        except (TypeError, ValueError, ValidationError, DecimalException):
            pass
        del value
        if kind is Erased:
            raise EncryptedFieldError(f"the mark of what was erased is no value of {self._inner}", hint="leave it out")
        raise EncryptedFieldError(f"a value of the type {kind.__name__} is none that {self._inner} can hold")

    def load(self, plain: bytes) -> Any:
        """The value of these bytes. Raises EncryptedFieldError, which does not show it."""
        try:
            return self._value(plain)
        except (ValueError, ValidationError):
            del plain
        hint = "its type was changed: migrate the values with it"
        raise EncryptedFieldError(f"{self._inner} was sealed as something that its field cannot hold", hint=hint)

    def indexed(self, value: Any) -> Any:
        """A value as it is read back, of which indexes are made: "1.50" for a number is 1.5, and so found by it.

        Raises EncryptedFieldError as `dump` does.
        """
        if type(value) is str and self._is_text:
            return value
        plain = self.dump(value)
        return None if plain is None else self.load(plain)

    def _prepared(self, value: Any) -> bytes | None:
        prepared = self._inner.get_prep_value(value)
        return None if prepared is None else self._bytes(prepared)


def _ways(inner: Inner) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    if isinstance(inner, models.BinaryField):
        return lambda value: memoryview(value).tobytes(), bytes
    if isinstance(inner, models.JSONField):
        return _json(inner), lambda plain: json.loads(plain, cls=inner.decoder)
    if _is_text(inner):
        return str.encode, bytes.decode
    return _written(inner), lambda plain: _in_zone(inner.to_python(plain.decode()))


def _is_text(inner: Inner) -> bool:
    """Whether a value is the very text that is stored, which a field of somebody's own may see otherwise."""
    kind: Any = type(inner)
    plain = (models.CharField, models.TextField)
    return (
        kind.to_python in [each.to_python for each in plain]
        and kind.get_prep_value in [each.get_prep_value for each in plain]
        and kind.value_to_string is models.Field.value_to_string
    )


def _json(inner: models.JSONField[Any, Any]) -> Callable[[Any], bytes]:
    return lambda value: json.dumps(value, cls=inner.encoder, ensure_ascii=False, separators=(",", ":")).encode()


def _written(inner: Inner) -> Callable[[Any], bytes]:
    """The text that `dumpdata` writes of a value; moments in UTC, so that they outlive a change of the time zone."""

    def dump(value: Any) -> bytes:
        if isinstance(value, dt.datetime) and timezone.is_aware(value):
            value = value.astimezone(dt.UTC)
        holder: Any = SimpleNamespace(**{inner.attname: value})
        return str(inner.value_to_string(holder)).encode()

    return dump


def _in_zone(value: Any) -> Any:
    """A moment as the site's settings have it: aware with USE_TZ, naive without."""
    if isinstance(value, dt.datetime) and timezone.is_aware(value) != settings.USE_TZ:
        return timezone.make_aware(value) if settings.USE_TZ else timezone.make_naive(value)
    return value
