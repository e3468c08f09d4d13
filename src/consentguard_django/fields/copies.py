"""A plain field beside an encrypted one, of which each object that is saved has both alike.

`consentguard.E013`: the field that it copies, or that it is copied to, is no column that can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

COPIES = ("copies", "copied_to")
"""The options of a field that say so."""


def check_null(inner: models.Field[Any, Any], copies: str) -> None:
    """Raise TypeError for a copy that cannot be NULL: a row has none before it is made."""
    if copies and not inner.null:
        raise TypeError(f"Encrypted(..., copies={copies!r}): let the field inside be null=True until it is complete")


def write_copy(field: Field, instance: models.Model) -> None:
    """Let an object have both alike before it is saved; what the database makes leaves no copy."""
    if field.copies:
        setattr(instance, field.attname, _value(instance, field.copies))
    if field.copied_to:
        setattr(instance, field.copied_to, _value(instance, field.attname))


def beside(field: Field, name: str) -> models.Field[Any, Any] | None:
    """The column of the same table that is called so; None where there is none."""
    try:
        found: Any = field.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    is_column = found.concrete and not found.many_to_many and found.model is field.model
    return found if is_column and not isinstance(found, type(field)) else None


def check_copies(field: Field) -> list[checks.CheckMessage]:
    """What is named is no column, or cannot be NULL, or is saved before its copy is made."""
    if field.copies and beside(field, field.copies) is None:
        return [_error(field, f"It copies `{field.copies}`, no plain column of {field.model._meta.label}.")]
    if not field.copied_to:
        return []
    target = beside(field, field.copied_to)
    if target is None:
        return [_error(field, f"It is copied to `{field.copied_to}`, no plain column of {field.model._meta.label}.")]
    if not target.null or target < field:
        return [_error(field, f"It is copied to `{target.name}`, which is not null=True, or stands above it.")]
    return []


def _value(instance: models.Model, name: str) -> Any:
    value = getattr(instance, name)
    return None if hasattr(value, "resolve_expression") else value


def _error(field: Field, message: str) -> checks.CheckMessage:
    hint = "Name a field of the same model; one that it is copied to allows NULL, and is declared below it."
    return checks.Error(message, hint=hint, obj=field, id="consentguard.E013")
