"""Neutral tables and policies, made by hand, for tests of the data map."""

from __future__ import annotations

from typing import Any

import msgspec

from consentguard.datamap.schema import Column, ColumnType, Relation, RelationKind, Table
from consentguard.manifest.schema import Manifest


def table(label: str, columns: str = "", relations: str = "", **rest: Any) -> Table:
    """A table from two short texts: `"id:key email:email"` and `"user>a.User  labels*a.Label"`.

    A column that ends with `!` is required. A relation's sign is its kind: `>` foreign key, `<` reverse, `*`
    many-to-many, `?` generic.
    """
    return Table(
        label=label,
        db_table=label.lower().replace(".", "_"),
        columns=tuple(_column(word) for word in columns.split()),
        relations=tuple(_relation(word) for word in relations.split()),
        **rest,
    )


def policy(**sections: Any) -> Manifest:
    """A manifest of the sections that a test needs."""
    return msgspec.convert({"manifest": 1, **sections}, Manifest)


def _column(word: str) -> Column:
    name, _, kind = word.removesuffix("!").partition(":")
    known: ColumnType = "integer" if kind == "key" else msgspec.convert(kind or "text", ColumnType)
    return Column(name=name, type=known, key=kind == "key", required=word.endswith("!"), primary=name == "id")


def _relation(word: str) -> Relation:
    kinds: dict[str, RelationKind] = {">": "foreign_key", "<": "reverse", "*": "many_to_many", "?": "generic"}
    sign = next(sign for sign in kinds if sign in word)
    name, _, targets = word.partition(sign)
    return Relation(name=name, kind=kinds[sign], targets=tuple(targets.split(",")) if targets else ())
