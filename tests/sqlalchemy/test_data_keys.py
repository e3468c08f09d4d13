"""Keys of data subjects over SQLAlchemy: joined to the session, past snapshots, and shredded with what finds values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError, UnknownKeyError
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms
from consentguard.datamap.schema import SealedColumn
from consentguard.evidence import Evidence
from consentguard.records import NewDataKey, Selection, SubjectRef, Test
from consentguard.shredding import Shredding
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.sealed import sealed_columns
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.sqlalchemy.site import MODELS, TABLES

TODAY = MOMENT.date()
BOUND = {"user": "owner_id"}
LATER = MOMENT + dt.timedelta(days=2)


class Base(orm.DeclarativeBase):
    """Classes of these tests."""


class Letter(Base):
    """Values under keys of data subjects, of which one is searched and one bound to a text."""

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int]
    author: Mapped[str] = mapped_column(sa.String(40))
    email: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), search="email", bound_to=BOUND))
    mark: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), bound_to=BOUND, on_erased="marker"))
    text: Mapped[str | None] = mapped_column(Encrypted(sa.Text, search="exact", bound_to={"author": "author"}))


LETTERS = Models.of(Base)
COLUMNS: tuple[SealedColumn, ...] = tuple(sealed_columns(LETTERS))


@pytest.fixture(scope="module")
def tables(database: str) -> Iterator[None]:
    """The table of letters, in the database."""
    engine = sa.create_engine(database, poolclass=NullPool)
    Base.metadata.create_all(engine)
    yield
    Base.metadata.drop_all(engine)


@pytest.fixture
def letters(session: orm.Session, stores: SQLAlchemyStores, tables: None) -> Iterator[orm.Session]:
    """The session, with two letters of 7's and one of 8's; their keys are in the same database."""
    installed.install(keyring())
    installed.install_data_keys(lambda: stores.data_keys)
    session.execute(sa.delete(Letter))
    for owner, author in ((7, "ada"), (7, "Ada"), (8, "bob")):
        session.add(Letter(owner_id=owner, author=author, email=f"{owner}@x.org", mark="m", text=author))
    session.commit()
    yield session
    installed.uninstall()


def shredding(session: orm.Session, stores: SQLAlchemyStores) -> Shredding:
    """The shredding of the letters."""
    ring, here = installed.current(), SQLAlchemyStores(session, TABLES, models=LETTERS)
    witness = Evidence(stores=here, macs=KeyedMacs(ring, "evidence"), clock=FrozenClock(), version=str)
    return Shredding(
        columns=lambda: COLUMNS,
        stores=here,
        keys=installed.subject_keys,
        witness=witness,
        pseudonyms=KeyedPseudonyms(ring),
    )


def found(session: orm.Session, **values: str) -> int:
    """How many letters a search finds."""
    ((name, value),) = values.items()
    query = sa.select(sa.func.count()).select_from(Letter).where(getattr(Letter, name) == value)
    return session.execute(query).scalar_one()


def enabled(stores: SQLAlchemyStores) -> int:
    """How many keys there are."""
    return sum(stores.wrapped_keys.under().values())


def test_a_key_is_made_in_the_transaction_of_what_it_seals(letters: orm.Session, stores: SQLAlchemyStores) -> None:
    """Where that is undone there is neither; several new people in one flush get theirs together."""
    assert enabled(stores) == 5
    letters.add_all([Letter(owner_id=owner, author="eve", email="e@x.org") for owner in (20, 21)])
    letters.flush()
    assert enabled(stores) == 7
    letters.rollback()
    assert enabled(stores) == 5


def test_nothing_of_a_shredded_person_is_readable_or_found(letters: orm.Session, stores: SQLAlchemyStores) -> None:
    """By either column, whatever the policy of reading it; another's stays."""
    assert found(letters, email="7@x.org") == 2
    ada = SubjectRef("user", "7")
    assert shredding(letters, stores).outlook(ada) == {"Letter.email": 2, "Letter.mark": 2}
    done = shredding(letters, stores).shred(ada)
    assert (done.keys, dict(done.cleared)) == (1, {"Letter.email": 2})
    assert (found(letters, email="7@x.org"), found(letters, email="8@x.org")) == (0, 1)
    first, _, third = letters.scalars(sa.select(Letter).order_by(Letter.id)).all()
    with pytest.raises(ErasedError):
        _ = first.email
    assert (first.mark, first.text) == (ERASED, "ada")
    assert (third.email, third.mark) == ("8@x.org", "m")


