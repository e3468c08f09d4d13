"""A site whose classes have encrypted columns, bound to nothing, to their row, or to a data subject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard.crypto.index.kinds import Compound, Domain, Exact, Last, Prefix, Truncated
from consentguard_flask.sqlalchemy.encrypted import Encrypted

EMAIL = [Exact("email"), Prefix(3, bits=16), Domain(12)]


class Base(orm.DeclarativeBase):
    """The host's classes."""


class Contactable:
    """A mixin whose columns each class has copies of."""

    phone: Mapped[str | None] = mapped_column(Encrypted(sa.String(40)))


class Customer(Contactable, Base):
    """Somebody with an address that no other has."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(sa.String(100))
    email: Mapped[str | None] = mapped_column("mail", Encrypted(sa.String(200), search=EMAIL), unique=True)
    visits: Mapped[int | None] = mapped_column(Encrypted(sa.Integer, search="exact"))
    number: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), search=[Last(4, bits=8), Truncated(4)]))
    notes: Mapped[Any] = mapped_column(Encrypted(sa.JSON), nullable=True)
    photo: Mapped[bytes | None] = mapped_column(Encrypted(sa.LargeBinary))


class Supplier(Contactable, Base):
    """Another class with the same mixin, whose values are opened as they are loaded."""

    __tablename__ = "supplier"
    id: Mapped[int] = mapped_column(primary_key=True)
    town: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), lazy=False))


class Owner(Base):
    """A data subject."""

    __tablename__ = "owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    letters: Mapped[list[Letter]] = relationship(back_populates="owner", cascade="all, delete-orphan")


class Letter(Base):
    """What belongs to a data subject."""

    __tablename__ = "sealed_letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("owner.id"))
    text: Mapped[str | None] = mapped_column(Encrypted(sa.String(200), search="exact", bound_to={"owner": "owner_id"}))
    extra: Mapped[bytes | None] = mapped_column(
        Encrypted(sa.LargeBinary, bound_to={"owner": "owner_id"}, on_erased="marker")
    )
    owner: Mapped[Owner | None] = relationship(back_populates="letters")


class Ticket(Base):
    """What is bound to its row."""

    __tablename__ = "ticket"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), bound_to="row"))


class Patient(Base):
    """Somebody who is found by name and day of birth together."""

    __tablename__ = "patient"
    id: Mapped[int] = mapped_column(primary_key=True)
    surname: Mapped[str | None] = mapped_column("name", Encrypted(sa.String(40)))
    born: Mapped[dt.date | None]
    both: Mapped[Any] = mapped_column(
        Encrypted(sa.JSON, search=Compound(("surname", "born"), normalise=("casefold", "exact"))), nullable=True
    )


_WITH_TABLES: set[str] = set()


@contextmanager
def empty_tables(url: str) -> Iterator[sa.Engine]:
    """An engine of a database with these tables, and nothing in them."""
    engine = sa.create_engine(url, poolclass=sa.StaticPool)
    if url == "sqlite://" or url not in _WITH_TABLES:
        Base.metadata.create_all(engine)
        _WITH_TABLES.add(url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    yield engine
    engine.dispose()


def stored(session: orm.Session, column: str, table: str = "customer") -> list[Any]:
    """What the database holds of a column, in the order of the rows."""
    found = session.execute(sa.text(f"SELECT {column} FROM {table} ORDER BY id")).scalars()  # noqa: S608 - our names
    return [None if value is None else bytes(value) for value in found]
