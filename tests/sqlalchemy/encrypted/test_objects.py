"""What mapped objects hold of encrypted columns: sealed bytes until somebody reads them, whatever is done with them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from consentguard.crypto.errors import TamperedError
from consentguard_flask.sqlalchemy.encrypted import Encrypted, EncryptedColumnError, sealed_for
from tests.sqlalchemy.encrypted.site import Base, Customer, Supplier, stored


def held(found: Any, name: str = "email") -> Any:
    """What an object holds of an attribute."""
    return vars(found)[name]


def ada(session: orm.Session, **values: Any) -> Customer:
    """A customer that is in the database, and whose values nobody has read."""
    session.add(Customer(**{"email": "ada@example.com", "phone": "555", **values}))
    session.commit()
    return session.scalars(sa.select(Customer)).one()


def test_a_value_is_opened_when_it_is_read_and_not_before(session: orm.Session) -> None:
    """Loading rows costs nothing of the cipher."""
    found = ada(session)
    assert held(found) == stored(session, "mail")[0]
    assert (found.email, found.phone) == ("ada@example.com", "555")
    assert "ada" not in repr(vars(found))


def test_a_value_that_cannot_be_opened_is_an_error_where_it_is_read(session: orm.Session) -> None:
    """The others of its row are read, it may be overwritten, and the object be deleted."""
    found = ada(session)
    session.execute(sa.text("UPDATE customer SET mail = phone"))
    session.refresh(found)
    with pytest.raises(TamperedError, match=r"customer\.mail"):
        _ = found.email
    assert found.phone == "555"
    found.email = "new@example.com"
    session.commit()
    assert found.email == "new@example.com"


def test_a_text_that_somebody_put_in_place_of_sealed_bytes_is_no_value(session: orm.Session) -> None:
    """SQLite keeps it and hands it out as it is: whoever may write to the table says nothing in the site's name."""
    found = ada(session)
    session.execute(sa.text("UPDATE customer SET mail = 'mallory@example.com', phone = 7"))
    session.refresh(found)
    for name in ("email", "phone"):
        with pytest.raises(TamperedError, match="not a sealed one"):
            getattr(found, name)
    assert "mallory@example.com" not in str(sa.inspect(found).attrs.email.history)
    found.email, found.phone = "new@example.com", None
    session.commit()
    assert (found.email, found.phone) == ("new@example.com", None)


def test_values_that_are_opened_as_they_are_loaded_are_held_alike(session: orm.Session) -> None:
    """With `lazy=False` an error comes with the query, and still nothing is pickled or printed in clear."""
    session.add(Supplier(town="Antigua"))
    session.commit()
    found = session.scalars(sa.select(Supplier)).one()
    assert "Antigua" not in repr(vars(found))
    assert b"Antigua" not in pickle.dumps(found)
    assert found.town == "Antigua"
    session.execute(sa.text("UPDATE supplier SET town = X'00'"))
    session.expire_all()
    with pytest.raises(TamperedError):
        session.scalars(sa.select(Supplier)).one()


def test_only_what_was_changed_is_written(session: orm.Session) -> None:
    """Values are compared, sealed or not, and one that is set to what it was is not written anew."""
    found = ada(session)
    before = stored(session, "mail")
    found.email, found.name = "ada@example.com", "Ada"
    assert session.is_modified(found)
    session.commit()
    assert stored(session, "mail") == before
    found.email = "ADA@example.com"
    session.commit()
    assert stored(session, "mail") != before
    assert found.email == "ADA@example.com"


def test_history_shows_values(session: orm.Session) -> None:
    """Neither sealed bytes nor what holds a value, read or not."""
    found = ada(session)
    found.email = "new@example.com"
    history = sa.inspect(found).attrs.email.history
    assert (list(history.added), list(history.deleted)) == (["new@example.com"], ["ada@example.com"])
    assert list(sa.inspect(found).attrs.phone.history.unchanged) == ["555"]
    assert sa.inspect(found).attrs.email.value == "new@example.com"
    assert sa.inspect(Customer).attrs.email.class_attribute.impl.get_committed_value(
        sa.inspect(found), vars(found)
    ) == ("ada@example.com")


