"""The keyring and the data keys of each test of encrypted columns, and sessions on empty tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import orm

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.memory import MemoryStores
from consentguard.testing.keys import keyring
from tests.sqlalchemy.encrypted.site import empty_tables


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """The keyring of this process, for one test."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture(autouse=True)
def stores(ring: Keyring) -> MemoryStores:
    """The stores that keep the data keys."""
    made = MemoryStores()
    installed.install_data_keys(lambda: made.data_keys)
    return made


@pytest.fixture
def session() -> Iterator[orm.Session]:
    """A session on an empty database in memory."""
    with empty_tables("sqlite://") as engine, orm.Session(engine) as session:
        yield session


@pytest.fixture
def everywhere(database: str) -> Iterator[orm.Session]:
    """A session on empty tables of each database that this machine has."""
    with empty_tables(database) as engine, orm.Session(engine) as session:
        yield session
