"""The site's session and stores, on each database that this machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm

from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.sqlalchemy.site import MODELS, TABLES, Base


@pytest.fixture(
    scope="session",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with our tables and the host's."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('stores') / 'site.sqlite3'}"
    else:
        url = request.getfixturevalue(f"{request.param}_url")
    engine = sa.create_engine(url, poolclass=NullPool)
    Base.metadata.create_all(engine)
    return url


@pytest.fixture
def session(database: str) -> Iterator[orm.Session]:
    """The host's session on empty tables."""
    engine = sa.create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with orm.Session(engine) as session:
        yield session


@pytest.fixture
def stores(session: orm.Session) -> SQLAlchemyStores:
    """The stores over the host's session."""
    return SQLAlchemyStores(session, TABLES, models=MODELS)
