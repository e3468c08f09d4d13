"""Sessions that Flask-Session keeps in a table: those of somebody who was erased end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consentguard_flask.databases import Databases
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.introspect import bind_of

USER = "_user_id"
"""Where Flask-Login keeps what `get_id` gave: the primary key, unless the site's class says otherwise."""
PORTION = 500
"""How many sessions are read at a time."""


def forget_sessions(app: Flask, databases: Databases, keys: Sequence[str]) -> int:
    """End the sessions of the users with these primary keys; how many ended. Raises StoreError.

    Every session is read: whose one is stands only in its content. None where sessions are elsewhere than in the table
    of Flask-Session, such as in a cookie: those are nobody's as soon as the user's row is gone.
    """
    model = getattr(app.session_interface, "sql_session_model", None)
    readers = _readers(app)
    if model is None or not readers:
        return 0
    table: sa.Table = model.__table__
    bind = bind_of(table)
    bound = databases.all()[bind]
    database = Database(bound.sessions, bound.tables, bind, bound.engine)
    theirs = frozenset(keys)
    ending = [id_ for id_, data in _every(database, table) if _content(readers, data).get(USER) in theirs]
    for start in range(0, len(ending), PORTION):
        database.write(sa.delete(table).where(table.c.id.in_(ending[start : start + PORTION])))
    return len(ending)


def _readers(app: Flask) -> Sequence[Any]:
    """What reads a session's content. Not the serializer as such: what it cannot read, it hands to pickle."""
    serializer = getattr(app.session_interface, "serializer", None)
    found = (getattr(serializer, name, None) for name in ("decoder", "alternate_decoder"))
    return [reader for reader in found if reader is not None]


def _every(database: Database, table: sa.Table) -> Iterator[tuple[int, bytes]]:
    """Each session, in portions: a server may keep millions."""
    last, query = 0, sa.select(table.c.id, table.c.data).order_by(table.c.id).limit(PORTION)
    while portion := database.read(query.where(table.c.id > last)):
        yield from map(tuple, portion)
        last = portion[-1][0]


def _content(readers: Sequence[Any], data: bytes) -> Mapping[str, object]:
    for reader in readers:
        with suppress(ValueError):  # which what msgspec raises is
            content = reader.decode(data)
            return content if isinstance(content, dict) else {}
    return {}
