"""Describes SQLAlchemy classes and tables as neutral tables, and finds the tag in force for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError

from consentguard.datamap.own import TAGS
from consentguard.datamap.schema import Column, Relation, RelationKind, Table, is_natural
from consentguard.datamap.sources import belongs_to_site, file_of, source_of
from consentguard.datamap.tags import Tag, labels, tag_of
from consentguard_flask.sqlalchemy.encrypted.digests import is_digest
from consentguard_flask.sqlalchemy.neutral import neutral

NEARLY = 0.8
"""How alike two labels are, from 0 to 1, of which one is taken for a slip: `Mesage` and `message` for `Message`."""
KINDS: dict[orm.RelationshipDirection, RelationKind] = {
    orm.RelationshipDirection.MANYTOONE: "foreign_key",
    orm.RelationshipDirection.ONETOMANY: "reverse",
    orm.RelationshipDirection.MANYTOMANY: "many_to_many",
}


@dataclass(frozen=True)
class Models:
    """The classes and tables of a site: `registries` know the classes, `metadatas` also tables without one.

    A MetaData alone shows tables only, and their labels are then the tables' names.
    """

    registries: tuple[orm.registry, ...]
    metadatas: tuple[sa.MetaData, ...]

    @classmethod
    def of(cls, db: object) -> Models:
        """From a declarative base, a registry, a MetaData, or Flask-SQLAlchemy's object.

        Raises TypeError for anything else.
        """
        if isinstance(db, sa.MetaData):
            return cls((), (db,))
        if isinstance(db, orm.registry):
            return cls((db,), (db.metadata,))
        base = getattr(db, "Model", db)
        registry = getattr(base, "registry", None)
        if not isinstance(registry, orm.registry):
            raise TypeError(f"{db!r} is no SQLAlchemy database: give a declarative base, a registry or a MetaData")
        by_bind: dict[object, sa.MetaData] = getattr(db, "metadatas", {})
        return cls((registry,), tuple(by_bind.values()) or (registry.metadata,))

    def tables(self) -> tuple[Table, ...]:
        """Every table, those with a class first, by the name of the table."""
        return tuple(self._table(table) for table in self._labels)

    def classes(self) -> dict[str, type]:
        """The class that owns each table which has one, by label."""
        return {
            label: self._mappers[table][0].class_ for table, label in self._labels.items() if table in self._mappers
        }

    def tags(self) -> dict[str, Tag]:
        """The tag in force for each tagged table, by label: of a class that uses it, a mixin, or the table's name.

        A label that is nearly one of these is kept, so that it is reported. Another may be of another app in this
        process, or of a package that is not installed.
        """
        found = {label: _tag(label, self._mappers.get(table, [])) for table, label in self._labels.items()}
        strangers = {label: tag_of(label) for label in labels() if label not in found and _is_misspelt(label, found)}
        return {label: tag for label, tag in (found | strangers).items() if tag is not None}

    def table(self, label: str) -> sa.Table | None:
        """The table of that label, if there is one."""
        return self._by_label.get(label)

    def label(self, table: sa.Table) -> str | None:
        """The label of a table, if it is one of these."""
        return self._labels.get(table)

    def mappers(self, table: sa.Table) -> tuple[orm.Mapper[Any], ...]:
        """The mappers of the classes that share a table, the one that owns it first."""
        return tuple(self._mappers.get(table, ()))

    def names(self, table: sa.Table) -> dict[sa.Column[Any], str]:
        """Each column of a table with the name that the data map knows it by."""
        return _names(table, self.mappers(table))

    @cached_property
    def _by_label(self) -> dict[str, sa.Table]:
        return {label: table for table, label in self._labels.items()}

    @cached_property
    def _mappers(self) -> dict[sa.Table, list[orm.Mapper[Any]]]:
        """The mappers of each table: its own class first, then single-table children and others that share it."""
        found: dict[sa.Table, list[orm.Mapper[Any]]] = {}
        for registry in self.registries:
            registry.configure()
            for mapper in sorted(registry.mappers, key=lambda mapper: mapper.class_.__qualname__):
                if isinstance(mapper.local_table, sa.Table):
                    found.setdefault(mapper.local_table, []).append(mapper)
        for mappers in found.values():
            mappers.sort(key=lambda mapper: mapper.single)
        return found

    @cached_property
    def _labels(self) -> dict[sa.Table, str]:
        """A unique label for each table: the class's name, with its module where two share it, or the table's name."""
        every = {table for metadata in self.metadatas for table in metadata.tables.values()}
        every |= self._mappers.keys()
        ordered = sorted(every, key=lambda table: (table not in self._mappers, table.fullname, bind_of(table)))
        short = {table: self._short(table) for table in ordered}
        shared = Counter(short.values())
        return {table: self._long(table) if shared[label] > 1 else label for table, label in short.items()}

    def _short(self, table: sa.Table) -> str:
        return self._mappers[table][0].class_.__name__ if table in self._mappers else str(table.fullname)

    def _long(self, table: sa.Table) -> str:
        if table in self._mappers:
            model = self._mappers[table][0].class_
            return f"{model.__module__}.{model.__qualname__}"
        return f"{bind_of(table)}.{table.fullname}"

    def _table(self, table: sa.Table) -> Table:
        mappers = self._mappers.get(table, [])
        model = mappers[0].class_ if mappers else None
        names = _names(table, mappers)
        return Table(
            label=self._labels[table],
            db_table=str(table.fullname),
            columns=tuple(_column(column, name) for column, name in names.items()),
            relations=tuple(self._relations(mappers, names)),
            own=table.name not in TAGS and (model is None or belongs_to_site(file_of(model))),
            source=source_of(model) if model is not None else "",
        )

    def _relations(self, mappers: Iterable[orm.Mapper[Any]], names: dict[sa.Column[Any], str]) -> Iterator[Relation]:
        """The relationships of the classes, and each foreign key that none of them follows, by its column's name."""
        covered: set[sa.ColumnElement[Any]] = set()
        found: dict[str, Relation] = {}
        for relationship in (each for mapper in mappers for each in mapper.relationships):
            label = self._label_of(relationship.mapper.local_table)
            if label is not None:
                name, kind = relationship.key, KINDS[relationship.direction]
                local = relationship.local_columns if kind == "foreign_key" else set()
                holding = tuple(names[column] for column in names if column in local)
                found.setdefault(name, Relation(name=name, kind=kind, targets=(label,), columns=holding))
                covered |= local
        yield from found.values()
        for column, name in names.items():
            label = None if column in covered else self._label_of(_referred(column))
            if label is not None:
                yield Relation(name=name, kind="foreign_key", targets=(label,))

    def _label_of(self, table: sa.FromClause | None) -> str | None:
        return self._labels.get(table) if isinstance(table, sa.Table) else None


