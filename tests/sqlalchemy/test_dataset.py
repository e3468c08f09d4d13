"""Rows of a host whose classes are related in every way that SQLAlchemy knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import ForeignKey, orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard.crypto import installed
from consentguard.datamap.tags import Match
from consentguard.ports import StoreError
from consentguard.records import Selection, Test
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy import dataset as room
from consentguard_flask.sqlalchemy.dataset import SQLAlchemyDataset
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach

TODAY = dt.date(2026, 3, 1)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ADA, BOB, CYD = UUID(int=1), UUID(int=2), UUID(int=3)


class Base(orm.DeclarativeBase):
    """The host's classes."""


followed = sa.Table(
    "followed",
    Base.metadata,
    sa.Column("person_id", ForeignKey("person.id"), primary_key=True),
    sa.Column("topic_id", ForeignKey("topic.id"), primary_key=True),
)
visits = sa.Table(
    "visits",
    Base.metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("who", ForeignKey("person.id")),
    sa.Column("page", sa.String(80)),
)
sa.Table("keyless", Base.metadata, sa.Column("who", ForeignKey("person.id")))


class Person(Base):
    """Whose the rows are."""

    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    email: Mapped[str] = mapped_column("mail", sa.String(80))
    secret: Mapped[str | None] = mapped_column(Encrypted(sa.String))
    sealed: Mapped[str] = mapped_column(Encrypted(sa.String), default="")
    mentor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    mentor: Mapped[Person | None] = relationship(remote_side="Person.id")
    topics: Mapped[list[Topic]] = relationship(secondary=followed, back_populates="people")
    cars: Mapped[list[Car]] = relationship(back_populates="driver")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Driver(Person):
    """Joined inheritance: a table of its own."""

    __tablename__ = "driver"
    id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    licence: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "driver"}


class Guest(Person):
    """Single-table inheritance: a relation of its own."""

    favourite_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    favourite: Mapped[Topic | None] = relationship()
    __mapper_args__ = {"polymorphic_identity": "guest"}


class Topic(Base):
    """What people follow."""

    __tablename__ = "topic"
    id: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[list[Person]] = relationship(secondary=followed, back_populates="topics")


class Car(Base):
    """A key of two columns."""

    __tablename__ = "car"
    country: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    bought: Mapped[dt.date]
    driver_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    driver: Mapped[Person | None] = relationship(back_populates="cars")


class Event(Base):
    """What another site told us, as JSON."""

    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=False))
    kind: Mapped[str] = mapped_column(sa.Enum("in", "out"), default="in")
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))


@pytest.fixture
def session() -> Iterator[orm.Session]:
    """Ada and Bob, what leads to them, and Cyd, who has nothing."""
    installed.install(keyring())
    engine = sa.create_engine("sqlite://")
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
    attach(Base.metadata)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        ada = Person(id=ADA, email="ada@example.com")
        bob = Driver(id=BOB, email="bob@example.com", licence="B", mentor=ada)
        session.add_all([ada, bob])
        session.flush()
        session.add_all([Topic(id=1, people=[ada, bob]), Topic(id=2, people=[bob])])
        session.flush()
        session.add(Guest(id=CYD, email="cyd@example.com", favourite_id=1))
        session.add_all(Car(country="GT", number=number, bought=TODAY, driver=bob) for number in range(3))
        session.execute(visits.insert(), [{"id": 1, "who": ADA, "page": "/"}, {"id": 2, "who": BOB, "page": "/"}])
        noon = NOON.replace(tzinfo=None)
        sender = {"sender": {"id": "ada@example.com"}}
        session.add_all([Event(id=1, payload=sender, at=noon, visit_id=2), Event(id=2, payload={}, at=noon)])
        session.commit()
        yield session
    engine.dispose()
    installed.uninstall()


@pytest.fixture
def stores(session: orm.Session) -> SQLAlchemyStores:
    """The stores over it."""
    return SQLAlchemyStores(session, attach(Base.metadata), models=Models.of(Base))


@pytest.fixture
def data(stores: SQLAlchemyStores) -> SQLAlchemyDataset:
    """The host's rows."""
    return stores.dataset


def of(label: str, path: str | Match, *people: UUID) -> Selection:
    """The rows of some people."""
    return Selection(label=label, path=path, root="Person", keys=tuple(map(str, people)))


