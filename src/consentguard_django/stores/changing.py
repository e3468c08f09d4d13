"""Gives columns of the site's own tables new values: set-based, but row by row where what is stored is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from consentguard_django.fields import Encrypted
from consentguard_django.fields.keys import keys_for
from consentguard_django.fields.search.parts import holders
from consentguard_django.stores.selecting import plain
from consentguard_django.stores.valued import typed

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
    Rows = models.QuerySet[Any]
PORTION = 1000
"""How many rows are sealed at once."""


def change(rows: Rows, values: Mapping[Field, object]) -> int:
    """Give the columns of some rows these values, as JSON writes them; how many rows.

    No signal is sent. Raises StoreError for a value that a column cannot hold.
    """
    given = {field: typed(field, value, checked=True) for field, value in values.items()}
    if not given:
        return rows.count()
    if not any(isinstance(field, Encrypted) for field in given):
        return rows.update(**{field.name: value for field, value in given.items()})
    with transaction.atomic(using=rows.db):
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        portions = [keys[start : start + PORTION] for start in range(0, len(keys), PORTION)]
        return sum(_sealed(plain(rows.model, rows.db), portion, given) for portion in portions)


def _sealed(every: Rows, keys: Sequence[Any], given: Mapping[Field, Any]) -> int:
    fields = [*given, *{holder: None for field in given if isinstance(field, Encrypted) for holder in holders(field)}]
    objects = list(every.filter(pk__in=keys))
    for each in objects:
        for field, value in given.items():
            setattr(each, field.attname, value)
    bound = [field for field in fields if isinstance(field, Encrypted) and field.is_bound]
    with keys_for((field, each) for field in bound for each in objects):
        return sum(_written(every, each, fields) for each in objects)


def _written(every: Rows, row: models.Model, fields: Sequence[Field]) -> int:
    given: Any = [(field, None, field.pre_save(row, False)) for field in fields]
    changed: int = every.filter(pk=row.pk)._update(given)  # type: ignore[attr-defined]
    return changed
