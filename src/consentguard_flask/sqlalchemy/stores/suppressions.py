"""Addresses that no mail goes to any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consentguard.ports.mistakes import RefusedError
from consentguard_flask.sqlalchemy.database import Database


class Suppressions:
    """`consentguard.ports.Suppressions`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.suppressions

    def add(self, address: str, purpose: str, at: dt.datetime) -> bool:
        """Joined. Suppress a pseudonym for a purpose; False, with nothing changed, where it is already."""
        new = {"address": address, "purpose": purpose, "at": at}
        try:
            # inside a transaction this is a savepoint, so that the rest goes on where the row is there already
            with self._database.atomic():
                self._database.write(sa.insert(self._table), new)
        except RefusedError:
            return False
        return True

    def lift(self, address: str, purpose: str) -> bool:
        """Joined. Suppress it no more; the verdict."""
        columns = self._table.c
        return self._database.remove(self._table, columns.address == address, columns.purpose == purpose) > 0

    def among(self, addresses: Sequence[str], purpose: str) -> frozenset[str]:
        """Those of these pseudonyms that are suppressed for a purpose."""
        columns = self._table.c
        query = sa.select(columns.address).where(columns.address.in_(addresses), columns.purpose == purpose)
        return frozenset(address for (address,) in self._database.read_now(query))

    def counts(self) -> Mapping[str, int]:
        """How many pseudonyms are suppressed, by purpose."""
        columns = self._table.c
        query = sa.select(columns.purpose, sa.func.count()).group_by(columns.purpose).order_by(columns.purpose)
        return dict(map(tuple, self._database.read(query)))
