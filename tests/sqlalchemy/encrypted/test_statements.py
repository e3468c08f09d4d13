"""Statements that work on every database, with values going in and coming out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql, postgresql, sqlite

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.testing.keys import keyring
from tests.sqlalchemy.encrypted.site import Base, Customer, Letter, Owner, Supplier, empty_tables, stored

customer = Base.metadata.tables["customer"]
other = orm.aliased(Customer)
inner = sa.select(Customer).subquery()
outer = orm.aliased(Customer, inner)
renamed = sa.select(customer.c.id, customer.c.mail.label("address")).cte()
one = sa.select(Customer).where(Customer.id == 1)
ADDRESSES = ["ada@x.example", "bob@x.example", None]


@pytest.fixture(scope="module", autouse=True)
def ring() -> Iterator[Keyring]:
    """The keyring of this process, for all of these tests."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture(scope="module")
def engine(database: str, ring: Keyring) -> Iterator[sa.Engine]:
    """A database with three customers, two of whom have an address, and a supplier."""
    people = zip("abc", ADDRESSES, (1, 2, 3), strict=True)
    with empty_tables(database) as engine, orm.Session(engine) as session:
        session.add_all([Customer(id=n, name=name, email=email, phone=str(n), visits=n) for name, email, n in people])
        session.add(Supplier(id=1, phone="9"))
        session.commit()
        yield engine


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[orm.Session]:
    """A session whose changes are undone."""
    with engine.connect() as connection:
        transaction = connection.begin()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # which its driver puts off, and takes a savepoint for the outermost
        with orm.Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


VALUES: dict[str, Any] = {
    "column": sa.select(customer.c.mail).order_by(customer.c.id),
    "attribute": sa.select(Customer.email).order_by(Customer.id),
    "label": sa.select(Customer.email.label("e")).order_by(Customer.id),
    "alias": sa.select(other.email).order_by(other.id),
    "subquery": sa.select(inner.c.mail).order_by(inner.c.id),
    "cte": sa.select(renamed.c.address).order_by(renamed.c.id),
    "scalar subquery": sa.select(
        sa.select(other.email).where(other.id == Customer.id).correlate(Customer).scalar_subquery()
    )
    .select_from(Customer)
    .order_by(Customer.id),
    "table": sa.select(customer).order_by(customer.c.id).with_only_columns(customer.c.mail),
    "query": orm.Query(Customer.email).order_by(Customer.id).statement,
}


@pytest.mark.parametrize("query", VALUES.values(), ids=VALUES)
def test_values_are_selected(session: orm.Session, query: Any) -> None:
    """By whatever leads to their column, through the session and without it."""
    assert session.scalars(query).all() == ADDRESSES
    assert session.connection().scalars(query).all() == ADDRESSES


OBJECTS: dict[str, Any] = {
    "class": sa.select(Customer).order_by(Customer.id),
    "alias": sa.select(other).order_by(other.id),
    "subquery": sa.select(outer).order_by(outer.id),
    "union": sa.select(Customer)
    .from_statement(sa.union_all(one, sa.select(Customer).where(Customer.id > 1)).order_by("id"))
    .execution_options(populate_existing=True),
    "text": sa.select(Customer).from_statement(sa.text("SELECT * FROM customer ORDER BY id")),
    "distinct": sa.select(Customer).join(Supplier, sa.true()).distinct().order_by(Customer.id),
    "chunks": sa.select(Customer).order_by(Customer.id).execution_options(yield_per=1),
    "some": sa.select(Customer).options(orm.load_only(Customer.email)).order_by(Customer.id),
}


@pytest.mark.parametrize("query", OBJECTS.values(), ids=OBJECTS)
def test_objects_are_selected(session: orm.Session, query: Any) -> None:
    """By whatever leads to their table."""
    assert [found.email for found in session.scalars(query)] == ADDRESSES


@pytest.mark.parametrize("turned", [False, True])
def test_objects_and_values_are_selected_together(session: orm.Session, turned: bool) -> None:
    """Each as what it is: an object holds the sealed value that stands beside it in clear."""
    columns = (Customer.email, Customer, customer.c.mail.label("again"))
    found = session.execute(sa.select(*(reversed(columns) if turned else columns)).order_by(Customer.id)).all()
    assert [row.email if "email" in row._fields else row.mail for row in found] == ADDRESSES
    assert [row.again for row in found] == ADDRESSES
    assert [row.Customer.email for row in found] == ADDRESSES


QUESTIONS: dict[str, tuple[Any, Any]] = {
    "count": (sa.select(sa.func.count(Customer.email)), [2]),
    "null": (sa.select(Customer.id).where(Customer.email.is_(None)), [3]),
    "not null": (sa.select(Customer.id).where(Customer.email != None).order_by(Customer.id), [1, 2]),  # noqa: E711
    "exists": (sa.select(sa.exists(sa.select(Customer.email).where(Customer.id == 1))), [True]),
    "equal": (sa.select(Customer.id).where(Customer.email == "BOB@x.example"), [2]),
    "filter by": (sa.select(Customer.id).filter_by(visits=3), [3]),
    "in": (sa.select(Customer.id).where(Customer.visits.in_([3, 1])).order_by(Customer.id), [1, 3]),
    "unequal": (sa.select(Customer.id).where(Customer.email != "ada@x.example"), [2]),
    "of an alias": (sa.select(other.id).where(other.email == "bob@x.example"), [2]),
    "literal": (sa.select(sa.literal("a", customer.c.phone.type)), ["a"]),
}


@pytest.mark.parametrize(("query", "expected"), QUESTIONS.values(), ids=QUESTIONS)
def test_questions_are_answered(session: orm.Session, query: Any, expected: Any) -> None:
    """Whether there is a value, and what its index says."""
    assert session.scalars(query).all() == expected


