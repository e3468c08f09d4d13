"""How much some rows of the site's own tables are, and where they part into equal shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from consentguard.ports import StoreError
from consentguard.records import Weight
from consentguard_django.fields import Encrypted
from consentguard_django.introspect import type_of
from consentguard_django.stores.holding import Stored
from consentguard_django.stores.keyset import written
from consentguard_django.stores.walking import end, walk

if TYPE_CHECKING:
    Rows = models.QuerySet[Any]


class _Size(models.Func):
    """The bytes of a text or of bytes, or on some databases its characters."""

    function = "LENGTH"
    arity = 1
    output_field = models.BigIntegerField()


def weight(rows: Rows, column: str) -> Weight:
    """How many there are, the bytes of their values as texts (about), and the oldest moment of a column.

    The column may be one of a row over foreign keys. Raises StoreError for one that there is not, or of no moments.
    """
    sizes = [Coalesce(_size(field), 0) for field in rows.model._meta.local_concrete_fields if not field.generated]
    total: Any = sizes[0]
    for size in sizes[1:]:
        total = total + size
    asked: dict[str, Any] = {"rows": models.Count("*"), "bytes": models.Sum(total)}
    if column:
        asked["oldest"] = models.Min(_lookup(rows, column))
    found = rows.order_by().aggregate(**{f"consentguard_{name}": each for name, each in asked.items()})
    oldest = found.get("consentguard_oldest")
    return Weight(found["consentguard_rows"], int(found["consentguard_bytes"] or 0), _moment(oldest))


def parted(rows: Rows, parts: int) -> Iterator[str]:
    """The primary keys of the last row of each share but the last, of rows in the order of their keys."""
    count = rows.count()
    parts, keys = min(parts, count), rows.values_list("pk", flat=True)
    for part in range(1, parts):
        share = count * part // parts - count * (part - 1) // parts
        found = next(iter(keys[share - 1 : share]), None)
        if found is None:  # fewer by now
            return
        yield written(found)
        keys = rows.filter(pk__gt=found).values_list("pk", flat=True)


def _size(field: models.Field[Any, Any]) -> models.Expression:
    if isinstance(field, Encrypted):
        return _Size(Stored(field.name))
    kind = type_of(field)
    is_plain = kind in ("text", "email", "file", "binary") and not field.is_relation
    return _Size(models.F(field.name) if is_plain else Cast(field.name, models.TextField()))


def _lookup(rows: Rows, column: str) -> str:
    lookup, _, _ = walk(rows.model, column)
    field = end(rows.model, lookup)
    if not isinstance(field, models.DateField):
        raise StoreError(f"{rows.model._meta.label}.{column} holds no moments", hint="name a column that does")
    return lookup


def _moment(value: dt.date | None) -> dt.datetime | None:
    """In UTC; of a day its beginning in the site's zone."""
    if value is None:
        return None
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment, timezone.get_default_timezone())
    return aware.astimezone(dt.UTC)
