"""A site whose columns move in and out of encryption, and another process that fills a copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.clock import SystemClock
from consentguard.crypto.keyring import Keyring
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.encryption import Encryption
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.sealed import sealed_columns
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach


class Base(orm.DeclarativeBase):
    """The classes of the site."""


class Moving(Base):
    """Columns on their way in and out of encryption."""

    __tablename__ = "moving"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(sa.String(200))
    phone_sealed: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), name="moving.phone", copies="phone"))
    due: Mapped[Decimal | None] = mapped_column(sa.Numeric(8, 2))
    due_sealed: Mapped[Decimal | None] = mapped_column(Encrypted(sa.Numeric(8, 2), copies="due"))
    note: Mapped[str | None] = mapped_column(Encrypted(sa.Text, copied_to="note_plain"))
    note_plain: Mapped[str | None] = mapped_column(sa.Text)


class Searched(Base):
    """Values of which no two are equal."""

    __tablename__ = "moving_searched"
    code: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(Encrypted(sa.String(200), search="email"), unique=True)


TABLES, MODELS = attach(Base.metadata), Models.of(Base)


class Site:
    """A host of these classes, with one database."""

    def __init__(self, session: orm.Session) -> None:
        self.session = session

    def tables(self) -> tuple[Table, ...]:
        return MODELS.tables()

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        return tuple(sealed_columns(MODELS))

    def stores(self, database: str) -> SQLAlchemyStores:
        return SQLAlchemyStores(self.session, TABLES, models=MODELS)

    def execute(self, database: str, statements: Callable[[str], Sequence[str]]) -> None:
        engine: Any = self.session.get_bind()
        kind = "mysql" if engine.dialect.name == "mariadb" else engine.dialect.name
        with engine.begin() as connection:
            for statement in statements(kind):
                connection.exec_driver_sql(statement)


def encryption(session: orm.Session, ring: Keyring) -> Encryption:
    """What is encrypted of the site."""
    site: Any = Site(session)
    return Encryption(site, ring, "default", clock=SystemClock())


@contextmanager
def opened(url: str) -> Iterator[orm.Session]:
    """A session of its own."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with orm.Session(engine) as session:
        yield session


def backfill(url: str, ring: Path, rate: float) -> None:
    """Fill the sealed copy of the phones."""
    with opened(url) as session:
        encryption(session, Keyring.load(ring)).conversion("Moving.phone", "encrypt").backfill(rate=rate)