def test_listeners_and_validators_see_values(session: orm.Session) -> None:
    """What was assigned and what was there before, neither of them sealed; and what they return is held."""
    seen: list[Any] = []

    def hear(target: Any, value: Any, before: Any, initiator: Any) -> Any:
        seen.append((value, before))
        return value.upper()

    found = ada(session)
    sa.event.listen(Customer.phone, "set", hear, retval=True)
    try:
        found.phone = "a"
        found.phone = "b"
    finally:
        sa.event.remove(Customer.phone, "set", hear)
    assert seen == [("a", "555"), ("b", "A")]
    assert found.phone == "B"
    assert "B" not in repr(held(found, "phone"))


@pytest.mark.parametrize("way", ["expire", "refresh", "deferred", "load_only", "undefer", "populate_existing"])
def test_every_way_to_load_an_attribute_later(session: orm.Session, way: str) -> None:
    """The value is the same, and is sealed until it is read."""
    found = ada(session)
    if way == "expire":
        session.expire(found)
    elif way == "refresh":
        session.refresh(found, ["email"])
    else:
        session.expunge_all()
        options = {
            "deferred": [orm.defer(Customer.email)],
            "load_only": [orm.load_only(Customer.phone)],
            "undefer": [orm.undefer(Customer.email)],
        }
        found = session.scalars(sa.select(Customer).options(*options.get(way, ()))).one()
    if way == "populate_existing":
        with session.no_autoflush:
            found.email = "lost"
            found = session.scalars(sa.select(Customer).execution_options(populate_existing=True)).one()
        assert isinstance(held(found), bytes)
    assert found.email == "ada@example.com"
    assert found.phone == "555"


@pytest.mark.parametrize("is_read", [False, True], ids=["sealed", "read"])
@pytest.mark.parametrize("load", [False, True], ids=["as it is", "loading"])
def test_an_object_is_merged_into_another_session(session: orm.Session, is_read: bool, load: bool) -> None:
    """With its values, read or not."""
    found = ada(session, photo=b"\x00\x01", notes={"a": 1})
    values = (found.email, found.photo, found.notes) if is_read else ()
    session.expunge_all()
    merged = session.merge(found, load=load)
    assert (merged.email, merged.photo, merged.notes) == ("ada@example.com", b"\x00\x01", {"a": 1})
    assert not values or not session.is_modified(merged)
    found.email = "new@example.com"
    session.merge(found)
    session.commit()
    assert session.scalars(sa.select(Customer.email)).one() == "new@example.com"


def test_an_object_is_copied_into_a_new_row(session: orm.Session) -> None:
    """By `make_transient`, and sealed values are checked before they are stored again."""
    found = ada(session, photo=b"\x00\x01")
    session.expunge(found)
    orm.make_transient(found)
    found.id, found.email = None, "new@example.com"  # type: ignore[assignment]
    session.add(found)
    session.commit()
    assert session.execute(sa.select(Customer.phone, Customer.photo).order_by(Customer.id)).all() == [
        ("555", b"\x00\x01"),
        ("555", b"\x00\x01"),
    ]


def test_bulk_methods_take_values_and_objects(session: orm.Session) -> None:
    """Dictionaries with values, and objects as they are."""
    session.bulk_insert_mappings(sa.inspect(Customer), [{"id": 1, "email": "a@x.example"}, {"id": 2, "email": None}])
    session.bulk_update_mappings(sa.inspect(Customer), [{"id": 2, "email": "b@x.example"}])
    session.bulk_save_objects([Customer(id=3, email="c@x.example", photo=b"x")])
    session.commit()
    found = list(session.scalars(sa.select(Customer).order_by(Customer.id)))
    found[2].phone = "7"
    session.bulk_save_objects(found)
    session.commit()
    assert session.scalars(sa.select(Customer.email).order_by(Customer.id)).all() == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]
    assert session.scalars(sa.select(Customer.phone).order_by(Customer.id)).all() == [None, None, "7"]


