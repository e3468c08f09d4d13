"""Which fields can be encrypted, and what an encrypted one has to know of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from consentguard.crypto.index.declared import compound_of, exact_of
from consentguard.crypto.index.kinds import Index

REFUSED = (models.ForeignKey, models.ManyToManyField, models.FileField, models.AutoField, models.GeneratedField)


def check_inner(inner: models.Field[Any, Any], indexes: tuple[Index, ...]) -> None:
    """Raise TypeError for a field that cannot be encrypted, or is unique without an index that says what is equal."""
    if isinstance(inner, REFUSED) or hasattr(inner, "inner"):
        raise TypeError(f"Encrypted({inner!r}): it takes a field of texts, numbers, dates, JSON or bytes")
    if inner.primary_key or getattr(inner, "db_index", False):
        raise TypeError("an encrypted column is no key and has no index of its own: no two sealed values are alike")
    if inner.unique and not exact_of(indexes):
        raise TypeError('an encrypted column is unique by an exact index: Encrypted(..., search="exact"), or "email"')
    if compound_of(indexes) and not inner.null:
        raise TypeError("a Compound index is NULL where a part of it is: Encrypted(models.JSONField(null=True), ...)")
    if inner.has_db_default():
        raise TypeError("an encrypted column has no default in the database, which would have it in plain: use default")


def sets_itself(inner: Any) -> bool:
    """Whether a field sets its value as it is saved, such as a date of creation."""
    if isinstance(inner, (models.DateField, models.TimeField)) and not (inner.auto_now or inner.auto_now_add):
        return False
    return type(inner).pre_save is not models.Field.pre_save
