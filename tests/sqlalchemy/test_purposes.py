"""Selects in a purpose: whoever restricted or objected to it is left out, wherever and however they were built."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column, relationship

import consentguard
from consentguard import Match, OutsidePurposeError, PurposeLimitationError, SubjectRef
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.records import Happening, Mark, Selection, new_id
from consentguard.restriction import purposes
from consentguard.restriction.purposes import Purposes
from consentguard.testing.clock import FrozenClock
from consentguard_flask.sqlalchemy.columns import UtcDateTime
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.purposes import limit
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach
from tests.core.neutral import policy

NOW = FrozenClock().now()
MANIFEST = policy(
    purposes={"analytics": {}, "service": {}, "inbox": {}},
    subjects={"person": {}, "sender": {}, "holder": {}},
    categories={
        "contact": {"subjects": ["person"]},
        "content": {
            "subjects": ["person"],
            "retention": {"ends_on": [{"event": "person.left", "scope": "person", "hide": "at_once"}]},
        },
        "labels": {"subjects": ["person"], "only_purposes": ["inbox"]},
        "tickets": {"subjects": ["holder"]},
    },
)
TAGS = {
    "Human": Tag(category="contact", subjects={"person": "self", "sender": "self"}),
    "Letter": Tag(
        category="content", columns={"remark": "contact"}, subjects={"person": "human"}, scopes={"person": "human"}
    ),
    "Response": Tag(category="contact", subjects={"person": "letter.human", "sender": Match("email", "Human.email")}),
    "Sticker": Tag(category="labels", subjects={"person": "letters.human"}),
    "Pass": Tag(category="tickets", subjects={"holder": "self"}),
}


class Base(orm.DeclarativeBase):
    """The host's classes."""

    type_annotation_map = {dt.datetime: UtcDateTime, str: sa.String(200)}


STUCK = sa.Table(
    "purposes_stuck",
    Base.metadata,
    sa.Column("sticker", sa.ForeignKey("purposes_sticker.id"), primary_key=True),
    sa.Column("letter", sa.ForeignKey("purposes_letter.id"), primary_key=True),
)


class Human(Base):
    """Whose the rows are."""

    __tablename__ = "purposes_human"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    letters: Mapped[list[Letter]] = relationship(back_populates="human")


class Letter(Base):
    """What somebody wrote."""

    __tablename__ = "purposes_letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    human_id: Mapped[int] = mapped_column(sa.ForeignKey("purposes_human.id"))
    text: Mapped[str]
    remark: Mapped[str | None]
    human: Mapped[Human] = relationship(back_populates="letters")
    stickers: Mapped[list[Sticker]] = relationship(secondary=STUCK, back_populates="letters")


class Response(Base):
    """What somebody answered."""

    __tablename__ = "purposes_response"
    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("purposes_letter.id"))
    email: Mapped[str]
    letter: Mapped[Letter] = relationship()


class Sticker(Base):
    """What letters are sorted by."""

    __tablename__ = "purposes_sticker"
    id: Mapped[int] = mapped_column(primary_key=True)
    colour: Mapped[str | None]
    letters: Mapped[list[Letter]] = relationship(secondary=STUCK, back_populates="stickers")


class Pass(Base):
    """Somebody whose key is no number."""

    __tablename__ = "purposes_pass"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)


TABLES = attach(Base.metadata)
MODELS = Models.of(Base)


def installed(monkeypatch: pytest.MonkeyPatch, **options: Any) -> FrozenClock:
    """The purposes of a policy over these tables, for the length of a test."""
    clock = FrozenClock()
    data_map = DataMap.build(MODELS.tables(), TAGS, MANIFEST)
    monkeypatch.setattr(purposes._Installed, "purposes", None)
    monkeypatch.setattr(purposes._Installed, "outside", None)
    purposes.install(Purposes([MANIFEST], lambda: [data_map], now=clock.now, **options))
    return clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """The policy's purposes are those of the process."""
    return installed(monkeypatch)