def test_a_pickle_holds_no_plaintext(session: orm.Session) -> None:
    """What was not read, what was, and what was assigned and never saved; also of a value that was changed within."""
    found = ada(session, notes={"diagnosis": "secret"}, photo=b"secret")
    texts = (b"ada@", b"555", b"secret", b"4711", b"changed")
    for step in ("sealed", "read", "assigned"):
        if step == "read":
            _ = found.email, found.phone, found.notes, found.photo
        if step == "assigned":
            found.phone = "4711"
            found.notes["diagnosis"] = "changed"
        pickled = pickle.dumps(found)
        assert not [text for text in texts if text in pickled]
        other = pickle.loads(pickled)  # noqa: S301 - our own
        assert other.email == "ada@example.com"
        assert other.photo == b"secret"
        assert other.phone == ("4711" if step == "assigned" else "555")
        assert other.notes == {"diagnosis": "changed" if step == "assigned" else "secret"}


def test_what_a_text_selects_is_held_alike(session: orm.Session) -> None:
    """Though its values are opened as they come."""
    ada(session)
    session.expunge_all()
    found = session.scalars(sa.select(Customer).from_statement(sa.text("SELECT * FROM customer"))).one()
    assert "ada@" not in repr(vars(found))
    assert pickle.loads(pickle.dumps(found)).email == "ada@example.com"  # noqa: S301 - our own
    assert b"ada@" not in pickle.dumps(found)


def test_a_pickled_object_is_saved_as_it_is(session: orm.Session) -> None:
    """A value that was never opened is checked, and stored as it came."""
    made = pickle.loads(pickle.dumps(Customer(email="a@x.example", photo=b"x")))  # noqa: S301 - our own
    session.add(made)
    session.commit()
    assert session.execute(sa.select(Customer.email, Customer.photo)).one() == ("a@x.example", b"x")


def test_copies_of_what_is_held_are_sealed(session: orm.Session) -> None:
    """As those that a deep copy of the `__dict__` makes."""
    found = ada(session)
    _ = found.email
    assert isinstance(copy.deepcopy(held(found)), bytes)


def test_defaults_and_what_a_statement_sets_are_held_alike(session: orm.Session) -> None:
    """Those of the column, and those that `update` with synchronize_session gives to objects."""
    metadata = orm.registry()

    @metadata.mapped
    class Thing:
        __tablename__ = "thing"
        id = sa.Column(sa.Integer, primary_key=True)
        secret = sa.Column(Encrypted(sa.String), default="by default")

    metadata.metadata.create_all(session.connection())
    made = Thing()
    session.add(made)
    session.flush()
    assert b"by default" not in pickle.dumps(vars(made)["secret"])
    assert made.secret == "by default"
    found = ada(session)
    _ = found.phone
    session.execute(sa.update(Customer).values(phone="777"), execution_options={"synchronize_session": "evaluate"})
    assert "777" not in repr(vars(found))
    assert found.phone == "777"


def test_a_dataclass_is_mapped_alike(session: orm.Session) -> None:
    """Its generated methods see values."""

    class DataBase(MappedAsDataclass, orm.DeclarativeBase):
        pass

    class Person(DataBase):
        __tablename__ = "person"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)
        email: Mapped[str | None] = mapped_column(Encrypted(sa.String), default=None)

    DataBase.metadata.create_all(session.connection())
    session.add_all([Person("a"), Person()])
    session.commit()
    found = session.scalars(sa.select(Person).order_by(Person.id)).all()
    assert [each.email for each in found] == ["a", None]
    assert found[0] == found[0]
    assert found[0] != found[1]