def test_a_key_of_text_is_that_of_one_person_to_the_letter(letters: orm.Session, stores: SQLAlchemyStores) -> None:
    """Though a database takes `Ada` for `ada`, as MariaDB does."""
    ada = SubjectRef("author", "ada")
    assert shredding(letters, stores).outlook(ada) == {"Letter.text": 1}
    assert dict(shredding(letters, stores).shred(ada).cleared) == {"Letter.text": 1}
    assert (found(letters, text="ada"), found(letters, text="Ada")) == (0, 1)


def test_a_shredding_is_part_of_the_caller_s_transaction(letters: orm.Session, stores: SQLAlchemyStores) -> None:
    """Where that is undone everything is readable and found."""
    with letters.begin_nested() as block:
        assert shredding(letters, stores).shred(SubjectRef("user", "7")).keys == 1
        block.rollback()
    assert (found(letters, email="7@x.org"), enabled(stores), stores.entries.waiting()) == (2, 5, 0)
    assert [letter.email for letter in letters.scalars(sa.select(Letter))] == ["7@x.org", "7@x.org", "8@x.org"]


def test_the_data_alone_is_readable_by_nobody(letters: orm.Session, stores: SQLAlchemyStores) -> None:
    """A restored dump without the table of keys: an unknown key is told from an erased one."""
    letters.execute(sa.delete(TABLES.data_keys))
    letters.commit()
    (letter, *_) = letters.scalars(sa.select(Letter)).all()
    with pytest.raises(UnknownKeyError, match="unknown data key"):
        _ = letter.email


def test_the_columns_say_what_they_are_bound_to() -> None:
    """By the attribute, and the database's name of it."""
    assert {str(each): (each.declared.subject, each.subject, each.db_subject) for each in COLUMNS} == {
        "Letter.email": ("user", "owner_id", "owner_id"),
        "Letter.mark": ("user", "owner_id", "owner_id"),
        "Letter.text": ("author", "author", "author"),
    }


@pytest.fixture
def other(database: str) -> Iterator[SQLAlchemyStores]:
    """Stores on a second connection."""
    engine = sa.create_engine(database, poolclass=NullPool)
    with orm.Session(engine) as session:
        yield SQLAlchemyStores(session, TABLES, models=MODELS)


MARIADB = pytest.mark.parametrize("database", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
KEY = NewDataKey(subject="a" * 32, key_id=1, wrapped=b"wrapped", created_at=MOMENT)


@MARIADB
def test_a_key_that_was_made_since_is_not_made_twice(stores: SQLAlchemyStores, other: SQLAlchemyStores) -> None:
    """Though MariaDB shows a transaction its tables as they were when it began to read."""
    with other.transactions.atomic():
        assert list(other.data_keys.of([KEY.subject])) == []
        (made,) = stores.data_keys.put([KEY])
        assert list(other.data_keys.put([KEY])) == [made]
    assert enabled(stores) == 1


@MARIADB
def test_a_key_that_was_made_since_is_destroyed(stores: SQLAlchemyStores, other: SQLAlchemyStores) -> None:
    """Nothing that was sealed a moment before stays readable."""
    with other.transactions.atomic():
        assert list(other.data_keys.of([KEY.subject])) == []
        (made,) = stores.data_keys.put([KEY])
        assert other.data_keys.destroy([KEY.subject], TODAY) == [made.id]
    assert enabled(stores) == 0


def test_retention_takes_tombstones_alone(stores: SQLAlchemyStores) -> None:
    """A key in use has no day to count from; and no id comes back, though its tombstone is gone."""
    new = [NewDataKey(subject=f"{each:032x}", key_id=1, wrapped=b"w", created_at=MOMENT) for each in range(4)]
    kept, *gone = [stores.data_keys.put([each])[0] for each in new[:3]]
    stores.data_keys.destroy([each.subject for each in new[1:3]], TODAY)
    old = Selection(label="consentguard_data_key", where=(Test("destroyed_on", "before", LATER),))
    assert (stores.dataset.count(old), stores.dataset.delete(old)) == (2, 2)
    assert list(stores.data_keys.find([kept.id, *(key.id for key in gone)])) == [kept]
    (last,) = stores.data_keys.put([new[3]])
    assert last.id > gone[-1].id
