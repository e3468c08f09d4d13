"""What a screen lists of a database's records: one statement for a page, and nothing that is sealed is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

import sqlalchemy as sa

from consentguard.guard import Guard
from consentguard.screens import (
    AGES,
    CONSENTS,
    ERRANDS,
    EVIDENCE,
    GUARDIANS,
    HOLDS,
    MARKS,
    MINORS,
    MOST_COUNTED,
    REQUESTS,
    RUNS,
    Screen,
)
from consentguard_flask.host import FlaskHost
from consentguard_flask.sqlalchemy.database import Database

PER_PAGE = 50
LAST_PAGE = MOST_COUNTED // PER_PAGE
TABLES = {
    CONSENTS.name: attrgetter("entries"),
    REQUESTS.name: attrgetter("requests"),
    HOLDS.name: attrgetter("holds"),
    ERRANDS.name: attrgetter("errands"),
    MARKS.name: attrgetter("marks"),
    MINORS.name: attrgetter("minor_reports"),
    GUARDIANS.name: attrgetter("guardian_consents"),
    RUNS.name: attrgetter("runs"),
    EVIDENCE.name: attrgetter("entries"),
    AGES.name: attrgetter("age_claims"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is asked for: rows of these `people`, a field of which begins with `text`, with `chosen` values."""

    text: str = ""
    people: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    page: int = 1


class Records:
    """The rows of a screen in a database."""

    def __init__(self, database: Database, screen: Screen) -> None:
        self._screen = screen
        self._database = database
        self._table: sa.Table = TABLES[screen.name](database.tables)

    def page(self, asked: Asked) -> Sequence[sa.Row[Any]]:
        """The rows of one page, and one more where there is another page. Raises StoreError."""
        query = self._query().where(*self._conditions(asked)).order_by(*self._order())
        return self._database.read(query.limit(PER_PAGE + 1).offset((asked.page - 1) * PER_PAGE))

    def find(self, id: str) -> sa.Row[Any] | None:  # noqa: A002 - the record's own word
        """The row of a record, or None. Raises StoreError."""
        return next(iter(self._database.read(self._query().where(self._table.c.id == id))), None)

    def _query(self) -> sa.Select[Any]:
        query = sa.select(*(column for column in self._table.c if column.name not in self._screen.sealed))
        query = query.filter_by(**self._screen.only)
        if self._screen is not EVIDENCE:
            return query
        seals = self._database.tables.seals
        return query.add_columns(seals.c.sequence).outerjoin_from(self._table, seals, seals.c.entry == self._table.c.id)

    def _conditions(self, asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
        columns = self._table.c
        if asked.text:
            begins = (columns[name].startswith(asked.text, autoescape=True) for name in self._screen.search)
            yield sa.or_(*begins)
        if asked.people:
            yield columns[self._screen.person].in_(asked.people)
        yield from (columns[name] == value for name, value in asked.chosen.items())

    def _order(self) -> Iterator[sa.ColumnElement[Any]]:
        for name in self._screen.order:
            column = self._table.c[name.removeprefix("-")]
            yield column.desc() if name.startswith("-") else column.asc()


def database_of(guard: Guard) -> Database:
    """The guard's database. Raises SettingsError where the app has none."""
    host, name = cast("FlaskHost", guard.site.host), guard.stores.name
    bound = host.databases().all()[name]
    return Database(bound.sessions, bound.tables, name, bound.engine)
