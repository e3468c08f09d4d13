"""Columns of the site's tables that are copies of others, while the site writes to both."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, models
from django.db.models.expressions import Combinable, RawSQL

from consentguard.changing import Change, mark
from consentguard.ports import CopiedColumn, CopiedRow
from consentguard_django.introspect import Model
from consentguard_django.stores.dataset import field_of
from consentguard_django.stores.keyset import as_bytes, change, parsed, preparing, written
from consentguard_django.stores.selecting import model_of, plain
from consentguard_django.stores.transactions import told


class DjangoCopiedRows:
    """`consentguard.ports.CopiedRows` over the models of the installed apps."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def after(self, copy: CopiedColumn, key: str, limit: int, *, uncopied: bool = False) -> Sequence[CopiedRow]:
        """Rows with greater primary keys, in their order."""
        model = model_of(copy.label)
        rows = self._rows(copy, model, "AND" if uncopied else "OR").order_by("pk")
        if key:
            rows = rows.filter(pk__gt=parsed(model, key))
        asked = [self._value(copy, model, name) for name in (copy.source, copy.target)]
        marks = [RawSQL(self._mark(model, name), ()) for name in (copy.source, copy.target)]  # noqa: S611 - names alone
        with told(self._alias):
            found = list(rows.values_list("pk", *asked, *marks, copy.subject or "pk")[:limit])
        return [
            CopiedRow(
                written(pk),
                as_bytes(source),
                as_bytes(target),
                (_mark(one), _mark(other)),
                str(subject) if copy.subject and subject is not None else None,
            )
            for pk, source, target, one, other, subject in found
        ]

    def uncopied(self, copy: CopiedColumn) -> int:
        """How many rows have a source and no target."""
        with told(self._alias):
            return self._rows(copy, model_of(copy.label), "AND").count()

    def copy(self, copy: CopiedColumn, changes: Sequence[tuple[CopiedRow, object]]) -> int:
        """Give rows a target, where both columns are as they were read; how many were."""
        model, connection = model_of(copy.label), connections[self._alias]
        quoted, target = connection.ops.quote_name, field_of(model, copy.target)
        copying = Change(
            table=quoted(model._meta.db_table),
            keys=tuple(quoted(field.column or "") for field in model._meta.pk_fields),
            sets=(quoted(target.column or ""),),
            guards=tuple(self._mark(model, name) for name in (copy.source, copy.target)),
        )
        key, is_stored = preparing(model, connection), copy.target in copy.stored
        rows = [
            (key(was.key), (new if is_stored else target.get_db_prep_save(new, connection),), was.marks)
            for was, new in changes
        ]
        return change(self._alias, model, copying, rows, is_bytes=is_stored)

    def _rows(self, copy: CopiedColumn, model: Model, word: str) -> models.QuerySet[models.Model]:
        """With AND those that have a source and no target, with OR those that have one of the two."""
        target = "IS NULL" if word == "AND" else "IS NOT NULL"
        held = f"{self._column(model, copy.source)} IS NOT NULL {word} {self._column(model, copy.target)} {target}"
        condition = RawSQL(f"({held})", (), output_field=models.BooleanField())  # noqa: S611 - names alone
        return plain(model, self._alias).filter(condition)

    def _value(self, copy: CopiedColumn, model: Model, name: str) -> Combinable | str:
        return RawSQL(self._column(model, name), ()) if name in copy.stored else name  # noqa: S611 - a name alone

    def _mark(self, model: Model, name: str) -> str:
        return mark(connections[self._alias].vendor, self._column(model, name))

    def _column(self, model: Model, name: str) -> str:
        quoted = connections[self._alias].ops.quote_name
        return f"{quoted(model._meta.db_table)}.{quoted(field_of(model, name).column or '')}"


def _mark(found: object) -> bytes | None:
    return bytes(found) if isinstance(found, (bytes, memoryview)) else None
