"""Values for columns of the site's own tables, from what JSON writes of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from consentguard.datamap.values import parsed
from consentguard.ports import StoreError
from consentguard_django.columns import Moment
from consentguard_django.introspect import type_of
from consentguard_django.stores.keyset import as_bytes

if TYPE_CHECKING:
    from django.db import models

    Field = models.Field[Any, Any]


def typed(field: Field, value: object, *, checked: bool) -> Any:
    """The value as the column has it; `checked` by the validators and choices of the site's own field, too.

    Raises StoreError, which does not show it, for a value that the column cannot hold.
    """
    inner: Any = getattr(field, "inner", field)
    try:
        found = _in_zone(inner, _read(inner, value))
        if checked and not inner.is_relation and found not in inner.empty_values:
            inner.validate(found, None)
            inner.run_validators(found)
        if found is not None or field.null or field.has_default():
            return found
    except (ArithmeticError, TypeError, ValueError, ValidationError):
        pass
    name = f"{field.model._meta.label}.{field.name}"
    raise StoreError(f"{name} cannot hold what it is given", hint=f"give it a value of the type {type_of(field)}")


def _read(field: Any, value: object) -> Any:
    if value is None:
        return None
    if isinstance(value, FieldFile):
        return value.name or ""
    found = parsed(type_of(field), as_bytes(value))
    reading = field.target_field if field.is_relation else field
    return found if isinstance(found, bytes) else reading.to_python(found)


def _in_zone(field: Any, value: Any) -> Any:
    """A moment as the site's settings have it: aware with USE_TZ, naive without."""
    if not isinstance(value, dt.datetime):
        return value
    aware = settings.USE_TZ or isinstance(field, Moment)
    if timezone.is_aware(value) == aware:
        return value
    zone = timezone.get_default_timezone()
    return timezone.make_aware(value, zone) if aware else timezone.make_naive(value, zone)
