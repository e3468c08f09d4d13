"""Adds rows to the site's own tables with all of their values, keys included: as they were exported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db import connections, models, transaction
from django.db.models.sql.subqueries import InsertQuery

from consentguard.sequences import advance
from consentguard_django.fields import Encrypted
from consentguard_django.fields.keys import keys_for
from consentguard_django.introspect import Model
from consentguard_django.purposes import unlimited
from consentguard_django.stores.valued import typed

if TYPE_CHECKING:
    Field = models.Field[Any, Any]


def insert(model: Model, rows: Sequence[Mapping[Field, object]], alias: str) -> int:
    """Insert rows, set-based; how many. No signal is sent, and no field says of itself that it was changed now.

    A column that is left out holds its default. Raises StoreError for a value that a column cannot hold.
    """
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    key: Any = model._meta.pk
    with_key, without = [row for row in rows if key in row], [row for row in rows if key not in row]
    with transaction.atomic(using=alias):
        _insert(model, with_key, fields, alias)
        _insert(model, without, [field for field in fields if field is not key or field.has_default()], alias)
        if with_key and isinstance(key, models.AutoField) and connections[alias].vendor == "postgresql":
            _advance(model, key, alias)
    return len(rows)


def _insert(model: Model, rows: Sequence[Mapping[Field, object]], fields: Sequence[Field], alias: str) -> None:
    size = connections[alias].ops.bulk_batch_size(fields, rows) if rows else 0
    for start in range(0, len(rows), max(size, 1)):
        portion = rows[start : start + max(size, 1)]
        query = unlimited(InsertQuery(model))
        query.insert_values(fields, list(_stored(model, portion, fields)), raw=True)
        query.get_compiler(using=alias).execute_sql()


def _stored(model: Model, rows: Sequence[Mapping[Field, object]], fields: Sequence[Field]) -> Iterator[Any]:
    """What each row's columns hold, by attribute: of encrypted ones the sealed form."""
    given = [{field: typed(field, value, checked=False) for field, value in row.items()} for row in rows]
    objects = [model(**{field.attname: value for field, value in row.items()}) for row in given]
    bound = [field for field in fields if isinstance(field, Encrypted) and field.is_bound]
    with keys_for((field, each) for field in bound for each in objects):
        for each, row in zip(objects, given, strict=True):
            yield SimpleNamespace(**{field.attname: _value(field, each, is_given=field in row) for field in fields})


def _value(field: Field, row: models.Model, *, is_given: bool) -> Any:
    made = None if is_given else field.pre_save(row, True)
    if isinstance(field, Encrypted):
        return field.seal_in_place(row)
    return getattr(row, field.attname) if is_given else made


def _advance(model: Model, key: Field, alias: str) -> None:
    connection = connections[alias]
    table, column = connection.ops.quote_name(model._meta.db_table), str(key.column)
    with connection.cursor() as cursor:
        cursor.execute(advance(table, connection.ops.quote_name(column)), [table, column])
