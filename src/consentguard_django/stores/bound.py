"""Encrypted columns of the site's own tables whose values are bound: read by their objects, and emptied row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Value, When

from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError
from consentguard_django.fields import Encrypted, sealed_for
from consentguard_django.fields.binding import naming

if TYPE_CHECKING:
    Rows = models.QuerySet[Any]
    Field = models.Field[Any, Any]


def is_bound(field: Field) -> bool:
    """Whether a value is read and written only with its row."""
    return isinstance(field, Encrypted) and field.is_bound


def values(rows: Rows, fields: Sequence[Field]) -> Iterator[tuple[Any, ...]]:
    """The key and these columns of each row; None for a value that was erased."""
    names = [field.name for field in fields]
    if not any(map(is_bound, fields)):
        yield from rows.values_list("pk", *names)
        return
    names += [naming(field).name for field in fields if isinstance(field, Encrypted) and field.is_bound]
    for row in rows.only("pk", *names):
        yield row.pk, *(_value(row, field) for field in fields)


def emptied(field: Field, rows: Rows) -> Any:
    """No characters, for each row as it has to be sealed there."""
    if not (isinstance(field, Encrypted) and field.is_bound):
        return ""
    name = naming(field).attname
    keys = rows.order_by().values_list(name, flat=True).distinct()
    return Case(*(When(**{name: key}, then=Value(sealed_for(key, ""))) for key in keys), default=Value(None))


def _value(row: models.Model, field: Field) -> Any:
    try:
        value = getattr(row, field.attname)
    except ErasedError:
        return None
    return None if value is ERASED else value
