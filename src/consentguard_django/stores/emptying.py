"""What a column of the site's own tables holds when it is emptied."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Cast

from consentguard.datamap.schema import EMPTIED
from consentguard.ports import StoreError
from consentguard_django.introspect import type_of
from consentguard_django.stores import bound, searched


def emptied(field: models.Field[Any, Any], rows: models.QuerySet[Any]) -> object:
    """What it holds in these rows: NULL, or no characters where there must be some value.

    Where no two rows may hold the same, the row's key stands for nothing. Raises StoreError for what can be neither.
    """
    if field.null:
        return None
    if type_of(field) in EMPTIED and not field.primary_key:
        if not differs(field):
            return bound.emptied(field, rows)
        return searched.keys_as_texts(rows) if searched.is_encrypted(field) else Cast("pk", models.CharField())
    hint = "let it be NULL, or choose another action in `on_erase`"
    raise StoreError(f"{field.model._meta.label}.{field.name} can be neither NULL nor empty", hint=hint)


def differs(field: models.Field[Any, Any]) -> bool:
    """Whether the column takes part in what tells rows apart."""
    options = field.model._meta
    together = (*options.unique_together, *(constraint.fields for constraint in options.total_unique_constraints))
    return field.unique or any(field.name in names for names in together)
