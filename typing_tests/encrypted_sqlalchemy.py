"""What a type checker knows of an encrypted column of SQLAlchemy's: the types that its attributes are mapped with."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, assert_type

from sqlalchemy import Date, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from consentguard.crypto.index.kinds import Exact, Prefix
from consentguard_flask.sqlalchemy.encrypted import Encrypted, search


class Base(DeclarativeBase):
    """The classes."""


class Customer(Base):
    """A table."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Encrypted(String(9), search=[Exact("email"), Prefix(3, bits=8)]))
    born_on: Mapped[dt.date | None] = mapped_column(Encrypted(Date, bound_to={"user": "id"}, on_erased="marker"))


def values_are_of_the_mapped_type(customer: Customer) -> None:
    """Read and set."""
    assert_type(customer.email, str)
    assert_type(customer.born_on, dt.date | None)
    customer.email = "1"
    customer.born_on = "1"  # type: ignore[assignment]


def questions_are_conditions_or_not(session: Session) -> None:
    """Equality is one; a search gives objects."""
    select(Customer).where(Customer.email == "a@example.com")
    assert_type(search(session, select(Customer)), Iterator[Any])


def an_option_that_is_none_is_named() -> None:
    """As it is written."""
    Encrypted(String(9), on_erased="never")  # type: ignore[arg-type]
    Encrypted(String(9), bound_to="table")  # type: ignore[arg-type]
