"""A field that holds what others of its row hold, to be searched by all of them at once, and is never left behind."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import models

from consentguard.crypto.erased import ERASED, Erased
from consentguard.crypto.errors import ErasedError
from consentguard.crypto.index.declared import compound_of
from consentguard.crypto.index.texts import canonical
from consentguard_django.fields.errors import EncryptedFieldError

if TYPE_CHECKING:
    from consentguard_django.fields.field import Encrypted

    Field = Encrypted[Any, Any]


def parts_of(field: Field, instance: models.Model) -> Any:
    """What a field of a compound index holds of its object: the text of each part; None where one of them is NULL.

    It is the very list that the object holds, where that is still right, and ERASED where one of the parts is. Raises
    what reading the parts raises.
    """
    try:
        parts = [_text(instance, part) for part in parts_named(field)]
        held = getattr(instance, field.attname)
    except ErasedError:
        return ERASED
    return None if None in parts else held if held == parts else parts


def _text(instance: models.Model, name: str) -> str | None:
    field: Any = instance._meta.get_field(name)
    value = getattr(instance, field.attname)
    if isinstance(value, Erased):
        raise ErasedError(f"{field} was erased")
    indexed = field.form.indexed(value)
    return None if indexed is None else canonical(indexed)


def parts_named(field: Field) -> tuple[str, ...]:
    """The fields whose values a field of a compound index holds; none for any other."""
    compound = compound_of(field.indexes)
    return compound.columns if compound else ()


def holders(field: Field) -> list[Field]:
    """The fields of the same model that hold what this one does, among others."""
    others: Any = field.model._meta.local_concrete_fields
    return [each for each in others if field.name in parts_named_by(each)]


def parts_named_by(field: Any) -> tuple[str, ...]:
    """As `parts_named`, of any field."""
    return parts_named(field) if hasattr(field, "indexes") else ()


def check_not_alone(field: Field) -> None:
    """Refuse a value without its object, where that holds the same in another field. Raises EncryptedFieldError."""
    together = [field] if parts_named(field) else holders(field)
    if together:
        message = f"{field} is written with its object alone: `{together[0].name}` is searched by what it holds"
        raise EncryptedFieldError(message, hint="set it on the objects, and save() them")


def check_none_left(model: type[models.Model], update_fields: Collection[str] | None) -> None:
    """Refuse to save a part without the field that holds it too. Raises EncryptedFieldError."""
    for field in model._meta.local_concrete_fields if update_fields is not None else ():
        left = set(parts_named_by(field)) & set(update_fields or ())
        if left and field.name not in (update_fields or ()):
            message = f"`{min(left)}` is saved without `{field.name}`, which is searched by what it holds"
            raise EncryptedFieldError(message, hint=f"name `{field.name}` in update_fields too, or save all")