def test_children_of_a_class_have_its_attributes_and_their_own(session: orm.Session) -> None:
    """In one table and in joined ones, and where several are loaded at once."""

    class Parents(orm.DeclarativeBase):
        pass

    class Animal(Parents):
        __tablename__ = "animal"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(sa.String(9))
        name: Mapped[str | None] = mapped_column(Encrypted(sa.String))
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

    class Cat(Animal):
        __tablename__ = "cat"
        id: Mapped[int] = mapped_column(sa.ForeignKey("animal.id"), primary_key=True)
        food: Mapped[str | None] = mapped_column(Encrypted(sa.String))
        __mapper_args__ = {"polymorphic_identity": "cat"}

    class Dog(Animal):
        bone: Mapped[str | None] = mapped_column(Encrypted(sa.String))
        __mapper_args__ = {"polymorphic_identity": "dog"}

    Parents.metadata.create_all(session.connection())
    session.add_all([Animal(name="a"), Cat(name="b", food="fish"), Dog(name="c", bone="big")])
    session.commit()
    everybody = orm.with_polymorphic(Animal, "*")
    for query in (sa.select(Animal), sa.select(everybody)):
        session.expunge_all()
        found = session.scalars(query.order_by(sa.text("1"))).all()
        assert [each.name for each in found] == ["a", "b", "c"]
        assert (found[1].food, found[2].bone) == ("fish", "big")
    assert session.scalars(sa.select(Cat)).one().food == "fish"


def test_a_hybrid_reads_values_and_refuses_queries(session: orm.Session) -> None:
    """In Python it is given values; what its expression asks of the database is refused."""

    class Hybrids(orm.DeclarativeBase):
        pass

    class Person(Hybrids):
        __tablename__ = "person"
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str | None] = mapped_column(Encrypted(sa.String))

        @hybrid_property
        def shouted(self) -> str:
            return self.email.upper()

        @shouted.inplace.expression
        @classmethod
        def _shouted(cls) -> sa.ColumnElement[str]:
            return sa.func.upper(cls.email)

    Hybrids.metadata.create_all(session.connection())
    session.add(Person(email="a"))
    session.flush()
    assert session.scalars(sa.select(Person)).one().shouted == "A"
    with pytest.raises(EncryptedColumnError, match=r"person\.email"):
        session.scalars(sa.select(Person.shouted))


@pytest.mark.parametrize(
    "value", [sa.func.lower("A"), Customer.phone, sealed_for(1, "a")], ids=["sql", "column", "for"]
)
def test_an_attribute_takes_nothing_that_is_for_statements(value: Any) -> None:
    """The database cannot seal what it makes itself."""
    with pytest.raises(EncryptedColumnError, match=r"Customer\.email"):
        Customer().email = value
    made = Customer(email="a")
    made.email = sa.null()  # type: ignore[assignment]
    assert made.email is None


def mutable() -> type:
    """A class with a value whose changes within would be tracked."""

    class One(orm.declarative_base()):  # type: ignore[misc]
        __tablename__ = "one"
        id = sa.Column(sa.Integer, primary_key=True)
        data = sa.Column(MutableDict.as_mutable(Encrypted(sa.JSON)))

    return One


def composite() -> type:
    """A class whose object is made of what two columns hold."""

    class Two(orm.declarative_base()):  # type: ignore[misc]
        __tablename__ = "two"
        id = sa.Column(sa.Integer, primary_key=True)
        x = sa.Column(Encrypted(sa.String))
        y = sa.Column(Encrypted(sa.String))
        point = orm.composite(lambda x, y: (x, y), x, y)

    return Two


def computed() -> type:
    """A class with an attribute that the database would have to compute."""

    class Three(orm.declarative_base()):  # type: ignore[misc]
        __tablename__ = "three"
        id = sa.Column(sa.Integer, primary_key=True)
        x = sa.Column(Encrypted(sa.String))
        shouted = orm.column_property(sa.func.upper(x))

    return Three


@pytest.mark.parametrize("make", [mutable, composite, computed], ids=lambda make: make.__name__)
def test_what_would_see_sealed_bytes_is_refused_when_classes_are_mapped(make: Any) -> None:
    """Before any row is loaded."""
    made = make()
    with pytest.raises(EncryptedColumnError):
        sa.inspect(made).registry.configure()
    made.registry.dispose()


def test_the_generated_columns_are_no_attributes() -> None:
    """Nobody is tempted to write what the database computes."""
    assert [name for name in dir(Customer) if "exact" in name or "prefix" in name] == []
    assert {"mail_exact_email_a", "mail_exact_email_b"} <= set(Base.metadata.tables["customer"].c.keys())
