"""SQLAlchemy classes and tables as neutral tables, with or without Flask-SQLAlchemy."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, orm
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from consentguard import DataMapError, Match, SettingsError, not_personal, personal_data, register
from consentguard.datamap import tags as registry
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Relation, Table
from consentguard.datamap.tags import Tag
from consentguard_flask.host import FlaskHost
from consentguard_flask.sqlalchemy import introspect
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.neutral import neutral
from tests.core.neutral import policy


class Base(orm.DeclarativeBase):
    """The base of this site's classes."""


labelled = sa.Table(
    "labelled",
    Base.metadata,
    sa.Column("letter_id", ForeignKey("letter.id"), primary_key=True),
    sa.Column("label_id", ForeignKey("label.id"), primary_key=True),
    sa.Column("labelled_by", sa.String(80)),
)


@personal_data("letters", subjects={"person": "writer"}, anchors={"sent": "sent_at"})
class Sent:
    """A mixin that hands its tag down."""

    sent_at: Mapped[dt.datetime]


@personal_data("account", subjects={"person": "self"})
class Person(Base):
    """Whose the data is."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    email: Mapped[str]
    letters: Mapped[list[Letter]] = relationship(back_populates="writer")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Customer(Person):
    """Single-table inheritance: columns of its own in its parent's table."""

    discount: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "customer"}


class Courier(Person):
    """Joined inheritance: a table of its own."""

    __tablename__ = "courier"
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    licence: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "courier"}


@dataclass
class Size:
    """Two columns as one value."""

    width: int
    height: int


class Letter(Sent, Base):
    """Inherits its tag, and has attributes of every sort."""

    __tablename__ = "letter"
    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, default=lambda: "x")
    writer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    carrier_id: Mapped[int | None] = mapped_column(ForeignKey("courier.id"))
    text: Mapped[str] = mapped_column("body", sa.Text)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", sa.JSON)
    size: Mapped[Size] = orm.composite(mapped_column("width"), mapped_column("height"))
    writer: Mapped[Person] = relationship(back_populates="letters", foreign_keys=[writer_id])
    labels: Mapped[list[Label]] = relationship(secondary=labelled, back_populates="letters")

    @hybrid_property
    def short(self) -> str:
        """Computed in Python and in SQL, and stored nowhere."""
        return self.text[:10]


Letter.length = orm.column_property(sa.func.length(Letter.__table__.c.body))


class Registered(Letter):
    """A joined child of a class whose tag comes from a mixin."""

    __tablename__ = "registered"
    id: Mapped[str] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    number: Mapped[int]


class Label(Base):
    """Found by its own name."""

    __tablename__ = "label"
    name: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(unique=True)
    letters: Mapped[list[Letter]] = relationship(secondary=labelled, back_populates="labels")


MODELS = Models.of(Base)
POLICY = policy(subjects={"person": {}}, categories={"account": {}, "letters": {"retention": {"from": "sent"}}})


def described(label: str, models: Models = MODELS) -> Table:
    """One table of the site."""
    return next(table for table in models.tables() if table.label == label)


def test_a_table_is_named_by_its_class_and_without_one_by_itself() -> None:
    """Association tables stand beside classes; a single-table child is in its parent's."""
    assert {table.label: table.db_table for table in MODELS.tables()} == {
        "Courier": "courier",
        "Label": "label",
        "Letter": "letter",
        "Person": "person",
        "Registered": "registered",
        "labelled": "labelled",
    }


def test_columns_are_named_by_their_attributes_and_computed_ones_are_none() -> None:
    """Hybrids, composites and column properties store nothing; a composite's columns do."""
    letter = described("Letter")
    assert {column.name: (column.type, column.key) for column in letter.columns} == {
        "id": ("text", True),
        "writer_id": ("integer", True),
        "carrier_id": ("integer", True),
        "text": ("text", False),
        "details": ("json", False),
        "width": ("integer", False),
        "height": ("integer", False),
        "sent_at": ("datetime", False),
    }
    assert letter.by_name["text"].db_name == "body"


def test_a_single_table_child_s_columns_are_its_parent_s_table_s() -> None:
    """They hold data there, so they are classified there."""
    assert [column.name for column in described("Person").columns] == ["id", "kind", "email", "discount"]


def test_a_joined_child_lists_only_columns_of_its_own() -> None:
    """What the parent's table holds stands there."""
    assert [column.name for column in described("Courier").columns] == ["id", "licence"]


def test_a_natural_primary_key_is_content_and_a_generated_one_structure() -> None:
    """A name says something; a key made by a default does not, even as text."""
    assert not described("Label").by_name["name"].key
    assert described("Letter").by_name["id"].key


