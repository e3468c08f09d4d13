"""Statements that only plaintext could answer, or that would store what is not sealed: the database never sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy.encrypted import Encrypted, EncryptedColumnError
from tests.sqlalchemy.encrypted.site import Base, Customer, Supplier, empty_tables

customer = Base.metadata.tables["customer"]
other = orm.aliased(Customer)
lower = sa.func.lower(Customer.email)
scalar = sa.select(other.phone).scalar_subquery()


class Linked(Base):
    """A class with a relation that only plaintext could follow."""

    __tablename__ = "linked"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(Encrypted(sa.String))
    same: Mapped[list[Linked]] = orm.relationship(
        primaryjoin=lambda: orm.foreign(Linked.email) == orm.remote(Linked.email), viewonly=True, uselist=True
    )


READS: dict[str, Any] = {
    "function": lambda: sa.select(lower),
    "aggregate": lambda: sa.select(sa.func.max(customer.c.mail)),
    "coalesce": lambda: sa.select(sa.func.coalesce(Customer.email, "none")),
    "cast": lambda: sa.select(sa.cast(Customer.email, sa.String)),
    "case": lambda: sa.select(sa.case((Customer.id == 1, Customer.email), else_=None)),
    "turned": lambda: sa.select(Customer.id).where(sa.literal("a") == Customer.email),
    "concatenation": lambda: sa.select(sa.literal("a") + Customer.email),
    "another column": lambda: sa.select(Customer.id).where(Customer.name == Customer.email),
    "subquery": lambda: sa.select(Customer.id).where(Customer.name.in_(sa.select(other.email))),
    "scalar subquery": lambda: sa.select(Customer.id).where(Customer.name == sa.select(other.email).scalar_subquery()),
    "inside of a subquery": lambda: sa.select(sa.select(lower).subquery()),
    "inside of a cte": lambda: sa.select(sa.select(lower).cte()),
    "inside of exists": lambda: sa.select(sa.exists(sa.select(Customer.id).where(lower == "a"))),
    "order": lambda: sa.select(Customer).order_by(Customer.email),
    "order by name": lambda: sa.select(customer.c.mail).order_by("mail"),
    "descending": lambda: sa.select(customer).order_by(sa.desc("mail")),
    "order by label": lambda: sa.select(Customer.email.label("e")).order_by("e"),
    "order of an entity": lambda: sa.select(Customer).order_by("mail"),
    "group": lambda: sa.select(sa.func.count()).group_by(customer.c.mail),
    "having": lambda: sa.select(sa.func.count()).having(sa.func.max(Customer.email) == "a"),
    "distinct": lambda: sa.select(Customer.email).distinct(),
    "union": lambda: sa.union(sa.select(Customer.email), sa.select(other.email)),
    "intersect": lambda: sa.intersect(sa.select(customer.c.mail), sa.select(customer.c.mail)),
    "window": lambda: sa.select(sa.func.row_number().over(order_by=Customer.email)),
    "join": lambda: sa.select(Customer).join(Supplier, Supplier.id == sa.func.length(Customer.email)),
    "itself": lambda: sa.select(Customer.id).where(Customer.email == Customer.email),
    "two at once": lambda: sa.select(Customer.id).where(sa.tuple_(Customer.name, Customer.email).in_([("a", "b")])),
    "searched in a subquery": lambda: sa.select(sa.select(customer.c.mail).subquery().c.mail == "ada@x.example"),
    "searched by another": lambda: sa.select(Customer.id).where(Customer.email == other.email),
    "not searched": lambda: sa.select(Customer).where(Customer.phone == "1"),
    "searched otherwise": lambda: sa.select(Customer).where(Customer.email.like("a%")),
    "question": lambda: sa.select(Customer).where(Customer.email.prefix("ada")),
    "lambda": lambda: sa.lambda_stmt(lambda: sa.select(Customer.id).where(sa.func.lower(Customer.email) == "a")),
    "criteria": lambda: sa.select(Customer).options(
        orm.with_loader_criteria(Customer, sa.func.lower(Customer.email) == "a")
    ),
    "criteria of a relation": lambda: sa.select(Linked).options(orm.joinedload(Linked.same)),
    "joined by a relation": lambda: sa.select(Linked).join(Linked.same.of_type(orm.aliased(Linked))),
    "literal": lambda: sa.select(sa.literal_column("1")).where(Customer.email == sa.literal_column("'a'")),
}
WRITES: dict[str, Any] = {
    "insert of sql": lambda: sa.insert(customer).values(mail=sa.func.lower("A")),
    "update of sql": lambda: sa.update(Customer).values(email=sa.func.lower("A")),
    "update of another": lambda: sa.update(Customer).values(email=Customer.phone),
    "update of a plain one": lambda: sa.update(Customer).values(email=Customer.name),
    "update of a subquery": lambda: sa.update(Customer).values(email=scalar),
    "update of a plain one from sealed": lambda: sa.update(Customer).values(name=Customer.email),
    "ordered values": lambda: sa.update(customer).ordered_values((customer.c.mail, customer.c.phone)),
    "rows": lambda: sa.insert(customer).values([{"mail": "a"}, {"mail": sa.func.lower("A")}]),
    "select of another": lambda: sa.insert(customer).from_select(["mail"], sa.select(customer.c.phone)),
    "select of a plain one": lambda: sa.insert(customer).from_select(["mail"], sa.select(customer.c.name)),
    "select into a plain one": lambda: sa.insert(customer).from_select(["name"], sa.select(customer.c.mail)),
    "condition of an update": lambda: sa.update(Customer).where(lower == "a").values(name="x"),
    "condition of a delete": lambda: sa.delete(Customer).where(lower == "a"),
    "returning": lambda: sa.update(Customer).values(name="x").returning(lower),
    "inside of a cte": lambda: sa.select(sa.literal(1)).add_cte(
        sa.update(customer).values(mail=customer.c.name).cte("written")
    ),
    "upsert": lambda: (made := sqlite.insert(customer).values(id=1)).on_conflict_do_update(
        index_elements=["id"], set_={"mail": made.excluded.phone}
    ),
    "upsert of sql": lambda: (
        sqlite.insert(customer)
        .values(id=1)
        .on_conflict_do_update(index_elements=["id"], set_={"mail": sa.func.lower("A")})
    ),
    "upsert by a condition": lambda: (
        sqlite.insert(customer)
        .values(id=1)
        .on_conflict_do_update(index_elements=["id"], set_={"name": "x"}, where=sa.func.lower(customer.c.mail) == "a")
    ),
    "criteria": lambda: sa.update(Customer).values(name="x").options(orm.with_loader_criteria(Customer, lower == "a")),
    "question": lambda: sa.delete(Customer).where(Customer.email.prefix("ada")),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    """A database with one customer."""
    installed.install(keyring())
    with empty_tables("sqlite://") as engine, orm.Session(engine) as session:
        session.add(Customer(name="a", email="ada@x.example"))
        session.commit()
        yield engine


@pytest.fixture
def customers(engine: sa.Engine) -> Iterator[orm.Session]:
    """A session on it."""
    with orm.Session(engine) as session:
        yield session


@pytest.mark.parametrize("ask", [*READS.values(), *WRITES.values()], ids=[*READS, *(f"write: {key}" for key in WRITES)])
@pytest.mark.parametrize("by", ["session", "connection"])
def test_it_is_refused(customers: orm.Session, ask: Any, by: str) -> None:
    """As it is written, or as it is compiled: with the column's name, and what to do."""
    sent: list[str] = []

    def hear(*args: Any) -> None:
        sent.append(args[2])

    sa.event.listen(customers.get_bind(), "after_cursor_execute", hear)
    with pytest.raises(EncryptedColumnError, match=r'mail|email|phone|"e"') as caught:
        (customers if by == "session" else customers.connection()).execute(ask())
    sa.event.remove(customers.get_bind(), "after_cursor_execute", hear)
    assert caught.value.hint
    assert sent == []


