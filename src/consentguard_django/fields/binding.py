"""Which field of a model says what the values of an encrypted one are bound to, and what that is for an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from consentguard_django.fields.errors import unbound

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]

ITSELF = "save the object, or write `sealed_for(key, value)`, which says it"


def naming(field: Field) -> models.Field[Any, Any]:
    """The field of the same model that says what each value is bound to. Raises FieldDoesNotExist."""
    options = field.model._meta
    found: Any = options.pk if field.binding.to_row else options.get_field(field.binding.attribute)
    return found  # type: ignore[no-any-return]


def text_of(field: Field, key: Any) -> str:
    """A key as the text that values are bound to; empty for none, and for what only the database will know."""
    if key is None or hasattr(key, "resolve_expression"):
        return ""
    return str(naming(field).to_python(key))


def row_of(field: Field, instance: models.Model) -> str:
    """The text that the values of an object are bound to as it is now. Raises UnboundError where it has none yet."""
    named = naming(field)
    if text := text_of(field, getattr(instance, named.attname)):
        return text
    raise unbound(field, f"an object without `{named.attname}`", f"give it its `{named.attname}` before it is saved")
