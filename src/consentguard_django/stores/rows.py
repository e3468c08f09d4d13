"""Records as rows and back: a column of ours has the name of the record's field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import connections, models

from consentguard_django.stores.transactions import told

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")


class Rows(Generic[Record]):
    """One of our tables on one database, in records.

    The rows are those of a plain queryset: a model's own refuses what stores may do, such as to remove a pruned prefix.
    """

    def __init__(self, alias: str, model: type[models.Model], record: type[Record]) -> None:
        self._alias, self._model, self._record = alias, model, record

    @property
    def all(self) -> models.QuerySet[Any]:
        """Every row."""
        return models.QuerySet(self._model, using=self._alias)

    def where(self, **values: object) -> models.QuerySet[Any]:
        """Rows by their columns, as `QuerySet.filter` takes them."""
        return self.all.filter(**values)

    def add(self, record: Record) -> None:
        """Insert a record. Raises StoreError, also where its key is there already."""
        connection = connections[self._alias]
        statement, columns = self._insert
        values = [field.get_db_prep_save(getattr(record, name), connection) for name, field in columns]
        with told(self._alias), connection.cursor() as cursor:
            cursor.execute(statement, values)

    @cached_property
    def _insert(self) -> tuple[str, Sequence[tuple[str, models.Field[Any, Any]]]]:
        """The statement that inserts a row, and what each of its values comes from: written once, because Django's own
        takes longer to write it than the database to execute it.
        """
        quoted = connections[self._alias].ops.quote_name
        fields_of = {field.name: field for field in self._model._meta.concrete_fields}
        columns = [(name, fields_of[name]) for name in _names(self._record)]
        names = ", ".join(quoted(field.column or name) for name, field in columns)
        table, places = quoted(self._model._meta.db_table), ", ".join(["%s"] * len(columns))
        return f"INSERT INTO {table} ({names}) VALUES ({places})", columns  # noqa: S608 - names of our own

    def row(self, record: Record) -> models.Model:
        """A record as a row that is not inserted yet."""
        return self._model(**{name: getattr(record, name) for name in _names(self._record)})

    def read(self, rows: models.QuerySet[Any]) -> Sequence[Record]:
        """The records of some rows. Raises StoreError."""
        names = _names(self._record)
        with told(self._alias):
            return [self._record(**dict(zip(names, row, strict=True))) for row in rows.values_list(*names)]

    def first(self, rows: models.QuerySet[Any]) -> Record | None:
        """The record of the first of some rows. Raises StoreError."""
        return next(iter(self.read(rows[:1])), None)


@cache
def _names(record: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))
