"""What encrypted columns are found by: generated columns of digests, on every database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.crypto.errors import TamperedError
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Compound, Exact, Prefix
from consentguard.crypto.index.layout import Layout
from consentguard.crypto.keyring import Keyring
from consentguard_flask.sqlalchemy.encrypted import Encrypted, EncryptedColumnError, search
from tests.sqlalchemy.encrypted.site import EMAIL, Base, Customer, Patient, stored

customer = Base.metadata.tables["customer"]
PEOPLE = ["Ada@Example.com", "adam@example.org", "bob@example.com", "añb@bücher.example", None]


@pytest.fixture
def session(everywhere: orm.Session) -> orm.Session:
    """A session on some customers."""
    numbers = ("+502 5555-1234", "+502 5555-9999", "5555", "12", None)
    people = zip(PEOPLE, numbers, strict=True)
    everywhere.add_all([Customer(id=n, email=email, number=number) for n, (email, number) in enumerate(people, 1)])
    everywhere.commit()
    everywhere.expunge_all()
    return everywhere


def ids(session: orm.Session, *conditions: Any) -> list[int]:
    """The customers that some conditions hold for."""
    return list(session.scalars(sa.select(Customer.id).where(*conditions).order_by(Customer.id)))


def test_equality_is_what_the_column_declares(session: orm.Session) -> None:
    """The normalisation of its Exact index, for one value and for several; NULL equals nothing."""
    email = Customer.email
    assert ids(session, email == "ADA@example.com") == [1]
    assert ids(session, email == "AÑB@xn--bcher-kva.example") == [4]
    assert ids(session, email != "ada@EXAMPLE.com") == [2, 3, 4]
    assert ids(session, email.in_(["ada@example.com", "Bob@example.com", None])) == [1, 3]
    assert ids(session, email.not_in(["ada@example.com", "Bob@example.com"])) == [2, 4]
    assert ids(session, email.in_([])) == []
    assert ids(session, email.not_in([])) == [1, 2, 3, 4]
    assert ids(session, sa.or_(email == None, email == "bob@example.com")) == [3, 5]  # noqa: E711
    assert ids(session, sa.not_(email == "bob@example.com"), email.is_not(None)) == [1, 2, 4]


def test_parameters_are_given_as_a_statement_is_executed(session: orm.Session) -> None:
    """By name, one or several; the statement is compiled once."""
    one = sa.select(Customer.id).where(Customer.email == sa.bindparam("e"))
    assert [session.scalar(one, {"e": e}) for e in ("ada@example.com", "BOB@example.com", None)] == [1, 3, None]
    some = sa.select(Customer.id).where(Customer.email.in_(sa.bindparam("e", expanding=True))).order_by(Customer.id)
    assert session.scalars(some, {"e": ["ada@example.com", "bob@example.com"]}).all() == [1, 3]


def test_numbers_are_equal_however_they_are_written(session: orm.Session) -> None:
    """What is looked for is brought into the form of the column's type; another type is refused."""
    session.add(Customer(id=9, visits=5))
    session.flush()
    assert ids(session, Customer.visits == 5) == [9]
    with pytest.raises(EncryptedColumnError, match=r"customer\.visits"):
        ids(session, Customer.visits == "5")


def test_a_value_is_found_by_a_part_of_it(session: orm.Session) -> None:
    """As objects, each opened and looked at: an index of few bits finds others too."""

    def found(*questions: Any, **options: Any) -> list[int]:
        return [each.id for each in search(session, sa.select(Customer).order_by(Customer.id), *questions, **options)]

    assert found(Customer.email.prefix("ada")) == [1, 2]
    assert found(Customer.email.prefix("ADAM")) == [2]
    assert found(Customer.email.domain("example.com")) == [1, 3]
    assert found(Customer.email.domain("example.com"), Customer.email.prefix("ada")) == [1]
    assert found(Customer.email.domain("example.com"), limit=1) == [1]
    assert found(Customer.number.last("5555")) == [3]
    assert found(Customer.number.truncated("12")) == [4]
    assert found(Customer.email.prefix("zzz")) == []
    with pytest.raises(SearchError, match="short"):
        found(Customer.email.prefix("ad"))


