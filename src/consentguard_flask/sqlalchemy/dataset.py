"""The host's own rows, by the labels and paths of its data map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa

from consentguard import triggers
from consentguard.datamap.alike import alike
from consentguard.datamap.tags import SELF
from consentguard.ports import StoreError
from consentguard.records import Selection, Weight
from consentguard_flask.sqlalchemy import encrypted_rows
from consentguard_flask.sqlalchemy.adding import insert
from consentguard_flask.sqlalchemy.changing import change
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.holding import differs, is_text
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.paths import Paths, Rows, same
from consentguard_flask.sqlalchemy.row_keys import Condition, among, behind, beyond, written
from consentguard_flask.sqlalchemy.valued import typed
from consentguard_flask.sqlalchemy.weighing import weighing, weight

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
        return [written(row[:1]) for row, (text,) in zip(found, held, strict=True) if alike(text, value)]

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""
        rows = self._paths.rows(selection.label)
        query = sa.select(sa.func.count()).select_from(rows.alias).where(self._paths.selected(rows, selection))
        return int(self._database.read(query)[0][0])

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key, read in portions."""
        rows = self._paths.rows(selection.label)
        keys = rows.every_key
        selected = self._paths.selected(rows, selection)
        reading = encrypted_rows.Reading(rows, columns)
        query = sa.select(*keys, *reading.selected).where(selected).order_by(*keys)
        portion = self._database.read(query.limit(PORTION))
        while portion:
            read = reading.values(row[len(keys) :] for row in portion)
            yield from (dict(zip(columns, values, strict=True)) for values in read)
            further = query.where(behind(keys, portion[-1][: len(keys)]))
            portion = self._database.read(further.limit(PORTION)) if len(portion) == PORTION else ()

    def weigh(self, selection: Selection, column: str = "") -> Weight:
        """How many rows are selected, the bytes of their values (about), and the oldest moment of `column`."""
        rows = self._paths.rows(selection.label)
        query = weighing(self._paths, rows, self._paths.selected(rows, selection), column)
        return weight(*tuple(self._database.read(query)[0]))

    def keys(self, selection: Selection, after: str, limit: int) -> Sequence[str]:
        """The first so many primary keys behind `after` of the selected rows, in their order.

        One of several columns is a JSON list of texts. Raises StoreError for an `after` that is no such key.
        """
        return [written(key) for key in self._database.read(self._keys(selection, after).limit(limit))]

    def split(self, selection: Selection, parts: int) -> Sequence[str]:
        """At most `parts - 1` primary keys, in order, that part the selected rows into about equal shares."""
        count, found = self.count(selection), list[str]()
        parts = min(parts, count)
        for part in range(1, parts):
            share = count * part // parts - count * (part - 1) // parts
            query = self._keys(selection, found[-1] if found else "").offset(share - 1).limit(1)
            found += map(written, self._database.read(query))
        return found

    def delete(self, selection: Selection) -> int:
        """Joined. Delete the selected rows, and what ties them to others in association tables; how many went.

        Raises StoreError, with nothing changed, where a row of another table refers to one of them.
        """
        rows = self._paths.rows(selection.label)
        kept = rows.table.name in triggers.TABLES
        with self._database.purging() if kept else self._block(rows, selection, is_one=not self._has_ties(rows)):
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
        is_one = not any(map(encrypted_rows.needs_sealing, empty))
        with self._block(rows, selection, is_one=is_one):
            emptied = sum(self._empty(rows, those, empty) for those in self._portions(rows, selection))
            self._expire(rows.table)
        return emptied

    def change(self, selection: Selection, values: Mapping[str, object]) -> int:
        """Joined. Give columns of the selected rows these values; how many rows.

        Raises StoreError, with nothing changed, for a value that a column cannot hold.
        """
        rows = self._paths.rows(selection.label)
        given = {rows.source(name): typed(rows.label, name, rows.source(name), value) for name, value in values.items()}
        with self._database.atomic():
            changed = sum(change(self._database, rows, those, given) for those in self._portions(rows, selection))
            self._expire(rows.table)
        return changed

    def insert(self, label: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Joined. Add rows with the keys that they are given; how many. Columns left out hold their default."""
        table = self._paths.rows(label)
        given = [
            {table.source(name): typed(label, name, table.source(name), value) for name, value in row.items()}
            for row in rows
        ]
        with self._database.atomic():
            return insert(self._database, table, given)

    def histories(self, label: str) -> Sequence[str]:
        """None: no package of SQLAlchemy's keeps the past of rows where one could tell by itself."""
        self._paths.rows(label)
        return ()

    def forget(self, label: str, keys: Sequence[str], columns: Sequence[str] = ()) -> Mapping[str, int]:
        """Nothing is to be forgotten: a site's own tables of the past are named in its data map."""
        self._paths.rows(label)
        return {}

    def _keys(self, selection: Selection, after: str) -> sa.Select[Any]:
        rows = self._paths.rows(selection.label)
        keys = rows.every_key
        return sa.select(*keys).where(self._paths.selected(rows, selection), *beyond(keys, after)).order_by(*keys)

    def _block(self, rows: Rows, selection: Selection, *, is_one: bool) -> AbstractContextManager[None]:
        """A transaction, or none of its own where all that is done is one statement, `is_one` for each portion."""
        return nullcontext() if is_one and self._is_named(rows, selection) else self._database.atomic()

    def _empty(self, rows: Rows, those: Condition, empty: Mapping[sa.Column[Any], object]) -> int:
        sealed = {column: encrypted_rows.emptied(column) for column in empty if encrypted_rows.needs_sealing(column)}
        if not sealed:
            return self._database.write(sa.update(rows.table).where(those).values(empty))
        others = {column: value for column, value in empty.items() if column not in sealed}
        emptying = encrypted_rows.Sealing(rows, sealed, others)
        given = emptying.parameters(self._database.read(sa.select(*emptying.selected).where(those)))
        if given:
            self._database.write(emptying.statement, given)
        return len(given)

    def _portions(self, rows: Rows, selection: Selection) -> Iterator[Condition]:
        """The selected rows by their keys, read before any of them changes what others are selected by."""
        if self._is_named(rows, selection):
            yield self._paths.selected(rows.own(), selection)
            return
        keys = rows.every_key
        query = sa.select(*keys).where(self._paths.selected(rows, selection)).order_by(*keys)
        found = [tuple(row) for row in self._database.read(query)]
        for start in range(0, len(found), PORTION):
            yield among(rows.keys, found[start : start + PORTION])

    def _is_named(self, rows: Rows, selection: Selection) -> bool:
        """Whether the rows are few and named by their keys, and not selected by what ties them to others besides."""
        is_own = selection.path == SELF and selection.root in ("", selection.label)
        is_tested = bool(selection.where or selection.besides)
        return is_own and 0 < len(selection.keys) <= PORTION and not (is_tested and self._has_ties(rows))

    def _has_ties(self, rows: Rows) -> bool:
        return any(True for _ in self._ties(rows, sa.true()))

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


def _empty(rows: Rows, name: str) -> object:
    """NULL, or no characters where there must be a value; the row's key where no two rows may hold the same."""
    column = rows.source(name)
    if column.nullable:
        return sa.null()
    if is_text(column):
        return sa.cast(rows.keys[0], sa.String(64)) if differs(column) else ""
    hint = "let it be NULL, or let the whole row go"
    raise StoreError(f'"{rows.label}.{name}" can be neither NULL nor an empty text', hint=hint)
