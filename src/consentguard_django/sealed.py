"""The encrypted columns of the installed apps, as the core knows them."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import router

from consentguard.datamap.schema import SealedColumn
from consentguard_django.fields import Encrypted
from consentguard_django.introspect import Model


def sealed_columns() -> tuple[SealedColumn, ...]:
    """Every encrypted column of the installed apps, in the order of the apps and fields."""
    models = (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)
    return tuple(column for model in models for column in _of(model))


def _of(model: Model) -> Iterator[SealedColumn]:
    options = model._meta
    for field in options.local_concrete_fields:
        if isinstance(field, Encrypted):
            yield SealedColumn(
                label=options.label,
                name=field.name,
                database=router.db_for_write(model),
                db_table=options.db_table,
                db_column=field.column or field.name,
                db_keys=tuple(key.column for key in options.pk_fields if key.column),
                declared=field.declared,
                load=field.form.load,
            )