def test_search_takes_conditions_orders_and_options(session: orm.Session) -> None:
    """And an alias; the statement is the caller's."""
    other = orm.aliased(Customer)
    query = sa.select(other).where(other.id > 1).order_by(other.id.desc()).options(orm.defer(other.phone))
    assert [each.id for each in search(session, query, other.email.prefix("ada"))] == [2]
    asked = Customer.email.prefix("ada")
    assert repr(asked).startswith("<a question to")
    assert "ada" not in repr(asked)


def test_several_columns_are_searched_at_once(session: orm.Session) -> None:
    """By a column that holds what they hold, and is never left behind."""
    born = dt.date(1990, 1, 2)
    session.add_all([Patient(id=1, surname="Ada", born=born), Patient(id=2, surname="Ada"), Patient(id=3, born=born)])
    session.commit()

    def found(*parts: Any) -> list[int]:
        return [each.id for each in search(session, sa.select(Patient), Patient.both.compound(*parts))]

    assert found("ADA", born) == [1]
    session.get_one(Patient, 1).surname = "Eve"
    session.get_one(Patient, 2).born = born
    session.commit()
    assert (found("ada", born), found("eve", born)) == ([2], [1])
    for statement in (
        sa.update(Patient).values(surname="Bob"),
        sa.insert(Patient).values(id=9, born=born),
        sa.insert(Base.metadata.tables["patient"]).values(id=9, name="Bob"),
    ):
        with pytest.raises(EncryptedColumnError, match=r"patient\.both"):
            session.execute(statement)
    with pytest.raises(SearchError, match="one value for each"):
        found("ada")


REFUSED: dict[str, Any] = {
    "column": lambda: (sa.select(Customer.email), Customer.email.prefix("ada")),
    "two": lambda: (sa.select(Customer, Customer.id), Customer.email.prefix("ada")),
    "limit": lambda: (sa.select(Customer).limit(1), Customer.email.prefix("ada")),
    "group": lambda: (sa.select(Customer).group_by(Customer.id), Customer.email.prefix("ada")),
    "nothing": lambda: (sa.select(Customer),),
    "no index": lambda: (sa.select(Customer), Customer.phone.prefix("ada")),
    "no such index": lambda: (sa.select(Customer), Customer.email.last("1234")),
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
def test_search_gives_objects_and_nothing_else(session: orm.Session, ask: Any) -> None:
    """What would count, limit or group rows that are not meant is refused."""
    with pytest.raises(EncryptedColumnError) as caught:
        list(search(session, *ask()))
    assert caught.value.hint


def test_digests_are_authenticated_with_the_value(session: orm.Session) -> None:
    """One that somebody put in place of another makes the value one that was tampered with."""
    first, second = stored(session, "mail")[:2]
    forged = second[:18] + first[18:]
    forge = sa.update(customer).where(customer.c.id == 1).values(mail=sa.type_coerce(forged, sa.LargeBinary))
    session.execute(sa.update(customer).where(customer.c.id == 2).values(mail=None))
    session.execute(forge)
    assert ids(session, Customer.email == "adam@example.org") == [1]
    with pytest.raises(TamperedError, match=r"customer\.mail"):
        _ = session.get_one(Customer, 1).email


def test_no_two_rows_are_equal_where_a_column_is_unique(database: str, session: orm.Session) -> None:
    """Of several that are inserted at once, however they are written, one is."""
    together = Barrier(8)

    def insert(number: int) -> bool:
        engine = sa.create_engine(database, poolclass=sa.NullPool, connect_args=_patient(database))
        try:
            with engine.connect() as connection:
                together.wait()
                address = "eve@example.com".upper() if number % 2 else "eve@example.com"
                connection.execute(sa.insert(customer), {"id": 100 + number, "mail": address})
                connection.commit()
        except sa.exc.IntegrityError:
            return False
        else:
            return True
        finally:
            engine.dispose()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(insert, range(8))) == 1
    assert len(ids(session, Customer.email == "eve@example.com")) == 1


