"""Who has a second factor, person by person, over the tables of apps, passkeys, recovery codes and sessions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consentguard.screens import Holder, holder_of
from consentguard_flask.admin.records import PER_PAGE, Asked
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.factor_sessions import counting


def holders(database: Database, asked: Asked, now: dt.datetime) -> Sequence[Holder]:
    """What the people of one page have, and one more where there is another page: as many statements for all of them.

    Raises StoreError.
    """
    tables = database.tables
    chosen = sa.union(*_chosen(database, asked))
    query = chosen.order_by(chosen.selected_columns.subject).limit(PER_PAGE + 1).offset((asked.page - 1) * PER_PAGE)
    people = [row.subject for row in database.read(query)]
    shown = ("subject", "state", "created_at", "failures", "next_at")
    apps = _grouped(database, sa.select(*(tables.authenticators.c[name] for name in shown)), people)
    keys = _grouped(database, sa.select(tables.passkeys.c.subject, tables.passkeys.c.created_at), people)
    unused = sa.select(tables.recovery_codes).where(tables.recovery_codes.c.used_at.is_(None))
    codes = _counted(database, unused, people)
    devices = _counted(database, counting(tables, now), people)
    found = (
        holder_of(each, apps[each], [key.created_at for key in keys[each]], codes.get(each, 0), devices.get(each, 0))
        for each in people
    )
    return [each for each in found if each]


def _chosen(database: Database, asked: Asked) -> Iterator[sa.Select[Any]]:
    """The people who have an app, and those who have a passkey, which is always active."""
    state = asked.chosen.get("state")
    for table in (database.tables.authenticators, database.tables.passkeys):
        query = sa.select(table.c.subject)
        if asked.people:
            query = query.where(table.c.subject.in_(asked.people))
        if asked.text:
            query = query.where(table.c.subject.startswith(asked.text, autoescape=True))
        if state and "state" in table.c:
            query = query.where(table.c.state == state)
        elif state and state != "active":
            continue
        yield query


def _grouped(database: Database, query: sa.Select[Any], people: Sequence[str]) -> Mapping[str, list[sa.Row[Any]]]:
    found: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in database.read(query.where(query.selected_columns.subject.in_(people))):
        found[row.subject].append(row)
    return found


def _counted(database: Database, query: sa.Select[Any], people: Sequence[str]) -> Mapping[str, int]:
    subject = query.selected_columns.subject
    counted = (
        query.with_only_columns(subject, sa.func.count().label("number")).where(subject.in_(people)).group_by(subject)
    )
    return {row.subject: row.number for row in database.read(counted.group_by(subject))}
