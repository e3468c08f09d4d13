"""The encrypted column type: what goes in comes out, and nothing but this site's keys opens what is stored."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring, KeyringError
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy.columns import UtcDateTime
from consentguard_flask.sqlalchemy.encrypted import Encrypted, EncryptedColumnError
from consentguard_flask.sqlalchemy.neutral import neutral

MOMENT = dt.datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=dt.UTC)
VALUES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "string": (sa.String(200), ("Ada", "", "naïve 漢字 \U0001f511", "a" * 5000)),
    "text": (sa.Text, ("long\nlines",)),
    "integer": (sa.Integer, (0, -1, 2**80)),
    "numeric": (sa.Numeric(12, 2), (Decimal("0.00"), Decimal("-12.30"))),
    "float": (sa.Float, (0.0, 1.5)),
    "date": (sa.Date, (dt.date(1, 1, 1), dt.date(2026, 2, 28))),
    "datetime": (sa.DateTime, (MOMENT.replace(tzinfo=None), MOMENT)),
    "moment": (UtcDateTime, (MOMENT,)),
    "boolean": (sa.Boolean, (False, True)),
    "uuid": (sa.Uuid, (UUID(int=0), UUID(int=7))),
    "uuid_text": (sa.Uuid(as_uuid=False), (str(UUID(int=7)),)),
    "json": (sa.JSON, ({}, [], "", 0, False, {"a": [1, None, "ñ"]})),
    "binary": (sa.LargeBinary, (b"", b"\x00\xff")),
}


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """The keyring of this process, for one test."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


class Base(orm.DeclarativeBase):
    """The host's classes."""


class Contactable:
    """A mixin whose columns each class has copies of."""

    phone: Mapped[str | None] = mapped_column(Encrypted(sa.String(40)))


