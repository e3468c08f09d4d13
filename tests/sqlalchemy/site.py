"""A site whose classes are SQLAlchemy's, with consentguard's tables beside its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard_flask.sqlalchemy.columns import UtcDateTime
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.encrypted.loading import AsStored
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach


class Base(orm.DeclarativeBase):
    """The host's classes."""

    type_annotation_map = {dt.datetime: UtcDateTime, str: sa.String(200)}


class Person(Base):
    """Whose the rows are."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    joined: Mapped[dt.datetime]


class Note(Base):
    """What a person wrote."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    written: Mapped[dt.datetime]
    remark: Mapped[str | None]
    person: Mapped[Person] = relationship()


class Reply(Base):
    """What somebody answered."""

    __tablename__ = "reply"
    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(sa.ForeignKey("note.id"))
    email: Mapped[str]
    note: Mapped[Note] = relationship()


class Paper(Base):
    """A remark under somebody's key."""

    __tablename__ = "paper"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(Encrypted(sa.Text, bound_to={"person": "person_id"}))
    person: Mapped[Person] = relationship()


class Vault(Base):
    """The table of `consentguard.testing.contracts.Vault`."""

    __tablename__ = "vault"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(Encrypted(sa.String(40)))
    remark: Mapped[str | None] = mapped_column(Encrypted(sa.Text))
    owner: Mapped[int | None]
    plain: Mapped[str | None]


TABLES = attach(Base.metadata)
MODELS = Models.of(Base)


@contextmanager
def opened(url: str) -> Iterator[SQLAlchemyStores]:
    """The stores of a database over a new session, closed in the end."""
    engine = sa.create_engine(url, poolclass=NullPool)
    with orm.Session(engine) as session:
        yield SQLAlchemyStores(session, TABLES, models=MODELS)


class People:
    """`People` and `Vault` of `consentguard.testing.contracts`, through the session that the stores use."""

    label = "Vault"
    person, note, reply = "Person", "Note", "Reply"

    def __init__(self, session: orm.Session, stores: SQLAlchemyStores) -> None:
        self._session = session
        self._stores = stores

    def add_person(self, email: str, name: str, joined: dt.datetime) -> str:
        return self._add(Person(email=email, name=name, joined=joined))

    def add_note(self, person: str, text: str, written: dt.datetime, remark: str | None = None) -> str:
        return self._add(Note(person_id=int(person), text=text, written=written, remark=remark))

    def add_reply(self, note: str, email: str) -> str:
        return self._add(Reply(note_id=int(note), email=email))

    def _add(self, row: Person | Note | Reply) -> str:
        with self._stores.transactions.atomic():
            self._session.add(row)
            self._session.flush()
            return str(row.id)

    def add(
        self,
        phone: bytes | None = None,
        remark: bytes | None = None,
        owner: int | None = None,
        plain: str | None = None,
    ) -> str:
        """A row of the vault, whose columns hold these bytes."""
        given = {"phone": phone, "remark": remark}
        stored = {name: sa.bindparam(None, value, type_=AsStored) for name, value in given.items()}
        with self._stores.transactions.atomic():
            result = self._session.execute(sa.insert(Vault.__table__).values(owner=owner, plain=plain, **stored))
            return str(result.inserted_primary_key[0])
