"""Second factors over SQLAlchemy's stores, in eight processes at once, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from consentguard.ports import Stores
from consentguard.testing import races
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.factor_races import Races
from tests.sqlalchemy.site import opened


@pytest.fixture(scope="module")
def race(database: str) -> Iterator[races.Race]:
    """Processes, each with connections of its own."""
    with races.Processes(partial(opened, database)) as race:
        yield race


def isolate(stores: Stores, level: str) -> None:
    """Each connection from now on at that level; SQLite has one alone."""
    assert isinstance(stores, SQLAlchemyStores)
    engine = stores._database.session().get_bind()
    assert isinstance(engine, sa.Engine)
    if engine.dialect.name != "sqlite":
        sa.event.listen(engine, "connect", lambda made, _: engine.dialect.set_isolation_level(made, level))


class TestRaces(Races):
    """By the sessions of a host."""

    isolate = staticmethod(isolate)