class Customer(Contactable, Base):
    """A class with encrypted columns."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column("mail", Encrypted(sa.String(200)))


class Supplier(Contactable, Base):
    """Another, with the same mixin."""

    __tablename__ = "supplier"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
def session() -> Iterator[orm.Session]:
    """A session on an empty database."""
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        yield session
    engine.dispose()


def stored(session: orm.Session, column: str, table: str = "customer") -> Any:
    """What the database holds in the first row."""
    return session.execute(sa.text(f"SELECT {column} FROM {table}")).scalar_one()  # noqa: S608 - names of this file


@pytest.mark.parametrize(("inner", "values"), VALUES.values(), ids=VALUES)
def test_what_goes_in_comes_out(inner: Any, values: tuple[Any, ...], database: str) -> None:
    """On every database, empty and false values too; NULL stays NULL, and only sealed bytes are stored."""
    metadata = sa.MetaData()
    table = sa.Table(
        "sealed",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("value", Encrypted(inner)),
        prefixes=["TEMPORARY"],
    )
    engine = sa.create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        metadata.create_all(connection)
        for number, value in enumerate([None, *values], 1):
            connection.execute(table.insert().values(id=number, value=value))
        rows = connection.execute(sa.select(table.c.value).order_by(table.c.id)).scalars().all()
        raw = connection.execute(sa.text("SELECT value FROM sealed ORDER BY id")).scalars().all()
        connection.rollback()
    assert rows == [None, *values]
    assert [type(row) for row in rows[1:]] == [type(value) for value in values]
    assert raw[0] is None
    assert all(bytes(sealed)[0] == 1 and len(sealed) > 30 for sealed in raw[1:])


def test_the_same_value_is_never_stored_twice_alike(session: orm.Session) -> None:
    """Nobody can tell from the rows who shares an address."""
    session.add_all([Customer(email="a@example.com"), Customer(email="a@example.com")])
    session.flush()
    assert len(set(session.execute(sa.text("SELECT mail FROM customer")).scalars())) == 2


def test_a_value_is_bound_to_its_table_and_column(session: orm.Session, ring: Keyring) -> None:
    """By the names in the database; put anywhere else it does not open."""
    session.add(Customer(email="a@example.com", phone="1"))
    session.flush()
    assert Sealer(ring, Context("customer", "mail")).open(stored(session, "mail")) == b"a@example.com"
    session.execute(sa.text("UPDATE customer SET mail = phone"))
    session.expire_all()
    with pytest.raises(DecryptionError, match=r"customer\.mail"):
        _ = session.scalars(sa.select(Customer)).one().email


def test_each_copy_of_a_mixin_s_column_is_a_column_of_its_own(session: orm.Session, ring: Keyring) -> None:
    """Its values belong to the table that has them."""
    session.add_all([Customer(phone="1"), Supplier(phone="2")])
    session.flush()
    for table, plain in (("customer", b"1"), ("supplier", b"2")):
        assert Sealer(ring, Context(table, "phone")).open(stored(session, "phone", table)) == plain


def test_one_type_object_serves_several_columns() -> None:
    """As in a `type_annotation_map`; each column has its own name."""
    shared = Encrypted(sa.String)
    columns = [sa.Column(name, shared) for name in ("a", "b")]
    table = sa.Table("t", sa.MetaData(), *columns)
    other = table.to_metadata(sa.MetaData(), name="u")
    assert [column.type.name for column in (*table.c, *other.c)] == ["t.a", "t.b", "u.a", "u.b"]


def test_a_name_outlasts_a_renaming(ring: Keyring) -> None:
    """What was sealed under the old names is read under the new ones."""
    column = sa.Column("address", Encrypted(sa.String, name="customer.mail"))
    sa.Table("client", sa.MetaData(), column)
    sealed = Sealer(ring, Context("customer", "mail")).seal(b"a@example.com")
    assert column.type.open(sealed) == "a@example.com"
    with pytest.raises(TypeError, match=r"table\.column"):
        Encrypted(sa.String, name="mail")


def test_a_keyring_that_is_installed_later_is_the_one_in_use(session: orm.Session, ring: Keyring) -> None:
    """A rotation needs no restart: old values open, new ones are sealed under the new key."""
    session.add(Customer(email="old"))
    session.flush()
    installed.install(ring.with_new_key())
    session.add(Customer(email="new"))
    session.flush()
    session.expire_all()
    assert [row.email for row in session.scalars(sa.select(Customer).order_by(Customer.id))] == ["old", "new"]
    ids = [value[4] for value in session.execute(sa.text("SELECT mail FROM customer ORDER BY id")).scalars()]
    assert ids == [1, 2]


def test_without_a_keyring_the_error_is_ours_and_shows_no_value(
    session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLAlchemy's own would print the values of the whole statement."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    installed.uninstall()
    session.add(Customer(email="a@example.com"))
    with pytest.raises(KeyringError, match="there is no keyring") as caught:
        session.flush()
    assert "a@example.com" not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize("value", [12, b"bytes", "\ud800"], ids=repr)
def test_a_value_of_another_type_is_refused_without_being_shown(session: orm.Session, value: Any) -> None:
    """The error names the column."""
    session.add(Customer(email=value, phone="+502 5555"))
    with pytest.raises(EncryptedColumnError, match=r"customer\.mail") as caught:
        session.flush()
    assert "5555" not in f"{caught.value!r}{caught.value}"


ASKS: dict[str, Callable[[Any], object]] = {
    "equal": lambda column: column == "a",
    "unequal": lambda column: column != "a",
    "turned": lambda column: "a" == column,  # noqa: SIM300 - the other way round is another method
    "less": lambda column: column < "a",
    "in": lambda column: column.in_(["a"]),
    "in_nothing": lambda column: column.in_([]),
    "like": lambda column: column.like("a%"),
    "ilike": lambda column: column.ilike("a%"),
    "contains": lambda column: column.contains("a"),
    "startswith": lambda column: column.startswith("a"),
    "between": lambda column: column.between("a", "b"),
    "add": lambda column: column + "a",
    "distinct_from": lambda column: column.is_distinct_from("a"),
    "desc": lambda column: column.desc(),
    "distinct": lambda column: column.distinct(),
    "collate": lambda column: column.collate("NOCASE"),
    "operator": lambda column: column.op("@@")("a"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("column", [Customer.email, Customer.__table__.c.mail], ids=["attribute", "column"])
def test_the_database_is_never_asked_to_compare(column: Any, ask: Any) -> None:
    """A query that could only come back empty, or in an order without meaning, is an error when it is written."""
    with pytest.raises(EncryptedColumnError, match=r"customer\.mail"):
        ask(column)


def test_filter_by_is_refused_too(session: orm.Session) -> None:
    """The short way round."""
    with pytest.raises(EncryptedColumnError):
        session.query(Customer).filter_by(email="a@example.com")


def test_null_can_be_asked_for(session: orm.Session) -> None:
    """It is stored as it is."""
    session.add_all([Customer(email=None), Customer(email="")])
    session.flush()
    asks = (Customer.email.is_(None), Customer.email == None, Customer.email.is_not(None), Customer.email != None)  # noqa: E711
    found = [session.scalars(sa.select(Customer.email).where(ask)).all() for ask in asks]
    assert found == [[None], [None], [""], [""]]


def test_a_type_that_cannot_be_sealed_is_refused_at_once() -> None:
    """With the kinds that can."""
    for inner in (sa.Enum("a", "b"), sa.Interval, sa.Time, sa.ARRAY(sa.String)):
        with pytest.raises(TypeError, match="texts, numbers, dates"):
            Encrypted(inner)


def test_the_data_map_sees_what_is_inside() -> None:
    """A column of addresses is one of text, sealed or not."""
    assert neutral(Encrypted(sa.String(9))) == "text"
    assert neutral(Encrypted(sa.JSON)) == "json"
    assert Encrypted(sa.Date).python_type is dt.date


def test_a_migration_shows_the_type_and_no_key(session: orm.Session, ring: Keyring) -> None:
    """Alembic writes what `repr` says; a process that pickles metadata takes no key along."""
    session.add(Customer(email="a"))
    session.flush()
    kind = Customer.__table__.c.mail.type
    assert repr(kind) == "Encrypted(sa.String(length=200))"
    assert repr(Encrypted(sa.Text, name="a.b")) == "Encrypted(sa.Text(), name='a.b')"
    pickled = pickle.dumps(kind)
    assert ring.enabled.secret not in pickled
    assert (pickle.loads(pickled).name, repr(pickle.loads(pickled))) == (kind.name, repr(kind))  # noqa: S301 - our own
    assert str(sa.schema.CreateTable(Customer.__table__)).count("BLOB") == 2


def test_a_type_without_a_column_says_so(session: orm.Session) -> None:
    """A literal belongs nowhere, so it has no key."""
    with pytest.raises(EncryptedColumnError, match="no column"):
        session.execute(sa.select(sa.literal("a", Encrypted(sa.String))))


def test_setting_the_same_value_changes_nothing(session: orm.Session) -> None:
    """Plaintexts are compared, so no row is rewritten."""
    customer = Customer(email="a")
    session.add(customer)
    session.commit()
    assert customer.email == "a"
    customer.email = "a"
    assert not session.is_modified(customer)


def test_a_statement_that_was_compiled_for_one_column_serves_no_other(session: orm.Session, ring: Keyring) -> None:
    """Caches keep statements by what they ask, and an encrypted type's name is part of that."""
    keys = {Customer.__table__.c.mail.type._static_cache_key, Customer.__table__.c.phone.type._static_cache_key}
    assert len(keys) == 2
