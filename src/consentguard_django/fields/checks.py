"""System checks of what the values of an encrypted column are bound to, and of what its table does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from consentguard_django.fields.binding import naming

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def check_binding(field: Field) -> list[checks.CheckMessage]:
    """E008, E009 and W010: what names the row or data subject of a value is missing, or may come too late."""
    if not field.is_bound:
        return []
    try:
        named = naming(field)
    except FieldDoesNotExist:
        named = None
    if named is None or named.model is not field.model or not named.concrete or isinstance(named, type(field)):
        message = (
            f"Its values are bound to `{field.binding.attribute}`, which is no column of {field.model._meta.label}."
        )
        return [_error(field, 8, message, "Name a column of the same model, such as `owner_id`.")]
    if _is_given_by_database(named):
        message = f"Its values are bound to `{named.attname}`, which a row gets only as it is stored."
        return [_error(field, 9, message, "Bind them to a key that is there before, such as a UUID with a default.")]
    if named.null and not hasattr(field.model, "instance_type"):  # a history's, whose keys may all be NULL and are not
        message = f"Its values are bound to `{named.attname}`, which may be NULL: such a row cannot be saved."
        hint = "Let it not be NULL."
        return [checks.Warning(message, hint=hint, obj=field, id="consentguard.W010")]
    return []


def _is_given_by_database(named: models.Field[Any, Any]) -> bool:
    return isinstance(named, models.AutoField) or named.generated or named.has_db_default()


def _error(field: Field, number: int, message: str, hint: str) -> checks.CheckMessage:
    return checks.Error(message, hint=hint, obj=field, id=f"consentguard.E{number:03}")
