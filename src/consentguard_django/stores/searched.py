"""Encrypted columns of the site's own tables: whose rows are found by a value, and how they are emptied for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Value, When

from consentguard_django.fields import Encrypted
from consentguard_django.fields.held import Known
from consentguard_django.fields.search.parts import holders, parts_named
from consentguard_django.fields.search.searching import value_in

if TYPE_CHECKING:
    Rows = models.QuerySet[Any]
    Field = models.Field[Any, Any]


def is_encrypted(field: Field) -> bool:
    """Whether the database cannot read the column."""
    return isinstance(field, Encrypted)


def found(rows: Rows, field: Field, value: str) -> Iterator[tuple[Any, Any]]:
    """The key and the value of each row that an exact index finds, upper and lower case alike.

    Raises EncryptedFieldError without one that takes these for alike.
    """
    for row in rows.filter(**{f"{field.name}__iexact": value}).order_by("pk"):
        yield row.pk, value_in(row, field)


def keys_as_texts(rows: Rows) -> Case:
    """For a column in which no two rows may hold the same: the key of each row, as a text."""
    return Case(*(When(pk=key, then=Value(str(key))) for key in rows.values_list("pk", flat=True)))


def emptied(empty: dict[str, Any], model: type[models.Model]) -> dict[str, Any]:
    """What an update has to write where these columns are emptied: those that hold what they do are, too."""
    for name in list(empty):
        field: Any = model._meta.get_field(name)
        if isinstance(field, Encrypted) and (parts_named(field) or holders(field)):
            empty[name] = _sealed(field, empty[name])
            empty |= {holder.name: _sealed(holder, None) for holder in holders(field)}
    return empty


def _sealed(field: Any, value: Any) -> Known:
    """A value in the form in which objects hold it, as which alone a part of another field may be written."""
    held = Known(value, field)
    if value is not None:
        field.seal(held, None)
    return held