@pytest.fixture
def session(database: str, clock: FrozenClock) -> Iterator[orm.Session]:
    """The host's session, whose queries are limited: Anna and Ben wrote a letter each, answered and with a sticker."""
    engine = sa.create_engine(database, poolclass=NullPool)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with orm.Session(engine) as session:
        people = [Human(name=name, email=f"{name.lower()}@example.com") for name in ("Anna", "Ben")]
        for writer, other in zip(people, reversed(people), strict=True):
            letter = Letter(text=writer.name, human=writer, stickers=[Sticker()])
            session.add(Response(letter=letter, email=other.email))
        session.commit()
    with orm.Session(engine) as session:
        limit(session, lambda: MODELS)
        yield session


@pytest.fixture
def stores(session: orm.Session) -> SQLAlchemyStores:
    """The stores over the host's session."""
    return SQLAlchemyStores(session, TABLES, models=MODELS)


@pytest.fixture
def anna(session: orm.Session) -> int:
    """Anna's key."""
    return session.scalars(sa.select(Human.id).where(Human.name == "Anna")).one()


def mark(stores: SQLAlchemyStores, of: int | None, **about: Any) -> str:
    """A restriction of somebody."""
    subject = of and SubjectRef("person", str(of))
    made = Mark(**{"id": new_id(NOW), "kind": "restriction", "at": NOW, "subject": subject or None, **about})
    with stores.transactions.atomic():
        stores.marks.add(made)
    return made.id


def upsert(session: orm.Session, model: type[Base], row: dict[str, Any]) -> sa.Insert:
    """An insert that writes over the row that is there."""
    name = session.get_bind().dialect.name
    if name in ("mysql", "mariadb"):
        return mysql.insert(model).values(row).on_duplicate_key_update(row)
    insert = sqlite.insert(model) if name == "sqlite" else postgresql.insert(model)
    return insert.values(row).on_conflict_do_update(index_elements=["id"], set_=row)


@pytest.mark.parametrize("kind", ["restriction", "quarantine"])
def test_a_select_that_was_built_outside_is_limited_where_it_is_executed(
    session: orm.Session, stores: SQLAlchemyStores, anna: int, kind: str
) -> None:
    """Rows of the restricted subject are left out of entities, columns, counts and subqueries, and are back outside."""
    mark(stores, anna, kind=kind)
    built = sa.select(Letter.text).order_by(Letter.text)
    counted = sa.select(sa.func.count()).select_from(Letter)
    inner = sa.select(sa.func.count()).select_from(sa.select(Letter).subquery())
    alias = orm.aliased(Human)
    for _ in range(2):  # once as it is compiled, and once from the cache
        with consentguard.purpose("analytics"):
            assert session.scalars(built).all() == ["Ben"]
            assert session.scalars(sa.select(Human.name)).all() == ["Ben"]
            assert session.scalars(sa.select(alias.name)).all() == ["Ben"]
            assert (session.scalar(counted), session.scalar(inner)) == (1, 1)
            assert session.query(Letter).count() == 1
            assert session.get(Human, anna) is None
            assert session.scalars(sa.select(Letter).union(sa.select(Letter))).all()
        assert session.scalars(built).all() == ["Anna", "Ben"]
        session.expire_all()


def test_rows_that_are_joined_are_limited_too(session: orm.Session, stores: SQLAlchemyStores, anna: int) -> None:
    """Over joins, eager loading of each kind, lazy loads and subqueries."""
    mark(stores, anna)
    letter = session.scalars(sa.select(Letter).where(Letter.text == "Anna")).one()
    with consentguard.purpose("analytics"):
        joined = sa.select(Human.name).select_from(Response).join(Response.letter).join(Letter.human)
        assert session.scalars(joined).all() == ["Ben"]
        for load in (orm.joinedload, orm.selectinload, orm.subqueryload):
            session.expunge_all()
            found = session.scalars(sa.select(Human).options(load(Human.letters))).unique().all()
            assert [[each.text for each in human.letters] for human in found] == [["Ben"]]
        session.expunge_all()
        session.add(letter)
        assert letter.human is None
        assert (
            session.scalar(sa.select(sa.func.count(Response.id)).where(Response.letter_id.in_(sa.select(Letter.id))))
            == 1
        )


