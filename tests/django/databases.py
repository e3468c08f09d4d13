"""Databases beside the test site's own: a SQLite file, PostgreSQL and MariaDB, each under an alias of its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

import tests.django.conftest  # noqa: F401 - sets Django up, also in a process that knows nothing yet
from consentguard_django.stores import DjangoStores
from tests.django.people import models as people

ENGINES = {"sqlite": "sqlite3", "postgresql+psycopg": "postgresql", "mysql+pymysql": "mysql"}

TABLES = (
    people.Person,
    people.Note,
    people.Reply,
    people.Secret,
    people.Label,
    people.Vault,
    people.Moving,
    people.Ticket,
)


def connect(alias: str, url: str, **options: Any) -> BaseDatabaseWrapper:
    """Add an alias for the database of a SQLAlchemy URL, or for a SQLite file's path after `sqlite:`."""
    parts = urlsplit(url)
    engine = ENGINES[parts.scheme]
    if engine == "mysql":
        _let_pymysql_serve()
    place = {"NAME": parts.path} if engine == "sqlite3" else _server(url)
    added = {"ENGINE": f"django.db.backends.{engine}", **place, **options}
    connections.settings[alias] = connections.configure_settings({DEFAULT_DB_ALIAS: {}, alias: added})[alias]
    return connections[alias]


def disconnect(alias: str) -> None:
    """Close the alias's connection and forget the alias."""
    connections[alias].close()
    del connections[alias]
    del connections.settings[alias]


@contextmanager
def connected(alias: str, url: str) -> Iterator[None]:
    """The alias with our tables and a host's, for the length of the block."""
    connection = connect(alias, url)
    try:
        call_command("migrate", "consentguard_django", database=alias, verbosity=0)
        with connection.schema_editor() as editor:
            for model in TABLES:
                editor.create_model(model)
        yield
        call_command("migrate", "consentguard_django", "zero", database=alias, verbosity=0)
        with connection.schema_editor() as editor:
            for model in reversed(TABLES):
                editor.delete_model(model)
    finally:
        disconnect(alias)


def emptied(alias: str) -> None:
    """Remove every row."""
    ours = apps.get_app_config("consentguard_django").get_models()
    links = people.Label.notes.through
    for model in (links, *reversed(TABLES), *ours):
        QuerySet(model, using=alias)._raw_delete(alias)


@contextmanager
def elsewhere(alias: str, url: str) -> Iterator[DjangoStores]:
    """The stores of a database in another process, on a connection of its own."""
    connect(alias, url)
    try:
        yield DjangoStores(alias)
    finally:
        disconnect(alias)


def _server(url: str) -> dict[str, Any]:
    from sqlalchemy import make_url

    parts = make_url(url)
    return {
        "NAME": parts.database,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.host or "",
        "PORT": parts.port or "",
    }


def _let_pymysql_serve() -> None:
    """PyMySQL in the place of mysqlclient, which Django asks for by its version."""
    import pymysql

    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
