"""The host's own rows, by the labels and paths of its data map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard import triggers
from consentguard.datamap.alike import alike
from consentguard.datamap.schema import EMPTIED
from consentguard.ports import StoreError
from consentguard.records import Selection
from consentguard_flask.sqlalchemy import encrypted_rows
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.neutral import neutral
from consentguard_flask.sqlalchemy.paths import Condition, Paths, Rows, same

PORTION = 1000
"""How many rows are read or changed by one statement."""


class SQLAlchemyDataset:
    """`consentguard.ports.Dataset`. Cascades of relationships are not followed: a plan says what goes, and in order."""

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models
        self._paths = Paths(models, self._same)

    def match(self, label: str, column: str, value: str) -> Sequence[str]:
        """The primary keys, as text and in order, of rows whose column is `value`, upper and lower case alike."""
        rows = self._paths.rows(label)
        is_encrypted = isinstance(rows.source(column).type, Encrypted)
        likely = encrypted_rows.equals(rows, column, value) if is_encrypted else _alike(rows.column(column), value)
        reading = encrypted_rows.Reading(rows, [column])
        query = sa.select(rows.key, *reading.selected).where(likely).order_by(rows.key)
        found = [tuple(row) for row in self._database.read(query)]
        held = reading.values(row[1:] for row in found)
        # databases, and indexes, disagree about accents, spaces and what is upper case
        return [str(row[0]) for row, (text,) in zip(found, held, strict=True) if alike(text, value)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        rows = self._paths.rows(selection.label)
        query = sa.select(sa.func.count()).select_from(rows.alias).where(self._paths.selected(rows, selection))
        return int(self._database.read(query)[0][0])

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key, read in portions."""
        rows = self._paths.rows(selection.label)
        keys = [rows.alias.c[key.key] for key in rows.keys]
        selected = self._paths.selected(rows, selection)
        reading = encrypted_rows.Reading(rows, columns)
        query = sa.select(*keys, *reading.selected).where(selected).order_by(*keys)
        portion = self._database.read(query.limit(PORTION))
        while portion:
            read = reading.values(row[len(keys) :] for row in portion)
            yield from (dict(zip(columns, values, strict=True)) for values in read)
            last = sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(portion[-1], keys, strict=False)))
            further = sa.tuple_(*keys) > last if len(keys) > 1 else keys[0] > portion[-1][0]
            portion = self._database.read(query.where(further).limit(PORTION)) if len(portion) == PORTION else ()

    def delete(self, selection: Selection) -> int:
        """Joined. Delete the selected rows, and what ties them to others in association tables; how many went.

        Raises StoreError, with nothing changed, where a row of another table refers to one of them.
        """
        rows = self._paths.rows(selection.label)
        kept = rows.table.name in triggers.TABLES
        with self._database.purging() if kept else self._database.atomic():
            gone = 0
            for those in self._portions(rows, selection):
                for tie in self._ties(rows, those):
                    self._database.write(tie)
                gone += self._database.write(sa.delete(rows.table).where(those))
            self._expire(rows.table)
        return gone

    def clear(self, selection: Selection, columns: Sequence[str]) -> int:
        """Joined. Empty these columns of the selected rows: NULL, or `""` where NULL is not allowed; how many rows.

        Raises StoreError, with nothing changed, for a column that can be neither.
        """
        rows = self._paths.rows(selection.label)
        empty = {rows.source(name): _empty(rows, name) for name in columns}
        empty |= {column: sa.null() for column in encrypted_rows.holders(empty)}
        with self._database.atomic():
            emptied = sum(self._empty(rows, those, empty) for those in self._portions(rows, selection))
            self._expire(rows.table)
        return emptied

    def _empty(self, rows: Rows, those: Condition, empty: Mapping[sa.Column[Any], object]) -> int:
        sealed = [column for column in empty if encrypted_rows.needs_sealing(column)]
        if not sealed:
            return self._database.write(sa.update(rows.table).where(those).values(empty))
        others = {column: value for column, value in empty.items() if column not in sealed}
        emptying = encrypted_rows.Emptying(rows, sealed, others)
        given = emptying.parameters(self._database.read(sa.select(*emptying.selected).where(those)))
        self._database.write(emptying.statement, given)
        return len(given)

    def _portions(self, rows: Rows, selection: Selection) -> Iterator[Condition]:
        """The selected rows by their keys, read before any of them changes what others are selected by."""
        keys = [rows.alias.c[key.key] for key in rows.keys]
        query = sa.select(*keys).where(self._paths.selected(rows, selection)).order_by(*keys)
        found = [tuple(row) for row in self._database.read(query)]
        for start in range(0, len(found), PORTION):
            yield _one_of(rows.keys, found[start : start + PORTION])

    def _ties(self, rows: Rows, those: Condition) -> Iterator[sa.Delete]:
        """Statements that remove the selected rows from association tables, as the ORM does."""
        for mapper in self._models.mappers(rows.table):
            for relationship in mapper.relationships:
                pairs = relationship.synchronize_pairs
                table = relationship.secondary
                if not isinstance(table, sa.Table) or relationship.viewonly:
                    continue
                if all(local.table is rows.table for local, _ in pairs):
                    near = sa.select(*(local for local, _ in pairs)).where(those)
                    far = sa.tuple_(*(remote for _, remote in pairs)) if len(pairs) > 1 else pairs[0][1]
                    yield sa.delete(table).where(far.in_(near))

    def _expire(self, table: sa.Table) -> None:
        """Let the session's objects of a table be read anew: their rows changed without them."""
        session = self._database.session()
        for found in session.identity_map.values():
            if table in sa.inspect(type(found)).tables:
                session.expire(found)

    def _same(self, one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> Condition:
        return same(self._database.dialect, one, other)


def _alike(column: sa.ColumnElement[Any], value: str) -> Condition:
    """What finds at least every row whose column is `value`, upper and lower case alike, on every database."""
    if value.isascii():
        return sa.func.lower(column) == value.lower()
    pattern = "".join(_escaped(character) if character.isascii() else "_" for character in value.lower())
    return sa.func.lower(column).like(pattern, escape="~")


def _escaped(character: str) -> str:
    return f"~{character}" if character in "~%_" else character


def _one_of(keys: Sequence[sa.Column[Any]], values: Sequence[tuple[Any, ...]]) -> Condition:
    return sa.tuple_(*keys).in_(values) if len(keys) > 1 else keys[0].in_([value for (value,) in values])


def _empty(rows: Rows, name: str) -> object:
    """NULL, or no characters where there must be a value; the row's key where no two rows may hold the same."""
    column = rows.source(name)
    if column.nullable:
        return sa.null()
    if neutral(column.type) in EMPTIED and not column.foreign_keys and not isinstance(column.type, sa.Enum):
        return sa.cast(rows.keys[0], sa.String(64)) if _differs(column) else ""
    hint = "let it be NULL, or let the whole row go"
    raise StoreError(f'"{rows.label}.{name}" can be neither NULL nor an empty text', hint=hint)


def _differs(column: sa.Column[Any]) -> bool:
    """Whether the column takes part in what tells rows apart."""
    table = column.table
    together = [each.columns for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    together += [index.columns for index in table.indexes if index.unique]
    return bool(column.unique) or any(column.key in columns for columns in together)
