"""The encrypted columns of a site's classes and tables, as the core knows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from consentguard.datamap.schema import Beside, SealedColumn
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.introspect import Models, bind_of


def sealed_columns(models: Models) -> Iterator[SealedColumn]:
    """Every encrypted column, in the order of the tables."""
    for described in models.tables():
        table = models.table(described.label)
        if table is not None:
            yield from _of(models, described.label, table)


def _of(models: Models, label: str, table: sa.Table) -> Iterator[SealedColumn]:
    names = models.names(table)
    by_name = {name: column.name for column, name in names.items()}
    for column, name in names.items():
        if isinstance(column.type, Encrypted):
            subject = column.type.bound_to.attribute
            yield SealedColumn(
                label=label,
                name=name,
                database=bind_of(table),
                db_table=table.fullname,
                db_column=column.name,
                db_keys=tuple(key.name for key in table.primary_key.columns),
                declared=column.type.declared,
                load=column.type.plain.form.load,
                dump=partial(_dumped, column.type),
                subject=subject,
                db_subject=by_name.get(subject, ""),
                copies=_beside(by_name, column.type.copies),
                copied_to=_beside(by_name, column.type.copied_to),
            )


def _beside(by_name: Mapping[str, str], name: str) -> Beside | None:
    return Beside(name, by_name[name]) if name in by_name else None


def _dumped(kind: Encrypted[Any], value: object) -> bytes:
    return kind.plain.dump(value, kind.name)[0]
