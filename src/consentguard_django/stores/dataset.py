"""The site's own tables by the data map's labels: rows of some data subjects, read, cleared and deleted in sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from consentguard import triggers
from consentguard.datamap.alike import alike
from consentguard.ports import StoreError
from consentguard.records import Selection, Weight
from consentguard_django.introspect import Model
from consentguard_django.stores import adding, bound, changing, histories, searched, weighing
from consentguard_django.stores.emptying import emptied
from consentguard_django.stores.keyset import all_written, written
from consentguard_django.stores.selecting import behind, model_of, plain, selected
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
            return [written(key) for key, kept in found if alike(kept, value)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        with told(self._alias):
            return selected(selection, self._alias).count()

    def weigh(self, selection: Selection, column: str = "") -> Weight:
        """How many rows are selected, the bytes of their values (about), and the oldest moment of `column`."""
        with told(self._alias):
            return weighing.weight(selected(selection, self._alias), column)

    def keys(self, selection: Selection, after: str, limit: int) -> Sequence[str]:
        """The first so many primary keys behind `after` of the selected rows, in their order."""
        rows = behind(selected(selection, self._alias), after).order_by("pk")
        with told(self._alias):
            return all_written(rows.values_list("pk", flat=True)[:limit])

    def split(self, selection: Selection, parts: int) -> Sequence[str]:
        """At most `parts - 1` primary keys, in order, that part the selected rows into about equal shares."""
        rows = selected(selection, self._alias).order_by("pk")
        with told(self._alias):
            return list(weighing.parted(rows, parts))

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
            empty = {column: emptied(field_of(chosen.model, column), chosen) for column in columns}
            return chosen.update(**searched.emptied(empty, chosen.model)) if empty else chosen.count()

    def change(self, selection: Selection, values: Mapping[str, object]) -> int:
        """Give columns of the selected rows these values; how many rows."""
        chosen = selected(selection, self._alias)
        given = {field_of(chosen.model, column): value for column, value in values.items()}
        with told(self._alias):
            return changing.change(chosen, given)

    def insert(self, label: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Add rows with the keys that they are given; how many. Columns that are left out hold their default."""
        model = model_of(label)
        given = [{field_of(model, column): value for column, value in row.items()} for row in rows]
        with told(self._alias):
            return adding.insert(model, given, self._alias)

    def histories(self, label: str) -> Sequence[str]:
        """The labels of the tables in which installed packages keep the past of a table's rows."""
        return tuple(history.model._meta.label for history in histories.of(model_of(label)))

    def forget(self, label: str, keys: Sequence[str], columns: Sequence[str] = ()) -> Mapping[str, int]:
        """Remove the past of these rows, or of those columns alone where one can tell: see `stores/histories.py`."""
        with told(self._alias):
            return histories.forget(model_of(label), keys, columns, self._alias)


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
