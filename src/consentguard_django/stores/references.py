"""What refers to rows that go: a deletion in sets leaves no reference to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from consentguard.ports import StoreError
from consentguard_django import introspect
from consentguard_django.stores.selecting import plain

DEEPEST = 20
CASCADES = ("CASCADE", "DB_CASCADE")
BY_THE_DATABASE = ("DO_NOTHING", "DB_SET_NULL", "DB_SET_DEFAULT")


def release(rows: models.QuerySet[Any], depth: int = 0) -> None:
    """Let go of rows that are about to be deleted, as the foreign keys to them say in `on_delete`.

    A reference that may be empty is emptied; rows that exist only with what they refer to are deleted, in sets like
    everything else. But a table that the site has tagged is the plan's to decide about, and never emptied in passing:
    rows of it that still refer to one which goes raise StoreError, as do those of a protected reference.
    """
    for relation in _references(rows.model):
        field, referring = relation.field, _referring(relation, rows)
        kind = getattr(field.remote_field.on_delete, "__name__", "")
        if kind == "SET_NULL":
            referring.update(**{field.name: None})
        elif kind == "SET_DEFAULT":
            referring.update(**{field.name: field.get_default()})
        elif kind not in BY_THE_DATABASE:
            _go_along(relation, referring, may=kind in CASCADES and depth < DEEPEST, depth=depth)


def _go_along(relation: Any, referring: models.QuerySet[Any], *, may: bool, depth: int) -> None:
    """Delete rows that exist only with what they refer to. Raises StoreError where they may not go."""
    model = referring.model
    if not referring.exists():
        return
    if not may or (model._meta.label in introspect.tags() and not model._meta.auto_created):
        table = model._meta.label
        message = f"rows of {table} refer to rows of {relation.model._meta.label} that would be deleted"
        raise StoreError(
            message, hint=f"say in the tag of {table} what becomes of them, or let {relation.field.name} be NULL"
        )
    release(referring, depth + 1)
    referring._raw_delete(referring.db)


def _references(model: introspect.Model) -> Iterator[Any]:
    """The foreign keys of other tables, and of this one, that point to the model's own table."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_one or relation.one_to_many):
            yield relation


def _referring(relation: Any, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The rows with a reference to some that go, without those that go themselves."""
    field = relation.field
    target = field.target_field.name
    referring = plain(relation.related_model, rows.db).filter(**{f"{field.name}__in": rows.values(target)})
    itself = relation.related_model._meta.concrete_model is rows.model._meta.concrete_model
    return referring.exclude(pk__in=rows.values("pk")) if itself else referring
