"""The encrypted columns of the installed apps, as the core knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, router

from consentguard.datamap.schema import Beside, SealedColumn
from consentguard_django.fields import Encrypted
from consentguard_django.fields.binding import naming
from consentguard_django.fields.copies import beside
from consentguard_django.introspect import Model


def sealed_columns(database: str = "") -> tuple[SealedColumn, ...]:
    """Every encrypted column of the installed apps, in the order of the apps and fields; or those of an alias."""
    every = (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)
    models = (model for model in every if any(isinstance(field, Encrypted) for field in model._meta.local_fields))
    theirs = models if not database else (model for model in models if _stands_in(model, database))
    return tuple(column for model in theirs for column in _of(model, database or router.db_for_write(model)))


def _stands_in(model: Model, database: str) -> bool:
    """Whether an alias has the model's table: its own, or where no router says which that is, one that holds it."""
    usual = router.db_for_write(model)
    if usual == database:
        return True
    return usual == DEFAULT_DB_ALIAS and model._meta.db_table in connections[database].introspection.table_names()


def _of(model: Model, database: str) -> Iterator[SealedColumn]:
    options = model._meta
    for field in options.local_concrete_fields:
        if isinstance(field, Encrypted):
            named = naming(field) if field.binding.subject else None
            yield SealedColumn(
                label=options.label,
                name=field.name,
                database=database,
                db_table=options.db_table,
                db_column=field.column or field.name,
                db_keys=tuple(key.column for key in options.pk_fields if key.column),
                declared=field.declared,
                load=field.form.load,
                dump=field.form.dump,
                subject=named.attname if named else "",
                db_subject=(named.column or "") if named else "",
                copies=_beside(field, field.copies),
                copied_to=_beside(field, field.copied_to),
            )


def _beside(field: Encrypted[Any, Any], name: str) -> Beside | None:
    found = beside(field, name) if name else None
    return Beside(found.attname, found.column or "") if found else None