def _is_misspelt(label: str, known: Iterable[str]) -> bool:
    return bool(get_close_matches(label.lower(), map(str.lower, known), 1, NEARLY))


def bind_of(table: sa.Table) -> str:
    """The bind that Flask-SQLAlchemy keeps a table's metadata under; `default` where there is none."""
    return str(table.metadata.info.get("bind_key") or "default")


def _names(table: sa.Table, mappers: Iterable[orm.Mapper[Any]]) -> dict[sa.Column[Any], str]:
    """Each column with the attribute that the classes know it by; one that no class maps keeps its own key.

    Those of search indexes are part of the encrypted column that they are made of.
    """
    # plain texts: what SQLAlchemy calls quoted names cannot be written as JSON
    names = {column: str(column.key) for column in table.columns if not is_digest(column)}
    for mapper in reversed(list(mappers)):
        for attribute in mapper.column_attrs:
            names |= {column: attribute.key for column in attribute.columns if column in names}
    return names


def _column(column: sa.Column[Any], name: str) -> Column:
    kind = neutral(column.type)
    generated = column.default is not None or column.server_default is not None
    key = bool(column.foreign_keys) or (column.primary_key and not is_natural(kind, generated=generated))
    return Column(
        name=name,
        type=kind,
        db_name=str(column.name),
        key=key,
        required=not column.nullable,
        primary=column.primary_key,
        length=getattr(column.type, "length", None),
    )


def _referred(column: sa.Column[Any]) -> sa.Table | None:
    """The table that a foreign key of `column` refers to; None where it has none, or the table is not known."""
    for key in column.foreign_keys:
        try:
            return key.column.table
        except (NoReferencedTableError, NoReferencedColumnError):
            continue
    return None


def _tag(label: str, mappers: list[orm.Mapper[Any]]) -> Tag | None:
    """The tag of a table's class; what a class with a table of its own inherited stays with that table."""
    classes = [mapper.class_ for mapper in mappers]
    parents = [parent.class_ for parent in mappers[0].iterate_to_root() if parent is not mappers[0]] if mappers else []

    def inheritable(base: type) -> bool:
        mapped = sa.inspect(base, raiseerr=False) is not None
        return not mapped and not any(issubclass(parent, base) for parent in parents)

    return tag_of(label, classes, inheritable)
