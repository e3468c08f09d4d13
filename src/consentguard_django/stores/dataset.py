"""The site's own tables by the data map's labels: rows of some data subjects, read, cleared and deleted in sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.functions import Cast

from consentguard import triggers
from consentguard.datamap.alike import alike
from consentguard.datamap.schema import EMPTIED
from consentguard.ports import StoreError
from consentguard.records import Selection
from consentguard_django.introspect import Model, type_of
from consentguard_django.stores import bound, searched
from consentguard_django.stores.selecting import model_of, plain, selected
from consentguard_django.stores.transactions import purging, told

PORTION = 1000
"""How many rows are read at once."""


class DjangoDataset:
    """`consentguard.ports.Dataset` over the models of the installed apps.

    Rows are those of the table, whatever a model's own managers leave out. No signal is sent, and no `delete()` of a
    model is called: a history or an audit log would take down what is to be forgotten.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def match(self, label: str, column: str, value: str) -> Sequence[str]:
        """The primary keys, as text and in order, of rows whose column is `value`, upper and lower case alike."""
        rows = plain(model_of(label), self._alias)
        field = field_of(rows.model, column)
        with told(self._alias):
            found = searched.found(rows, field, value) if searched.is_encrypted(field) else _likely(rows, field, value)
            # some collations take more for alike than upper and lower case, and so does case folding: ß for ss
            return [str(key) for key, kept in found if alike(kept, value)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        with told(self._alias):
            return selected(selection, self._alias).count()

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key, read in portions."""
        chosen = selected(selection, self._alias).order_by("pk")
        fields = [field_of(chosen.model, column) for column in columns]
        portion = chosen
        while True:
            with told(self._alias):
                found = list(bound.values(portion[:PORTION], fields))
            yield from (dict(zip(columns, values, strict=True)) for _, *values in found)
            if len(found) < PORTION:
                return
            portion = chosen.filter(pk__gt=found[-1][0])

    def delete(self, selection: Selection) -> int:
        """Delete the selected rows; how many went. Raises StoreError where other rows still refer to one of them."""
        chosen = selected(selection, self._alias)
        kept = chosen.model._meta.db_table in triggers.TABLES
        with purging(self._alias) if kept else told(self._alias):
            return chosen._raw_delete(self._alias) or 0  # None of an empty selection

    def clear(self, selection: Selection, columns: Sequence[str]) -> int:
        """Empty these columns of the selected rows; how many rows."""
        chosen = selected(selection, self._alias)
        with told(self._alias):
            empty = {column: _empty(field_of(chosen.model, column), chosen) for column in columns}
            return chosen.update(**searched.emptied(empty, chosen.model)) if empty else chosen.count()


def field_of(model: Model, name: str) -> models.Field[Any, Any]:
    """The column of that name. Raises StoreError where there is none."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        field = None
    if not isinstance(field, models.Field) or not field.concrete:
        raise StoreError(f"{model._meta.label} has no column {name!r}", hint="name a column of the data map")
    return field


def _likely(rows: models.QuerySet[Any], field: models.Field[Any, Any], value: str) -> Any:
    """The key and the value of each row that the database takes for alike, and of some others."""
    # the variants besides: not every database knows upper from lower case beyond ASCII
    likely = models.Q(**{f"{field.name}__iexact": value}) | models.Q(**{f"{field.name}__in": _variants(value)})
    return rows.filter(likely).order_by("pk").values_list("pk", field.name)


def _variants(value: str) -> set[str]:
    return {value, value.lower(), value.upper(), value.casefold()}


def _empty(field: models.Field[Any, Any], rows: models.QuerySet[Any]) -> object:
    """What an emptied column holds: NULL, or no characters where there must be some value.

    Where no two rows may hold the same, the row's key stands for nothing.
    """
    if field.null:
        return None
    if type_of(field) in EMPTIED and not field.primary_key:
        if not _differs(field):
            return bound.emptied(field, rows)
        return searched.keys_as_texts(rows) if searched.is_encrypted(field) else Cast("pk", models.CharField())
    hint = "let it be NULL, or choose another action in `on_erase`"
    raise StoreError(f"{field.model._meta.label}.{field.name} can be neither NULL nor empty", hint=hint)


def _differs(field: models.Field[Any, Any]) -> bool:
    """Whether the column takes part in what tells rows apart."""
    options = field.model._meta
    together = (*options.unique_together, *(constraint.fields for constraint in options.total_unique_constraints))
    return field.unique or any(field.name in names for names in together)
