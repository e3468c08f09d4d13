"""Outcomes of age screens, append-only."""

from __future__ import annotations

import sqlalchemy as sa

from consentguard.records import EVERYONE, AgeClaim
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first


class AgeClaims:
    """`consentguard.ports.AgeClaims`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.age_claims

    def add(self, claim: AgeClaim) -> None:
        """Joined. Keep a claim."""
        add(self._database, self._table, claim)

    def latest(self, subject: str) -> AgeClaim | None:
        """The newest claim of a pseudonym by `(at, id)`, or None; always None for EVERYONE."""
        return None if subject == EVERYONE else first(self._database, _newest(self._table, subject), AgeClaim)


def _newest(table: sa.Table, subject: str) -> sa.Select[tuple[object, ...]]:
    order = (table.c.at.desc(), table.c.id.desc())
    return sa.select(table).where(table.c.subject == subject).order_by(*order).limit(1)