def test_a_refusal_is_said_each_time(customers: orm.Session) -> None:
    """SQLAlchemy keeps compiled statements, also those that were refused."""
    for _ in range(2):
        with pytest.raises(EncryptedColumnError):
            customers.execute(sa.select(Customer).order_by(Customer.email))


def test_a_value_is_never_a_literal() -> None:
    """The text of a statement is printed and logged."""
    for statement in (
        sa.select(Customer.id).where(Customer.email == "ada@x.example"),
        sa.insert(customer).values(mail="ada@x.example"),
    ):
        assert "ada@" not in str(statement)
        with pytest.raises(EncryptedColumnError) as caught:
            statement.compile(compile_kwargs={"literal_binds": True})
        assert "ada@" not in str(caught.value)


DECLARATIONS: dict[str, Any] = {
    "key": lambda kind: sa.Column("x", kind, primary_key=True),
    "foreign key": lambda kind: sa.Column("x", kind, sa.ForeignKey("t.id")),
    "index": lambda kind: sa.Column("x", kind, index=True),
    "unique": lambda kind: sa.Column("x", kind, unique=True),
    "default of the database": lambda kind: sa.Column("x", kind, server_default="a"),
    "default in sql": lambda kind: sa.Column("x", kind, default=sa.func.lower("A")),
    "update in sql": lambda kind: sa.Column("x", kind, onupdate=sa.func.lower("A")),
}


@pytest.mark.parametrize("declare", DECLARATIONS.values(), ids=DECLARATIONS)
def test_a_column_is_nothing_that_sealed_bytes_cannot_be(declare: Any) -> None:
    """It is said as the table is made."""
    with pytest.raises(TypeError, match="encrypted"):
        sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), declare(Encrypted(sa.String)))


def test_an_index_or_constraint_of_sealed_bytes_is_refused() -> None:
    """It would find nothing, and forbid nothing."""
    for item in (sa.Index("i", "x"), sa.UniqueConstraint("x")):
        with pytest.raises(TypeError, match="search="):
            sa.Table("t", sa.MetaData(), sa.Column("x", Encrypted(sa.String)), item)
