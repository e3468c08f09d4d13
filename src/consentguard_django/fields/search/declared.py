"""What `search=` of an encrypted field says: by which indexes its values are found, and how a migration writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.migrations.serializer import BaseSerializer, Serializer

from consentguard.crypto.index.kinds import Compound, Exact, Index
from consentguard.crypto.index.layout import Layout

Search = str | Index | Sequence[Index] | None


def indexes_of(search: Search, inner: models.Field[Any, Any]) -> tuple[Index, ...]:
    """The indexes that `search` declares. Raises TypeError for what is none, SearchError for those that cannot be."""
    if search is None:
        return ()
    given = Exact(search) if isinstance(search, str) else search
    indexes = (given,) if isinstance(given, Index) else tuple(given)
    if not all(isinstance(index, Index) for index in indexes):
        raise TypeError(f"search={search!r}: it is a normalisation, an index, or a list of indexes")
    if sum(isinstance(index, Exact) for index in indexes) > 1:
        raise TypeError(f"search={search!r}: a column has one Exact index, by which its values are equal")
    if isinstance(inner, models.JSONField) or compound_of(indexes):
        _check_compound(search, indexes, inner)
    Layout(indexes)
    return indexes


def _check_compound(search: Search, indexes: tuple[Index, ...], inner: models.Field[Any, Any]) -> None:
    if not (isinstance(inner, models.JSONField) and inner.null and len(indexes) == 1 and compound_of(indexes)):
        raise TypeError(f"search={search!r}: a Compound stands alone, on a JSONField(null=True), which has no other")


def as_declared(indexes: tuple[Index, ...]) -> Search:
    """The shortest that declares the same, for migrations: these are alike whichever way it was written."""
    if len(indexes) == 1:
        (index,) = indexes
        return index.normalise if isinstance(index, Exact) else index
    return list(indexes) or None


def exact_of(indexes: tuple[Index, ...]) -> Exact | None:
    """The index by which values are equal."""
    return next((index for index in indexes if isinstance(index, Exact)), None)


def compound_of(indexes: tuple[Index, ...]) -> Compound | None:
    """The index of several columns at once."""
    return next((index for index in indexes if isinstance(index, Compound)), None)


class _IndexSerializer(BaseSerializer):
    """An index in a migration: the call that declares it."""

    def serialize(self) -> tuple[str, set[str]]:
        """Its Python, and the import that this needs."""
        package, _, module = type(self.value).__module__.rpartition(".")
        return f"{module}.{self.value!r}", {f"from {package} import {module}"}


Serializer.register(Index, _IndexSerializer)
