"""What the tests of search share: the tables on each database, made by their migration, and a keyring."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.memory.stores import MemoryStores
from tests.django.searched import models

TABLES = (models.Supplier, models.Customer, models.Company, models.Ticket, models.Letter, models.Login)


@pytest.fixture(scope="module")
def migrated(database: tuple[str, str]) -> Iterator[str]:
    """The alias of a database on which the migration was run."""
    alias, _ = database
    call_command("migrate", "searched", database=alias, verbosity=0)
    yield alias
    call_command("migrate", "searched", "zero", database=alias, verbosity=0)


@pytest.fixture
def ring() -> Iterator[Keyring]:
    """A keyring of the process, and data keys in memory."""
    made, stores = Keyring.generate(), MemoryStores()
    installed.install(made)
    installed.install_data_keys(lambda: stores.data_keys)
    yield made
    installed.uninstall()


@pytest.fixture
def alias(migrated: str, ring: Keyring) -> str:
    """The alias of the database, without rows."""
    for model in TABLES:
        QuerySet(model, using=migrated)._raw_delete(migrated)
    return migrated