def test_a_row_goes_with_a_marked_one_that_it_is_joined_to(
    session: orm.Session, stores: SQLAlchemyStores, anna: int
) -> None:
    """The response is nobody's who is marked: what it is joined to is, and nothing of it is loaded."""
    key = session.scalars(sa.select(Letter.id).where(Letter.text == "Anna")).one()
    mark(stores, None, label="Letter", key=str(key))
    with consentguard.purpose("analytics"):
        assert len(session.scalars(sa.select(Response)).all()) == 2
        assert len(session.scalars(sa.select(Response).join(Response.letter)).all()) == 1
        session.expunge_all()
        found = session.scalars(sa.select(Response).options(orm.joinedload(Response.letter))).all()
        assert sorted(each.letter.text if each.letter else "" for each in found) == ["", "Ben"]


def test_what_was_read_in_a_purpose_is_free_after_it(session: orm.Session, stores: SQLAlchemyStores, anna: int) -> None:
    """A lazy load of an object that came from inside has what is there outside."""
    mark(stores, anna, purpose="analytics")
    with consentguard.purpose("service"):
        human = session.get_one(Human, anna)
    assert [each.text for each in human.letters] == ["Anna"]
    session.expire_all()
    with consentguard.purpose("analytics"):
        assert human.letters == []


def test_nothing_of_theirs_is_changed_or_deleted(session: orm.Session, stores: SQLAlchemyStores, anna: int) -> None:
    """An update and a delete of many rows leave them alone."""
    mark(stores, anna)
    with consentguard.purpose("analytics"):
        assert session.execute(sa.update(Letter).values(remark="seen")).rowcount == 1
        assert session.execute(sa.delete(Response)).rowcount == 1
    assert session.scalars(sa.select(Letter.remark).where(Letter.text == "Anna")).one() is None


def test_a_mark_limits_what_it_names(
    session: orm.Session, stores: SQLAlchemyStores, anna: int, clock: FrozenClock
) -> None:
    """A purpose, a category, one row, until a moment; not a subject of another kind with the same key."""
    people, letters = sa.select(Human.name).order_by(Human.name), sa.select(Letter.text).order_by(Letter.text)
    ben = session.scalars(sa.select(Letter.id).where(Letter.text == "Ben")).one()
    mark(stores, None, subject=SubjectRef("holder", str(anna)))
    objection = mark(stores, anna, kind="objection", purpose="analytics")
    row = mark(stores, None, label="Letter", key=str(ben))
    with consentguard.purpose("service"):
        assert (session.scalars(people).all(), session.scalars(letters).all()) == (["Anna", "Ben"], ["Anna"])
    with consentguard.purpose("analytics"):
        assert (session.scalars(people).all(), session.scalars(letters).all()) == (["Ben"], [])
    with stores.transactions.atomic():
        assert all(stores.marks.lift(each, NOW) for each in (objection, row))
    mark(stores, anna, category="content", until=NOW + dt.timedelta(days=1))
    with consentguard.purpose("analytics"):
        assert (session.scalars(people).all(), session.scalars(letters).all()) == (["Anna", "Ben"], ["Ben"])
        clock.tick(dt.timedelta(days=1))
        assert session.scalars(letters).all() == ["Anna", "Ben"]


