"""Retention on the databases that hosts have: what memory selects, explains and removes, they do too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.plan.execution import Execution
from consentguard.publish.vocabulary import TERMS
from consentguard.retention import Retention
from consentguard.testing.clock import FrozenClock
from consentguard.words import words
from consentguard_flask.sqlalchemy.columns import UtcDateTime
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach
from tests.core.evidence_kit import evidence_of
from tests.core.neutral import policy
from tests.core.retention_kit import NOW, Plain, days_ago

PLANS = {"free": "P7D", "pro": "P90D"}
END = {"event": "owner.left", "scope": "owner", "delete_within": "PT1H"}


class Base(orm.DeclarativeBase):
    """The host's classes."""

    type_annotation_map = {dt.datetime: UtcDateTime, str: sa.String(80)}


class Owner(Base):
    """Somebody with a plan, in a country."""

    __tablename__ = "retention_owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[str | None]
    country: Mapped[str | None]
    changed: Mapped[dt.datetime | None]


class Note(Base):
    """What they wrote, and when it arrived, if it did."""

    __tablename__ = "retention_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("retention_owner.id"))
    text: Mapped[str | None]
    arrived: Mapped[dt.datetime | None]
    made: Mapped[dt.datetime]
    owner: Mapped[Owner] = relationship()


TABLES = attach(Base.metadata)
MODELS = Models.of(Base)


@pytest.fixture(scope="module")
def engine(database: str) -> sa.Engine:
    """A database with these tables, made once."""
    engine = sa.create_engine(database, poolclass=NullPool)
    Base.metadata.create_all(engine)
    return engine


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[orm.Session]:
    """The host's session on empty tables."""
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with orm.Session(engine) as session:
        yield session


def room(session: orm.Session, owner: dict[str, Any], *notes: dict[str, Any], **rule: Any) -> Retention:
    """Notes of one owner under a rule that somebody has accepted; they are numbered from 1."""
    session.add(Owner(id=1, **owner))
    session.flush()
    session.add_all(
        Note(id=n, owner_id=1, text="hi", **{"made": days_ago(40), **note}) for n, note in enumerate(notes, 1)
    )
    session.commit()
    tag = Tag(
        category="notes", subjects={"user": "owner"}, plan="owner.plan", place="owner.country",
        anchors={"received": "arrived", "created": "made", "plan.changed": "owner.changed"}, scopes={"owner": "owner"},
    )  # fmt: skip
    kept = {"from": "received", "ends_on": [END]} | rule
    manifest = policy(subjects={"user": {}}, categories={"account": {}, "notes": {"retention": kept}})
    tags = {"Owner": Tag(category="account", subjects={"user": "self"}), "Note": tag}
    data_map = DataMap.build(MODELS.tables(), tags, manifest)
    stores = SQLAlchemyStores(session, TABLES, models=MODELS)
    clock, plain = FrozenClock(NOW), Plain()
    witness = evidence_of(stores, clock)
    execution = Execution(
        data_map=data_map, stores=stores, witness=witness, pseudonyms=plain, sealer=plain, errands=plain,
        archived=plain, shredder=plain,
        clock=clock, sleep=lambda seconds: None,
    )  # fmt: skip
    made = Retention(data_map=data_map, stores=stores, witness=witness, execution=execution, clock=clock, terms=TERMS)
    made.accept(made.preview(words("en")).digest, "dpo")
    session.commit()
    return made


def left(session: orm.Session) -> list[int]:
    """The notes that are left."""
    session.rollback()
    return list(session.scalars(sa.select(Note.id).order_by(Note.id)))


@pytest.mark.parametrize(("changed", "kept"), [(days_ago(3), [1, 2]), (None, [1])])
def test_plans_with_a_grace(session: orm.Session, changed: dt.datetime | None, kept: list[int]) -> None:
    """Over a foreign key; a moment that is missing is no grace, and what any plan is too short for goes."""
    notes = [{"arrived": days_ago(age)} for age in (6, 30, 91)]
    rules = {"at_most_by_plan": PLANS, "downgrade_grace": "P7D"}
    made = room(session, {"plan": "Free", "changed": changed}, *notes, **rules)
    outlook = made.due()
    until = made.explain("Note", "1").until
    session.commit()
    made.run(outlook)
    assert left(session) == kept
    assert sum(due.rows for due in outlook.due) == 3 - len(kept)
    assert until == max(days_ago(6), changed or days_ago(6)) + dt.timedelta(days=7)


@pytest.mark.parametrize(("country", "kept"), [("FR", [1]), (None, [1, 2])])
def test_places_and_what_never_came(session: orm.Session, country: str | None, kept: list[int]) -> None:
    """A least time by place; without a place the longest."""
    notes = [{"arrived": days_ago(10)}, {"arrived": days_ago(400)}]
    rules = {"at_most": "P30D", "at_least_by_jurisdiction": {"GT": "P5Y"}}
    made = room(session, {"country": country}, *notes, **rules)
    outlook = made.due()
    session.commit()
    made.run(outlook)
    assert left(session) == kept


def test_what_never_came_goes_by_its_fallback_and_redacted_rows_stay(session: orm.Session) -> None:
    """A date that is missing is empty, on each database; what was emptied is not due again."""
    notes = [{"arrived": None}, {"arrived": None, "made": days_ago(1)}, {"arrived": days_ago(40)}]
    made = room(session, {}, *notes, at_most="P30D", fallback={"at_most": "P30D"}, then="redact")
    outlook = made.due()
    session.commit()
    made.run(outlook)
    session.rollback()
    assert list(session.scalars(sa.select(Note.text).order_by(Note.id))) == [None, "hi", None]
    assert made.due().due == ()


def test_what_an_event_ends_goes(session: orm.Session) -> None:
    """In the host's transaction it is kept, and the next run does it."""
    made = room(session, {}, {"arrived": days_ago(1)}, at_most="P1Y")
    made.happened("owner.left", "owner", "1")
    session.commit()
    assert made.purge().done == 1
    assert left(session) == []
