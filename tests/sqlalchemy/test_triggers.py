"""Triggers that a host installs keep proof from every statement but our own purges, over a host's session too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.exc import DBAPIError

from consentguard import triggers
from consentguard.records import Checkpoint, Seal
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ENTRY
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores


@pytest.fixture
def proof(stores: SQLAlchemyStores, session: orm.Session) -> Iterator[SQLAlchemyStores]:
    """A sealed entry, with triggers."""
    stores.entries.add(ENTRY)
    stores.seals.extend([Seal(sequence=0, entry=ENTRY.id, previous="", hash="h", at=MOMENT)])
    engine = session.get_bind()
    kind = "mysql" if engine.dialect.name == "mariadb" else engine.dialect.name
    assert isinstance(engine, sa.Engine)
    with engine.begin() as connection:
        for statement in triggers.install(kind):
            connection.exec_driver_sql(statement)
    yield stores
    session.rollback()
    with engine.begin() as connection:
        for statement in triggers.remove(kind):
            connection.exec_driver_sql(statement)


def test_our_purge_goes_on_and_leaves_the_triggers(proof: SQLAlchemyStores, session: orm.Session) -> None:
    """A statement of anybody else's is refused before and after."""
    for purge in (True, False):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(sa.text("DELETE FROM consentguard_evidence_entry"))
        session.rollback()
        if purge:
            assert proof.seals.prune(Checkpoint(sequence=0, hash="h", at=MOMENT, removed=1, key_id=1, mac="m")) == 1
            proof.entries.add(ENTRY)
