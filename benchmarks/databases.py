"""Where stores are measured: in memory, or in processes of their own on an empty PostgreSQL database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import sites
from consentguard.memory import MemoryStores
from consentguard.ports import Stores
from consentguard.testing import races

POSTGRES = "CONSENTGUARD_TEST_POSTGRES"


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped afterwards."""
    import sqlalchemy as sa

    address, name = sa.make_url(os.environ[POSTGRES]), f"consentguard_{uuid4().hex}"
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as control:
        control.execute(sa.text(f"CREATE DATABASE {name}"))
        try:
            yield address.set(database=name).render_as_string(hide_password=False)
        finally:
            control.execute(sa.text(f"DROP DATABASE {name}"))


def django_database(url: str) -> dict[str, Any]:
    """The URL as Django's DATABASES has it."""
    import sqlalchemy as sa

    parts = sa.make_url(url)
    place = {"NAME": parts.database, "HOST": parts.host, "PORT": parts.port}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **place,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
    }


@contextmanager
def django_stores(url: str) -> Iterator[Stores]:
    """Django's stores on a connection of their own, in a process that has set up no other site."""
    from django.conf import settings
    from django.db import connection

    if not settings.configured:
        with tempfile.TemporaryDirectory() as folder:
            sites.django(Path(folder), django_database(url))
    from consentguard_django.stores import DjangoStores

    try:
        yield DjangoStores("default")
    finally:
        connection.close()


@contextmanager
def sqlalchemy_stores(url: str) -> Iterator[Stores]:
    """SQLAlchemy's stores on a connection of their own, which is kept."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
    from consentguard_flask.sqlalchemy.tables import attach

    tables, engine = attach(sa.MetaData()), sa.create_engine(url)  # pooled, as a site has it
    try:
        with Session(engine) as session:
            yield SQLAlchemyStores(session, tables)
    finally:
        engine.dispose()


@contextmanager
def memory() -> Iterator[races.Race]:
    """Runs acts on stores in memory."""
    yield races.threads(MemoryStores())


@contextmanager
def processes(build: Callable[[str], AbstractContextManager[Stores]]) -> Iterator[races.Race]:
    """Runs acts in processes, each on stores of its own that `build` makes for the URL of one database."""
    with database() as url, races.Processes(partial(build, url)) as race:
        race(partial(_create_tables, url), 1)
        yield race


PLACES: dict[str, tuple[str, Callable[[], AbstractContextManager[races.Race]]]] = {
    "memory": ("", memory),
    "django": (POSTGRES, partial(processes, django_stores)),
    "sqlalchemy": (POSTGRES, partial(processes, sqlalchemy_stores)),
}
"""Stores by name: the environment variable that they need, and what runs acts on them."""


def _create_tables(url: str, stores: Stores, _: int) -> None:
    """Our tables as a host gets them: by Django's migrations, or from the metadata."""
    import sqlalchemy as sa

    from consentguard_flask.sqlalchemy.tables import attach

    if type(stores).__module__.startswith("consentguard_django"):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return
    metadata = sa.MetaData()
    attach(metadata)
    metadata.create_all(sa.create_engine(url, poolclass=sa.NullPool))