@pytest.mark.parametrize(
    ("label", "name", "kind", "target"),
    [
        ("Letter", "writer", "foreign_key", "Person"),
        ("Letter", "carrier_id", "foreign_key", "Courier"),
        ("Letter", "labels", "many_to_many", "Label"),
        ("Person", "letters", "reverse", "Letter"),
        ("Courier", "id", "foreign_key", "Person"),
        ("Courier", "letters", "reverse", "Letter"),
        ("labelled", "letter_id", "foreign_key", "Letter"),
    ],
)
def test_a_relation_is_a_relationship_or_a_bare_foreign_key(label: str, name: str, kind: str, target: str) -> None:
    """A key that no relationship follows is stepped over by its column's name."""
    way = described(label).ways[name]
    assert (way.kind, way.targets) == (kind, (target,))


def test_a_key_that_a_relationship_follows_is_not_named_twice() -> None:
    """One way, one name."""
    assert set(described("Letter").ways) == {"writer", "carrier_id", "labels"}


def test_a_tag_is_inherited_from_a_mixin_and_not_by_a_table_of_its_own() -> None:
    """A joined child needs its own; a tag on a single-table child would be its table's."""
    tags = MODELS.tags()
    assert tags["Letter"].anchors == {"sent": "sent_at"}
    assert not {"Courier", "Registered"} & tags.keys()


def test_a_tag_on_a_single_table_child_is_its_table_s() -> None:
    """The child shares the table, so it shares the entry."""

    class Local(orm.DeclarativeBase):
        pass

    class Animal(Local):
        __tablename__ = "animal"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]
        __mapper_args__ = {"polymorphic_on": "kind"}

    @personal_data("pets")
    class Dog(Animal):
        __mapper_args__ = {"polymorphic_identity": "dog"}

    assert Models.of(Local).tags()["Animal"].category == "pets"


