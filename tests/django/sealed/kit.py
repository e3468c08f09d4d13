"""What the tests of encrypted columns share: the tables on each database, a keyring, and data keys in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import QuerySet

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.memory.stores import MemoryStores
from tests.django.sealed import models

TABLES = (models.Owner, models.Sheet, models.Appendix, models.Line, models.Ticket, models.Letter)


@pytest.fixture(scope="module")
def tables(database: tuple[str, str]) -> Iterator[str]:
    """The alias of a database with these tables."""
    alias, _ = database
    with connections[alias].schema_editor() as editor:
        for model in TABLES:
            editor.create_model(model)
    yield alias
    with connections[alias].schema_editor() as editor:
        for model in reversed(TABLES):
            editor.delete_model(model)


@pytest.fixture
def ring() -> Iterator[Keyring]:
    """A keyring of the process, and data keys in memory."""
    made, stores = Keyring.generate(), MemoryStores()
    installed.install(made)
    installed.install_data_keys(lambda: stores.data_keys)
    yield made
    installed.uninstall()


@pytest.fixture
def alias(tables: str, ring: Keyring) -> str:
    """The alias of the database, without rows."""
    for model in reversed(TABLES):
        QuerySet(model, using=tables)._raw_delete(tables)
    return tables


async def leave(alias: str) -> None:
    """Close what an event loop has opened in its thread for the database."""

    def forget() -> None:
        connections[alias].close()
        del connections[alias]

    await sync_to_async(forget)()


def stored(alias: str, table: str, column: str, key: object = None) -> bytes | None:
    """What the database holds in a row, or in the only one."""
    quote = connections[alias].ops.quote_name
    where, params = (f" WHERE {quote('id')} = %s", [key]) if key is not None else ("", [])
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {quote(column)} FROM {quote(table)}{where}", params)  # noqa: S608 - names of these tests
        (value,) = cursor.fetchone()
    return None if value is None else bytes(value)