@pytest.mark.parametrize(
    ("label", "path", "ada", "bob"),
    [
        ("Person", "self", 1, 1),
        ("Person", "mentor", 1, 0),
        ("Person", "favourite.people", 1, 1),
        ("Driver", "self", 0, 1),
        ("Driver", "mentor", 1, 0),
        ("Driver", "cars.driver", 0, 1),
        ("Driver", "topics.people", 1, 1),
        ("Topic", "people", 1, 2),
        ("Topic", "people.mentor", 2, 0),
        ("Car", "driver", 0, 3),
        ("Car", "driver.mentor", 3, 0),
        ("followed", "person_id", 1, 2),
        ("followed", "topic_id.people", 2, 3),
        ("visits", "who", 1, 1),
        ("visits", "who.mentor", 1, 0),
        ("Event", "visit_id.who", 0, 1),
        ("Event", Match("payload.sender.id", "Person.email"), 1, 0),
        ("Car", Match("driver.email", "Person.email"), 0, 3),
    ],
    ids=str,
)
def test_a_path_leads_to_a_person(data: SQLAlchemyDataset, label: str, path: str | Match, ada: int, bob: int) -> None:
    """Over relationships and bare keys, to parents and to the same table, through association tables and JSON."""
    assert [data.count(of(label, path, person)) for person in (ADA, BOB)] == [ada, bob]
    assert data.count(of(label, path, UUID(int=9))) == 0


@pytest.mark.parametrize("key", ["", "1", "ada", "' OR 1=1"])
def test_a_key_that_can_be_nobody_s_is_nobody(data: SQLAlchemyDataset, key: str) -> None:
    """It is no error: people are asked for by what others wrote."""
    assert data.count(Selection(label="Car", path="driver", root="Person", keys=(key,))) == 0


@pytest.mark.parametrize(
    ("selection", "named"),
    [
        (of("Nothing", "self", ADA), "no table .Nothing"),
        (of("Car", "owner", ADA), '"Car" has no relation "owner"'),
        (of("Car", "bought", ADA), '"Car" has no relation "bought"'),
        (Selection(label="Car", where=(Test("sold", "before", NOON),)), '"Car" has no column "sold"'),
        (of("Car", Match("driver.phone", "Person.email"), ADA), '"Person" has no column "phone"'),
        (of("keyless", "self", ADA), '"keyless" has no primary key'),
    ],
)
def test_what_the_data_map_does_not_know_is_an_error_of_ours(
    data: SQLAlchemyDataset, selection: Selection, named: str
) -> None:
    """It names the table, and the column or relation."""
    with pytest.raises(StoreError, match=named):
        data.delete(selection)