def _patient(database: str) -> dict[str, Any]:
    return {"timeout": 30} if database.startswith("sqlite") else {}


def reseal(session: orm.Session) -> None:
    """Every value as it would be stored now, as `consentguard keys rotate` does it."""
    for each in session.scalars(sa.select(Customer)):
        each.email, each.visits, each.number = each.email, each.visits, each.number
        for name in ("email", "visits", "number"):
            orm.attributes.flag_modified(each, name)
    session.commit()


def test_indexes_move_to_another_key_while_they_serve(session: orm.Session, ring: Keyring) -> None:
    """At each step a statement that was made before finds all rows, and a unique column is unique."""
    query = sa.select(Customer.id).where(Customer.email == sa.bindparam("e"))
    new = ring.with_new_key()
    steps = [new.with_slots(new.slots.begun(new.enabled.id))]
    steps.append(steps[-1].with_slots(steps[-1].slots.switched()))
    steps.append(steps[-1].with_slots(steps[-1].slots.ended()))
    for step, keyring in enumerate(steps):
        installed.install(keyring)
        session.add(Customer(id=20 + step, email=f"new{step}@example.com"))
        session.commit()
        if step == 0:
            reseal(session)
        found = [session.scalar(query, {"e": address}) for address in ("ada@example.com", "new0@example.com")]
        assert found == [1, 20], step
        assert ids(session, Customer.email == f"new{step}@example.com") == [20 + step]
        assert ids(session, Customer.email != "ada@example.com")[:3] == [2, 3, 4]
        for address in ("ADA@example.com", "NEW0@example.com"):
            session.add(Customer(email=address))
            with pytest.raises(sa.exc.IntegrityError):
                session.flush()
            session.rollback()


def test_a_question_is_answered_by_indexes_of_the_database(session: orm.Session) -> None:
    """And not by looking at every row."""
    kind = session.get_bind().dialect.name
    session.add_all(Customer(id=1000 + number, email=f"{number}@x.example") for number in range(200))
    session.flush()
    if kind == "postgresql":  # which reads so few rows faster
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    question = sa.select(Customer.id).where(Customer.email == sa.bindparam("e"), Customer.name.is_(None))
    compiled: Any = question.compile(session.get_bind())
    explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
    sent = {"e": customer.c.mail.type.digests(Exact("email"), "7@x.example")}
    given = tuple(sent[name] for name in compiled.positiontup) if compiled.positional else sent
    plan = str(session.connection().exec_driver_sql(explain + str(compiled), given).all())
    assert "mail_exact_email_a" in plan
    assert "mail_exact_email_b" in plan
    assert "SCAN customer" not in plan
    assert "'ALL'" not in plan


def test_generated_columns_are_those_of_the_table() -> None:
    """Under names that stay, unique or with an index, and left out of what is selected and inserted."""
    names = [column.name for column in customer.columns if column.computed is not None]
    assert names[:6] == [
        "mail_exact_email_a",
        "mail_exact_email_b",
        "mail_prefix_3_16_casefold_a16",
        "mail_prefix_3_16_casefold_b16",
        "mail_domain_12_a18",
        "mail_domain_12_b18",
    ]
    constraints = [each for each in customer.constraints if isinstance(each, sa.UniqueConstraint)]
    unique = {column.name for each in constraints for column in each.columns}
    assert unique == {"mail_exact_email_a", "mail_exact_email_b"}
    indexed = {column.name for index in customer.indexes for column in index.columns}
    assert indexed | unique == set(names)
    assert not set(names) & {column.name for column in sa.select(customer).selected_columns}


