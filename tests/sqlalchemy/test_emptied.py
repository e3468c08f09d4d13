"""Columns that have to differ from row to row are emptied too, on every database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.records import Selection
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach


class Base(orm.DeclarativeBase):
    """The host's classes."""


class Customer(Base):
    """Somebody whose row stays for the invoices."""

    __tablename__ = "emptied_customer"
    __table_args__ = (sa.UniqueConstraint("shop", "phone"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(80), unique=True)
    shop: Mapped[int]
    phone: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(80))


TABLES = attach(Base.metadata)


@pytest.fixture
def session(database: str) -> Iterator[orm.Session]:
    """The host's session on two customers."""
    engine = sa.create_engine(database, poolclass=NullPool)
    Base.metadata.tables["emptied_customer"].create(engine)
    with orm.Session(engine) as session:
        for name in ("Anna", "Ben"):
            session.add(Customer(email=f"{name}@example.com", shop=1, phone=name, name=name))
        session.commit()
        yield session
    Base.metadata.tables["emptied_customer"].drop(engine)


def test_a_column_that_must_differ_is_emptied_to_the_row_s_key(session: orm.Session) -> None:
    """Two people whose rows stay can both be erased."""
    dataset = SQLAlchemyStores(session, TABLES, models=Models.of(Base)).dataset
    both = Selection(label="Customer", root="Customer", keys=("1", "2"))
    assert dataset.clear(both, ["email", "phone", "name"]) == 2
    rows = dataset.rows(both, ["email", "phone", "name"])
    assert [tuple(row.values()) for row in rows] == [("1", "1", ""), ("2", "2", "")]