def test_soft_references_and_ways_over_many_rows_are_followed(
    session: orm.Session, stores: SQLAlchemyStores, anna: int
) -> None:
    """By an address that is the same, and over a many-to-many table; a key that is no number is compared as text."""
    session.add(held := Pass())
    session.commit()
    mark(stores, None, subject=SubjectRef("sender", str(anna)))
    mark(stores, anna, purpose="inbox")
    mark(stores, None, subject=SubjectRef("holder", str(held.id)))
    with consentguard.purpose("analytics"):
        assert session.scalars(sa.select(Response.email)).all() == ["ben@example.com"]
        assert session.scalar(sa.select(sa.func.count(Pass.id))) == 0
    with consentguard.purpose("inbox"):
        assert session.scalar(sa.select(sa.func.count(Sticker.id))) == 1


def test_data_that_is_for_one_purpose_is_used_for_no_other(session: orm.Session, anna: int) -> None:
    """Read, joined, loaded, changed, added: each is refused, with the purposes that are allowed."""
    with consentguard.purpose("inbox"):
        assert session.scalar(sa.select(sa.func.count(Sticker.id))) == 2
    asked = [
        sa.select(Sticker),
        sa.select(Letter).join(Letter.stickers),
        sa.select(Letter).options(orm.joinedload(Letter.stickers)),
        sa.update(Sticker).values(colour="red"),
        sa.delete(Sticker),
        sa.insert(Sticker).values(colour="red"),
    ]
    with consentguard.purpose("analytics"):
        for each in asked * 2:
            with pytest.raises(PurposeLimitationError, match=r'Sticker is queried for "analytics".*for inbox'):
                session.execute(each)
        session.add(Sticker())
        with pytest.raises(PurposeLimitationError):
            session.flush()


def test_a_statement_that_no_condition_can_be_added_to_is_refused(
    session: orm.Session, stores: SQLAlchemyStores, anna: int
) -> None:
    """Those of tables, inserts of what is there, updates by key and upserts; adding rows is none of these."""
    people, names = Base.metadata.tables["purposes_human"], sa.select(sa.func.max(Human.name)).scalar_subquery()
    of_tables = sa.select(people.c.name).scalar_subquery()
    keyed: list[dict[str, Any]] = [{"id": anna, "name": "Eve"}]
    asked: list[tuple[Any, Any]] = [
        (sa.select(people.c.name), None),
        (sa.select(people.alias().c.name), None),
        (sa.select(STUCK.c.letter).select_from(sa.join(STUCK, Letter, Letter.id == STUCK.c.letter)), None),
        (sa.select(sa.exists().where(Human.name == "Anna")), None),
        (sa.update(people).values(name="Eve"), None),
        (sa.update(Base.metadata.tables["purposes_response"]).values(email=names), None),
        (sa.update(STUCK).where(STUCK.c.letter == Letter.id).values(letter=1), None),
        (sa.delete(STUCK).where(sa.exists().where(Letter.id == STUCK.c.letter)), None),
        (sa.update(Human), keyed),
        (sa.update(Human).execution_options(dml_strategy="core_only").values(name="Eve"), None),
        (sa.insert(Human).from_select(["name", "email"], sa.select(Human.name, Human.email)), None),
        (sa.insert(STUCK).from_select(["letter", "sticker"], sa.select(Letter.id, Letter.id)), None),
        (sa.insert(Human).values(name=names, email=""), None),
        (sa.insert(Human).values([{"name": of_tables, "email": ""}, {"name": "Eve", "email": ""}]), None),
        (upsert(session, Human, keyed[0] | {"email": ""}), None),
    ]
    with consentguard.purpose("analytics"):
        for number, (statement, rows) in enumerate(asked):
            with pytest.raises(PurposeLimitationError, match="nobody's rows can be left out"):
                pytest.fail(f"{number}: {session.execute(statement, rows)}")
        added = sa.insert(Human).values(name="Eve", email="eve@example.com")
        session.execute(added)
        session.execute(sa.insert(people), [{"name": "Eve", "email": ""}])
        assert len(session.execute(sa.select(STUCK.c.letter)).all()) == 2
    assert session.scalars(sa.select(people.c.name).order_by(people.c.id)).all() == ["Anna", "Ben", "Eve", "Eve"]


