"""System checks of what the values of an encrypted column are bound to, and of what its table would compare them by.

`consentguard.E008`: what they are bound to is no column of the same model.
`consentguard.E009`: the database gives it to a row only as that is stored.
`consentguard.W010`: it may be NULL.
`consentguard.E012`: an ordering, an index or a constraint of the table compares what is sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from consentguard.crypto.index.declared import exact_of
from consentguard_django.fields.binding import naming
from consentguard_django.fields.search.unique import UniqueTogether

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def check_binding(field: Field) -> list[checks.CheckMessage]:
    """What names the row or data subject of a value is missing, or may come too late."""
    if not field.is_bound:
        return []
    try:
        named = naming(field)
    except FieldDoesNotExist:
        named = None
    if named is None or not _is_column_beside(named, field):
        message = f"Its values are bound to `{field.binding.attribute}`, no column of {field.model._meta.label}."
        return [_error(field, 8, message, "Name a column of the same model, such as `owner_id`.")]
    if _is_given_by_database(named):
        message = f"Its values are bound to `{named.attname}`, which a row gets only as it is stored."
        return [_error(field, 9, message, "Bind them to a key that is there before, such as a UUID with a default.")]
    if named.null and not hasattr(field.model, "instance_type"):  # a history's, whose keys may all be NULL and are not
        message = f"Its values are bound to `{named.attname}`, which may be NULL: such a row cannot be saved."
        hint = "Let it not be NULL."
        return [checks.Warning(message, hint=hint, obj=field, id="consentguard.W010")]
    return []


def check_table(field: Field) -> list[checks.CheckMessage]:
    """The table sorts by the column, or holds it to be unique: by what is sealed, where no two values are alike."""
    options = field.model._meta
    named = {
        "ordering": [_name(each) for each in _listed(options.ordering)],
        "get_latest_by": [_name(each) for each in _listed(options.get_latest_by)],
        "unique_together": [name for names in options.unique_together for name in names],
        "indexes": [name for index in options.indexes for name in index.fields],
        "constraints": [
            name
            for each in options.constraints
            if not (isinstance(each, UniqueTogether) and exact_of(field.indexes))
            for name in getattr(each, "fields", ())
        ],
    }
    hint = "Name another column. For equal values, declare `search=` with `unique=True`, or a UniqueTogether."
    return [
        _error(field, 12, f"`{option}` of {options.label} compares what is sealed.", hint)
        for option, names in named.items()
        if field.name in [name.lstrip("-+") for name in names]
    ]


def _listed(value: Any) -> Sequence[Any]:
    return [value] if isinstance(value, str) else value or ()


def _name(each: Any) -> str:
    """The column that an ordering names, by a text or by an F."""
    each = getattr(each, "expression", each)
    return str(getattr(each, "name", each))


def _is_column_beside(named: models.Field[Any, Any], field: Field) -> bool:
    is_column = named.concrete and not named.many_to_many
    return is_column and named.model is field.model and not isinstance(named, type(field))


def _is_given_by_database(named: models.Field[Any, Any]) -> bool:
    return isinstance(named, models.AutoField) or named.generated or named.has_db_default()


def _error(field: Field, number: int, message: str, hint: str) -> checks.CheckMessage:
    return checks.Error(message, hint=hint, obj=field, id=f"consentguard.E{number:03}")
