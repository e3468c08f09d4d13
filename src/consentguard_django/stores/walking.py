"""Dotted paths of the data map as Django's lookups."""

from __future__ import annotations

from typing import Any

from consentguard.ports import StoreError
from consentguard_django.introspect import Model, attribute, is_generic_key


def walk(model: Model, dotted: str) -> tuple[str, bool, Any]:
    """A path as a lookup, whether it leads to many rows, and the generic key at its end if there is one.

    A generic key is left out of the lookup. What follows a column is a path into its JSON. Raises StoreError.
    """
    lookup: list[str] = []
    many, steps = False, dotted.split(".")
    for number, step in enumerate(steps):
        field = next((each for each in model._meta.get_fields(include_hidden=True) if attribute(each) == step), None)
        if field is None:
            raise StoreError(f"{model._meta.label} has no {step!r}, which the path {dotted!r} steps over")
        if is_generic_key(field):
            if steps[number + 1 :]:
                raise StoreError(f"the path {dotted!r} goes on behind a generic key", hint="end it there")
            return "__".join(lookup), many, field
        if not isinstance(field.related_model, type):
            return "__".join([*lookup, field.name, *steps[number + 1 :]]), many, None
        lookup.append(field.name)
        many = many or bool(field.many_to_many or field.one_to_many)
        model = field.related_model
    return "__".join(lookup), many, None


def end(model: Model, lookup: str) -> Any:
    """The field that a lookup over foreign keys ends at."""
    first, _, rest = lookup.partition("__")
    field = model._meta.get_field(first)
    return end(field.related_model, rest) if rest and isinstance(field.related_model, type) else field
