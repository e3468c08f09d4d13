"""Records as rows and back: a column of ours has the name of the record's field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import connections, models

from consentguard.records import SubjectRef
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
        values = [
            field.get_db_prep_save(value, connection) for field, value in zip(columns, self.values(record), strict=True)
        ]
        with told(self._alias), connection.cursor() as cursor:
            cursor.execute(statement, values)

    def add_all(self, records: Iterable[Record]) -> None:
        """Insert records, all or none. Raises StoreError, also where a key is there already."""
        with told(self._alias):
            self.all.bulk_create(map(self.row, records))

    @cached_property
    def _insert(self) -> tuple[str, Sequence[models.Field[Any, Any]]]:
        """The statement that inserts a row, and what each of its values comes from: written once, because Django's own
        takes longer to write it than the database to execute it.
        """
        quoted = connections[self._alias].ops.quote_name
        names = ", ".join(quoted(field.column or field.name) for field in self._fields)
        table, places = quoted(self._model._meta.db_table), ", ".join(["%s"] * len(self._fields))
        return f"INSERT INTO {table} ({names}) VALUES ({places})", self._fields  # noqa: S608 - names of our own

    def row(self, record: Record) -> models.Model:
        """A record as a row that is not inserted yet."""
        return self._model(**dict(zip(self.names, self.values(record), strict=True)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of a record's values."""
        return tuple(field.name for field in fields(self._record))

    def values(self, record: Record) -> Iterable[object]:
        """What the columns hold of a record."""
        return (getattr(record, name) for name in self.names)

    def record(self, values: Sequence[object]) -> Record:
        """The record of which the columns hold this."""
        return self._record(**dict(zip(self.names, values, strict=True)))

    def read(self, rows: models.QuerySet[Any]) -> Sequence[Record]:
        """The records of some rows. Raises StoreError."""
        with told(self._alias):
            return [self.record(row) for row in rows.values_list(*self.names)]

    def select(self, rest: str) -> str:
        """A statement for `ask`, from its WHERE: for what is asked all the time, since Django takes longer to write a
        statement than a database to answer it.
        """
        compiler: Any = SimpleNamespace(connection=connections[self._alias])
        columns = ", ".join(field.select_format(compiler, field.column or "", ())[0] for field in self._fields)
        return f"SELECT {columns} FROM {self._model._meta.db_table} {rest}"  # noqa: S608 - names of our own

    def ask(self, statement: str, values: Sequence[Any]) -> Sequence[Record]:
        """The records that a statement reads. Raises StoreError."""
        with told(self._alias), connections[self._alias].cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchall()
        reads = self._reads
        return [
            self.record([read(value) if read else value for read, value in zip(reads, row, strict=True)])
            for row in found
        ]

    @cached_property
    def _fields(self) -> Sequence[models.Field[Any, Any]]:
        by_name = {field.name: field for field in self._model._meta.concrete_fields}
        return [by_name[name] for name in self.names]

    @cached_property
    def _reads(self) -> Sequence[Callable[[Any], Any] | None]:
        """What makes a record's value of a driver's, for each column; None where it is one."""
        return [getattr(field, "from_db_value", None) for field in self._fields]

    def first(self, rows: models.QuerySet[Any]) -> Record | None:
        """The record of the first of some rows. Raises StoreError."""
        return next(iter(self.read(rows[:1])), None)


class SubjectRows(Rows[Record]):
    """The same for records that have a `subject`: two columns, so that tables of the site's can be joined with them."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns; those of the data subject last."""
        others = (field.name for field in fields(self._record) if field.name != "subject")
        return *others, "subject_kind", "subject_key"

    def values(self, record: Record) -> Iterable[object]:
        """What the columns hold of a record; nothing for no data subject."""
        *others, subject = (getattr(record, name) for name in (*self.names[:-2], "subject"))
        return *others, *((subject.kind, subject.key) if subject else ("", ""))

    def record(self, values: Sequence[object]) -> Record:
        """The record of which the columns hold this."""
        *others, kind, key = values
        found: dict[str, Any] = dict(zip(self.names[:-2], others, strict=True))
        found["subject"] = SubjectRef(str(kind), str(key)) if kind else None
        return self._record(**found)