def test_no_statement_and_no_reload_uses_what_is_for_other_purposes(
    session: orm.Session, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor, where the setting says so, anything outside of a purpose."""
    sticker, human = session.scalars(sa.select(Sticker)).first(), session.get_one(Human, anna)
    assert sticker is not None
    colours = sa.select(sa.exists().where(Sticker.colour == "red"))
    uses: list[Callable[[], object]] = [
        lambda: session.execute(colours),
        lambda: session.execute(sa.update(Sticker), [{"id": 1, "colour": "red"}]),
        lambda: session.execute(sa.insert(Human).from_select(["name"], sa.select(Sticker.colour))),
        lambda: session.refresh(sticker),
    ]
    with consentguard.purpose("analytics"):
        for use in uses:
            with pytest.raises(PurposeLimitationError, match="Sticker is queried"):
                use()
    installed(monkeypatch, outside="raise")
    session.expire(human)
    for use in (*uses, lambda: human.name):
        with pytest.raises(OutsidePurposeError):
            use()


def test_what_is_ours_sees_every_row(session: orm.Session, stores: SQLAlchemyStores, anna: int) -> None:
    """A copy or an erasure that is made in a purpose is of everything."""
    mark(stores, anna)
    whole = Selection(label="Response", root="Human", path="letter.human", keys=(str(anna),))
    with consentguard.purpose("analytics"):
        assert stores.dataset.count(whole) == 1
        assert stores.dataset.delete(whole) == 1


def test_hidden_rows_are_seen_by_no_query(session: orm.Session, stores: SQLAlchemyStores, anna: int) -> None:
    """In a purpose or outside of any, until the event is done; they may be deleted."""
    left = Happening(id=new_id(NOW), event="person.left", scope="person", key=str(anna), at=NOW, due_at=NOW, hides=True)
    stores.happenings.add(left)
    letters = sa.select(Letter.text).order_by(Letter.text)
    assert session.scalars(letters).all() == ["Ben"]
    assert session.execute(sa.update(Letter).values(remark="seen")).rowcount == 1
    with consentguard.purpose("analytics"):
        assert session.scalars(letters).all() == ["Ben"]
    session.execute(STUCK.delete())
    session.execute(sa.delete(Response))
    assert session.execute(sa.delete(Letter)).rowcount == 2
    session.rollback()
    stores.happenings.finish(left.id, NOW)
    assert session.scalars(letters).all() == ["Anna", "Ben"]


def test_outside_of_any_purpose_a_query_passes_is_reported_or_fails(
    session: orm.Session, anna: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As the setting says, and for tagged classes alone."""
    people = sa.select(sa.func.count(Human.id))
    installed(monkeypatch, outside="report")
    assert [session.scalar(people) for _ in range(10)] == [2] * 10
    assert [record.getMessage() for record in caplog.records] == [
        f"Human was queried outside of any purpose ({count} times by now)" for count in (1, 10)
    ]
    installed(monkeypatch, outside="raise")
    with pytest.raises(OutsidePurposeError, match="Human"):
        session.scalar(people)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # of which the tests have an async driver
def test_a_purpose_goes_along_into_an_async_session(
    database: str, session: orm.Session, stores: SQLAlchemyStores, anna: int
) -> None:
    """Its selects pass the same event, through `sync_session_class`."""
    mark(stores, anna)
    session.commit()

    class Limited(orm.Session):
        pass

    limit(Limited, lambda: MODELS)

    @consentguard.purpose("analytics")
    async def names() -> list[str]:
        engine = create_async_engine(database.replace("sqlite://", "sqlite+aiosqlite://"))
        async with AsyncSession(engine, sync_session_class=Limited) as found:
            result: list[str] = list((await found.scalars(sa.select(Human.name))).all())
        await engine.dispose()
        return result

    assert asyncio.run(names()) == ["Ben"]