def test_rows_with_a_key_of_several_columns_come_in_portions(
    data: SQLAlchemyDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, each once, whether the last portion is full or not."""
    for portion in (1, 2, 3, 4):
        monkeypatch.setattr(room, "PORTION", portion)
        assert [row["number"] for row in data.rows(of("Car", "driver", BOB), ["number"])] == [0, 1, 2]


def test_rows_with_a_key_of_several_columns_are_deleted(
    data: SQLAlchemyDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In portions too."""
    monkeypatch.setattr(room, "PORTION", 2)
    assert data.delete(of("Car", "driver", BOB)) == 3


def test_keys_of_several_columns_are_texts(data: SQLAlchemyDataset) -> None:
    """A JSON list of each, which bounds and selections take back."""
    cars = Selection(label="Car", whole=True)
    keys = list(data.keys(cars, "", 9))
    assert keys == [f'["GT", "{number}"]' for number in range(3)]
    assert list(data.keys(cars, keys[0], 1)) == keys[1:2]
    assert list(data.split(cars, 3)) == keys[:2]
    assert data.count(Selection(label="Car", whole=True, above=keys[0], upto=keys[1])) == 1
    assert data.delete(Selection.of("Car", [keys[1], "GT", '["GT"]'])) == 1
    assert list(data.keys(cars, "", 9)) == [keys[0], keys[2]]
    with pytest.raises(StoreError, match="primary key"):
        data.keys(cars, "GT", 1)


def test_rows_come_back_as_they_were_exported(data: SQLAlchemyDataset) -> None:
    """Foreign keys, dates and sealed values, as JSON writes them."""
    row = {
        "id": str(UUID(int=7)),
        "kind": "person",
        "email": "x@x.org",
        "secret": "s",
        "sealed": "t",
        "mentor_id": str(ADA),
    }
    assert data.insert("Person", [row]) == 1
    car = {"country": "MX", "number": 1, "bought": "2026-03-01", "driver_id": str(UUID(int=7))}
    assert data.insert("Car", [car]) == 1
    assert [dict(found) for found in data.rows(of("Person", "self", UUID(int=7)), ["secret", "sealed"])] == [
        {"secret": "s", "sealed": "t"}
    ]
    assert data.weigh(of("Car", "driver.mentor", ADA), "bought").rows == 4


def test_sealed_texts_are_emptied_once(data: SQLAlchemyDataset) -> None:
    """The length of what is sealed tells an empty text from another, so that no row is due for ever."""
    filled = Selection(label="Person", where=(Test("sealed", "filled"),))
    assert data.change(of("Person", "self", ADA), {"sealed": "Lovelace"}) == 1
    assert list(data.keys(filled, "", 9)) == [str(ADA)]
    assert data.clear(filled, ["sealed"]) == 1
    assert data.count(filled) == 0


def test_what_ties_a_row_to_others_goes_with_it(data: SQLAlchemyDataset, session: orm.Session) -> None:
    """As the ORM does it with association tables; from either end."""
    assert data.clear(of("Person", "self", CYD), ["favourite_id"]) == 1
    assert data.delete(of("Topic", "people", ADA)) == 1
    rows = session.execute(sa.select(followed.c.topic_id)).scalars().all()
    assert rows == [2]


def test_a_row_that_others_refer_to_stays(data: SQLAlchemyDataset, session: orm.Session) -> None:
    """The database says so, and nothing is half-done."""
    with pytest.raises(StoreError, match="refuses a change"):
        data.delete(of("Person", "self", BOB))
    assert session.scalar(sa.select(sa.func.count()).select_from(followed)) == 3


def test_columns_of_a_date_and_without_a_zone_are_compared_in_utc(data: SQLAlchemyDataset) -> None:
    """A day is before a moment when it is over."""
    assert data.count(Selection(label="Car", where=(Test("bought", "before", NOON),))) == 0
    assert data.count(Selection(label="Car", where=(Test("bought", "before", NOON + dt.timedelta(days=1)),))) == 3
    west = dt.timezone(dt.timedelta(hours=-6))
    assert data.count(Selection(label="Event", where=(Test("at", "before", NOON.astimezone(west)),))) == 0
    assert (
        data.count(
            Selection(label="Event", where=(Test("at", "before", (NOON + dt.timedelta(seconds=1)).astimezone(west)),))
        )
        == 2
    )


def test_columns_are_emptied_by_their_attributes_names(data: SQLAlchemyDataset, session: orm.Session) -> None:
    """A key to another row is NULL, and a sealed text an empty one, sealed."""
    assert data.clear(of("Person", "self", BOB), ["email", "mentor_id", "sealed", "secret"]) == 1
    bob = session.get_one(Person, BOB)
    assert (bob.email, bob.mentor, bob.sealed, bob.secret) == ("", None, "", None)


@pytest.mark.parametrize(("label", "column"), [("Event", "payload"), ("Event", "kind"), ("followed", "person_id")])
def test_what_can_be_neither_null_nor_an_empty_text_is_named(data: SQLAlchemyDataset, label: str, column: str) -> None:
    """JSON, one of a few words, a key that must lead somewhere."""
    with pytest.raises(StoreError, match=f"{label}.{column}"):
        data.clear(Selection(label=label), [column])


def test_nobody_is_found_by_an_encrypted_value(data: SQLAlchemyDataset) -> None:
    """The error says why, in place of nobody."""
    with pytest.raises(StoreError, match=r"Person\.secret.*encrypted"):
        data.match("Person", "secret", "s")


@pytest.mark.parametrize("value", ["jürgen@example.com", "JÜRGEN@example.com"])
def test_letters_beyond_ascii_have_cases_too(data: SQLAlchemyDataset, session: orm.Session, value: str) -> None:
    """On SQLite as well, whose `lower` knows ASCII alone; what only looks alike is somebody else."""
    session.execute(sa.update(Person).where(Person.id == ADA).values(email="Jürgen@example.com"))
    session.commit()
    assert data.match("Person", "email", value) == [str(ADA)]
    assert data.match("Person", "email", "jurgen@example.com") == []
    assert data.match("Person", "email", "jörgen@example.com") == []