def test_a_migration_names_the_column_and_each_generated_one() -> None:
    """Alembic writes what `repr` says of the type, and what it compiles of what is computed; no key is in either."""
    kind = Encrypted(sa.String(9), search="email", bound_to={"user": "id"}, on_erased="marker")
    assert repr(kind) == "Encrypted(sa.String(length=9))"
    computed = customer.c.mail_exact_email_a.computed
    assert computed is not None
    for dialect in (postgresql.dialect(), mysql.dialect(), sqlite.dialect()):
        text = str(computed.sqltext.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        assert text == Layout(tuple(EMAIL)).generated(Exact("email"), "a", "mail", dialect.name)


def test_a_copy_of_a_table_has_them_once() -> None:
    """As Alembic and tests copy tables."""
    copied = customer.to_metadata(sa.MetaData())
    assert [column.name for column in copied.columns] == [column.name for column in customer.columns]
    assert {str(index.name) for index in copied.indexes} == {str(index.name) for index in customer.indexes}


def test_columns_that_are_unique_together(session: orm.Session) -> None:
    """A constraint of several columns is one for each slot."""

    class Tenants(orm.DeclarativeBase):
        pass

    class Member(Tenants):
        __tablename__ = "member"
        id: Mapped[int] = mapped_column(primary_key=True)
        tenant: Mapped[int]
        email: Mapped[str] = mapped_column(Encrypted(sa.String(99), search="email"))
        __table_args__ = (sa.UniqueConstraint("tenant", "email", name="one_address"),)

    Tenants.metadata.drop_all(session.connection())
    Tenants.metadata.create_all(session.connection())
    session.add_all([Member(tenant=1, email="a@x.example"), Member(tenant=2, email="a@x.example")])
    session.commit()
    session.add(Member(tenant=1, email="A@x.example"))
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()
    session.rollback()
    Tenants.metadata.drop_all(session.connection())
    session.commit()
    names = sorted(str(each.name) for each in Member.__table__.constraints if isinstance(each, sa.UniqueConstraint))
    assert names == ["one_address_a", "one_address_b"]


def test_a_column_that_is_added_to_a_table_brings_its_own() -> None:
    """As a class in one table with its parent adds some."""
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("x", Encrypted(sa.String, search="casefold")))
    assert [column.name for column in table.columns] == ["id", "x", "x_exact_casefold_a", "x_exact_casefold_b"]
    with pytest.raises(TypeError, match="x_exact_casefold_a"):
        sa.Table(
            "u",
            sa.MetaData(),
            sa.Column("x_exact_casefold_a", sa.Integer),
            sa.Column("x", Encrypted(sa.String, search="casefold")),
        )


def test_a_long_name_is_shortened() -> None:
    """So that every database keeps all of it, and no two are alike."""
    long = "a" * 60
    table = sa.Table("t", sa.MetaData(), sa.Column(long, Encrypted(sa.String, search=[Exact(), Prefix(3, bits=8)])))
    names = [column.name for column in table.columns][1:]
    assert len(set(names)) == 4
    assert all(len(name) == 63 for name in names)


COMPOUND = Compound(("a", "b"), normalise=("exact", "exact"))
TWICE, TOGETHER = [Exact("email"), Exact("exact")], [Exact("email"), COMPOUND]


@pytest.mark.parametrize("search", [3, ["email"], TWICE, TOGETHER, COMPOUND], ids=repr)
def test_a_search_is_declared_in_one_of_three_ways(search: Any) -> None:
    """Anything else is a mistake that is named."""
    with pytest.raises(TypeError):
        Encrypted(sa.String, search=search)
    with pytest.raises(TypeError, match="Compound"):
        Encrypted(sa.JSON, search="exact")
    with pytest.raises(SearchError):
        Encrypted(sa.String, search="nothing")