def test_sealed_bytes_are_selected_by_who_asks_for_them(session: orm.Session) -> None:
    """The way out: a column that is said to be one of bytes."""
    found = session.scalars(sa.select(sa.type_coerce(Customer.phone, sa.LargeBinary)).order_by(Customer.id))
    assert [bytes(each) for each in found] == stored(session, "phone")


def returned(session: orm.Session, statement: Any) -> Any:
    """What a statement returns, where the database can; it is executed in any case."""
    dialect = session.get_bind().dialect
    if dialect.insert_returning and not (statement.is_update and dialect.name == "mariadb"):
        return session.scalars(statement.returning(Customer.email, sort_by_parameter_order=True)).all()
    return session.execute(statement) and None


def upsert(session: orm.Session, address: Callable[[Any], Any]) -> None:
    """Insert a row and update another; what `address` makes of the row that was to be inserted."""
    rows = [{"id": 2, "email": "new@x.example"}, {"id": 4, "email": "dan@x.example"}]
    kind = session.get_bind().dialect.name
    if kind in ("mysql", "mariadb"):
        made: Any = mysql.insert(Customer).values(rows)
        session.execute(made.on_duplicate_key_update(mail=address(made.inserted)))
    else:
        made = (postgresql if kind == "postgresql" else sqlite).insert(Customer).values(rows)
        session.execute(made.on_conflict_do_update(index_elements=["id"], set_={"mail": address(made.excluded)}))


def addresses(session: orm.Session) -> list[str | None]:
    """Those of all customers."""
    return list(session.scalars(sa.select(Customer.email).order_by(Customer.id)))


more = [{"id": 11, "email": "d@x.example"}, {"id": 12, "email": None}]
of_table = [{"id": row["id"], "mail": row["email"]} for row in more]
INSERTS: dict[str, Callable[[orm.Session], Any]] = {
    "rows": lambda s: s.execute(sa.insert(customer), of_table),
    "one statement": lambda s: s.execute(sa.insert(customer).values(of_table)),
    "objects": lambda s: s.execute(sa.insert(Customer), more),
    "one statement of objects": lambda s: s.execute(sa.insert(Customer).values(more)),
}


@pytest.mark.parametrize("insert", INSERTS.values(), ids=INSERTS)
def test_rows_are_inserted(session: orm.Session, insert: Any) -> None:
    """By the table or by the class, with parameters or in one statement."""
    insert(session)
    assert addresses(session)[3:] == ["d@x.example", None]


def test_what_is_copied_from_row_to_row_is_found(session: orm.Session) -> None:
    """The digests go with the value."""
    copied = sa.select(customer.c.id + 10, customer.c.visits).where(customer.c.id == 2)
    session.execute(sa.insert(customer).from_select(["id", "visits"], copied))
    assert session.scalar(sa.select(sa.func.count()).where(Customer.visits == 2)) == 2


def test_rows_are_updated_and_deleted_by_what_their_index_says(session: orm.Session) -> None:
    """By the session, whose objects follow, and by keys."""
    found = session.get(Customer, 1)
    session.execute(sa.update(Customer).where(Customer.email == "ada@x.example").values(email="new@x.example"))
    assert found is not None
    assert found.email == "new@x.example"
    session.execute(sa.update(Customer), [{"id": 2, "email": "two@x.example"}, {"id": 3, "email": "three@x.example"}])
    session.execute(sa.update(customer).values(mail=customer.c.mail))
    assert addresses(session) == ["new@x.example", "two@x.example", "three@x.example"]
    session.execute(sa.delete(Customer).where(Customer.email.in_(["two@x.example", "three@x.example"])))
    assert addresses(session) == ["new@x.example"]


def test_values_are_returned_in_clear(session: orm.Session) -> None:
    """Of rows that were inserted or changed, as columns and as objects."""
    rows = [{"id": 11, "email": "d@x.example"}, {"id": 12, "email": "e@x.example"}]
    made = returned(session, sa.insert(Customer).values(rows[0]))
    assert made in (None, ["d@x.example"])
    if made:
        objects = session.scalars(sa.insert(Customer).returning(Customer, sort_by_parameter_order=True), rows[1:])
        assert [found.email for found in objects] == ["e@x.example"]


@pytest.mark.parametrize(
    ("address", "second"),
    [(lambda row: row.mail, "new@x.example"), (lambda row: "given@x.example", "given@x.example")],
    ids=["what was to be inserted", "a value"],
)
def test_a_row_is_inserted_or_else_updated(session: orm.Session, address: Any, second: str) -> None:
    """With what was to be inserted, or with a value."""
    upsert(session, address)
    assert addresses(session) == ["ada@x.example", second, None, "dan@x.example"]
    assert session.scalars(sa.select(Customer.id).where(Customer.email == second)).all() == [2]


LOADS = {each.__name__: each for each in (orm.joinedload, orm.selectinload, orm.subqueryload, orm.lazyload)}


@pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
def test_relations_are_loaded(session: orm.Session, load: Any) -> None:
    """However that is done, and where the query has a limit."""
    session.add_all([Owner(id=1, letters=[Letter(text="one"), Letter(text="two")]), Owner(id=2)])
    session.commit()
    session.expunge_all()
    query = sa.select(Owner).options(load(Owner.letters)).order_by(Owner.id).limit(1)
    (found,) = session.scalars(query).unique()
    assert sorted(letter.text or "" for letter in found.letters) == ["one", "two"]
    joined = sa.select(Owner).join(Owner.letters).options(orm.contains_eager(Owner.letters))
    assert session.scalars(joined).unique().one().letters[0].text in ("one", "two")