@pytest.mark.parametrize("label", ["Leter", "letter", "Letters"])
def test_a_misspelt_label_is_reported(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip is not taken for a table that is not there; a label of another app in this process is none of ours."""
    more = {label: Tag(category="letters"), "Invoice": Tag(category="letters")}
    monkeypatch.setattr(registry, "_registered", registry._registered | more)
    with pytest.raises(DataMapError) as caught:
        DataMap.build(MODELS.tables(), MODELS.tags(), POLICY)
    (finding,) = caught.value.findings
    assert (finding.id, finding.where, finding.hint) == ("D-UNKNOWN-TABLE", label, 'did you mean "Letter"?')


def test_an_association_table_is_tagged_by_its_name() -> None:
    """It has no class to put a decorator on."""
    register("labelled", "letters", subjects={"person": "letter_id.writer"})
    data_map = DataMap.build(MODELS.tables(), MODELS.tags(), POLICY)
    assert "data:labelled.labelled_by" in {entry.id for entry in data_map.entries}
    assert data_map.reachable == {"Person", "Courier", "Letter", "Registered", "Label", "labelled"}


def test_a_table_says_where_its_class_is() -> None:
    """A finding can then point at the line."""
    assert described("Letter").source.startswith("tests/sqlalchemy/test_datamap.py:")
    assert described("labelled").source == ""


def test_imperative_mappings_are_described_like_declarative_ones() -> None:
    """The class knows nothing of SQLAlchemy, and the table all."""

    class Parcel:
        """Mapped from outside."""

    registry = orm.registry()
    table = sa.Table(
        "parcel", registry.metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("to", sa.Text)
    )
    registry.map_imperatively(Parcel, table, properties={"address": table.c.to})
    not_personal(Parcel, "empty boxes")
    models = Models.of(registry)
    assert [column.name for column in described("Parcel", models).columns] == ["id", "address"]
    assert models.tags()["Parcel"].reason == "empty boxes"


def test_a_bare_metadata_shows_its_tables() -> None:
    """Without a registry there are no classes to name them by; a key to a table that is not there leads nowhere."""
    metadata = sa.MetaData()
    sa.Table("lost", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", ForeignKey("gone.id")))
    sa.Table("note", metadata, sa.Column("text", sa.Text), schema="notes")
    assert [table.label for table in Models.of(metadata).tables()] == ["lost", "notes.note"]
    assert described("lost", Models.of(metadata)).relations == ()


def test_two_classes_of_one_name_are_told_apart_by_their_modules() -> None:
    """Large sites have two `Message` classes."""

    class Local(orm.DeclarativeBase):
        pass

    def make(name: str) -> type:
        columns = {"id": mapped_column(sa.Integer, primary_key=True)}
        return type("Note", (Local,), {"__tablename__": name, "__module__": f"site.{name}", **columns})

    make("first")
    make("second")
    assert [table.label for table in Models.of(Local).tables()] == ["site.first.Note", "site.second.Note"]


@pytest.fixture
def flask_db() -> tuple[Flask, SQLAlchemy]:
    """A Flask app with two binds, and the same table's name in both."""
    app = Flask("bound")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_BINDS"] = {"archive": "sqlite://"}
    db = SQLAlchemy()
    db.Table("queue", sa.Column("id", sa.Integer, primary_key=True))
    db.Table("queue", sa.Column("id", sa.Integer, primary_key=True), bind_key="archive")
    personal_data("account", subjects={"user": "self"})(_user(db))
    db.init_app(app)
    return app, db


def _user(db: SQLAlchemy) -> type:
    class User(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]

    return User


def test_flask_sqlalchemy_s_binds_are_all_seen(flask_db: tuple[Flask, SQLAlchemy]) -> None:
    """Every bind's tables are the site's; the same name in two binds is told apart."""
    app, db = flask_db
    host = FlaskHost(app, db)
    assert [table.label for table in host.tables() if table.own] == ["User", "archive.queue", "default.queue"]
    assert host.tags()["User"].subjects == {"user": "self"}
    assert FlaskHost(app).tables() == host.tables()


def test_a_host_without_a_database_has_no_tables() -> None:
    """Consentguard's pages need none."""
    host = FlaskHost(Flask("bare"))
    assert (host.tables(), dict(host.tags())) == ((), {})


def test_something_that_is_no_database_is_one_clear_error() -> None:
    """The message says what was given, and what would do."""
    with pytest.raises(SettingsError, match="give a declarative base, a registry or a MetaData"):
        FlaskHost(Flask("odd"), object()).tables()


def test_the_host_s_options_are_its_configuration_keys() -> None:
    """Upper case and with a prefix, as Flask's configuration goes."""
    app = Flask("set")
    app.config |= {"CONSENTGUARD_COVERAGE": "strict", "CONSENT": 1}
    assert FlaskHost(app).options() == {"COVERAGE": "strict"}
    assert str(FlaskHost(app).root()) == app.root_path


def test_the_survey_names_the_cookies_and_what_sets_them() -> None:
    """It is what a first policy is guessed from."""
    app = Flask("seen")
    app.config |= {"SERVER_NAME": "shop.example.com", "BABEL_DEFAULT_LOCALE": "es_MX", "LANGUAGES": ["es", "en"]}
    survey = FlaskHost(app).survey()
    assert (survey.languages, survey.hosts) == (("es", "en"), ("shop.example.com",))
    assert survey.cookies == {"session": "flask.sessions"}
    assert "sqlalchemy" in survey.packages


class Upper(TypeDecorator[str]):
    """A type around another."""

    impl = sa.String
    cache_ok = True


EmailType = type("EmailType", (Upper,), {"cache_ok": True})


@pytest.mark.parametrize(
    ("column_type", "expected"),
    [
        (sa.String(9), "text"),
        (sa.Enum("a", "b"), "text"),
        (sa.BigInteger(), "integer"),
        (sa.Numeric(8, 2), "decimal"),
        (sa.Float(), "decimal"),
        (sa.Boolean(), "boolean"),
        (sa.Date(), "date"),
        (sa.DateTime(), "datetime"),
        (sa.Uuid(), "uuid"),
        (sa.JSON(), "json"),
        (sa.LargeBinary(), "binary"),
        (sa.Interval(), "other"),
        (postgresql.JSONB(), "json"),
        (postgresql.INET(), "ip"),
        (postgresql.ARRAY(sa.String), "other"),
        (Upper(), "text"),
        (EmailType(), "email"),
    ],
    ids=repr,
)
def test_a_column_type_has_a_neutral_name(column_type: Any, expected: str) -> None:
    """Databases' own types and third parties' decorators too."""
    assert neutral(column_type) == expected


def test_describing_sqlalchemy_needs_no_flask() -> None:
    """The package's SQLAlchemy part knows nothing of web frameworks."""
    folder = Path(str(introspect.__file__)).parent
    imports = [
        name
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in getattr(node, "names", [])]
        )
    ]
    assert imports
    assert not [name for name in imports if str(name).partition(".")[0] in {"flask", "flask_sqlalchemy", "werkzeug"}]


def test_a_match_to_a_label_of_a_class_works_without_a_dot() -> None:
    """`Person.email` is a class's name and an attribute's."""
    manifest = policy(subjects={"person": {}}, categories={"account": {}, "letters": {}})
    tags = MODELS.tags() | {"labelled": MODELS.tags()["Person"]}
    soft = {"person": Match("labelled_by", "Person.email")}
    tags["labelled"] = replace(tags["labelled"], subjects=soft)
    assert DataMap.build(MODELS.tables(), tags, manifest).tags["labelled"].subjects == soft


def test_relation_targets_are_labels_of_tables() -> None:
    """Every target can be looked up."""
    labels = {table.label for table in MODELS.tables()}
    ways: list[Relation] = [way for table in MODELS.tables() for way in table.relations]
    assert all(set(way.targets) <= labels for way in ways)
