"""Consentguard's tables in a Flask app: among the app's own for migrations, and made by a command without any."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from consentguard import SettingsError
from consentguard.datamap.own import TAGS
from consentguard.records import Place
from consentguard_flask import ConsentGuard
from consentguard_flask.host import FlaskHost
from tests.web_policy import POLICY

OURS = set(TAGS)


@pytest.fixture
def db() -> SQLAlchemy:
    """The app's database object, with one class in each bind."""
    db = SQLAlchemy()

    class Customer(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)

    class Archived(db.Model):  # type: ignore[name-defined, misc]
        __bind_key__ = "archive"
        id: Mapped[int] = mapped_column(primary_key=True)

    return db


@pytest.fixture
def app(tmp_path: Path, db: SQLAlchemy) -> Flask:
    """A site with two databases."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    app = Flask("site", root_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'site.sqlite3'}"
    archive = {"url": f"sqlite:///{tmp_path / 'archive.sqlite3'}", "poolclass": sa.NullPool}
    app.config["SQLALCHEMY_BINDS"] = {"archive": archive}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": sa.NullPool}
    db.init_app(app)
    ConsentGuard(app, db)
    return app


def made(app: Flask, db: SQLAlchemy, bind: str | None = None) -> set[str]:
    """The tables that a database has."""
    with app.app_context():
        return set(sa.inspect(db.engines[bind]).get_table_names())


def run(app: Flask, *arguments: str) -> str:
    """What the command says."""
    answer = app.test_cli_runner().invoke(args=["consentguard", "create-tables", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_migrations_see_the_tables_in_every_bind(app: Flask, db: SQLAlchemy) -> None:
    """What Alembic compares with the database is the metadata of each bind."""
    assert set(db.metadatas[None].tables) == OURS | {"customer"}
    assert set(db.metadatas["archive"].tables) == OURS | {"archived"}


def test_an_app_can_be_set_up_twice_on_one_database_object(app: Flask, db: SQLAlchemy, tmp_path: Path) -> None:
    """As in the tests of a site, which make an app for each."""
    second = Flask("second", root_path=str(tmp_path))
    second.config |= {key: app.config[key] for key in ("SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_BINDS")}
    db.init_app(second)
    ConsentGuard(second, db)
    assert set(db.metadatas[None].tables) == OURS | {"customer"}


def test_the_command_makes_our_tables_alone(app: Flask, db: SQLAlchemy) -> None:
    """In every database; the site's own are left to the site."""
    said = run(app)
    assert made(app, db) == made(app, db, "archive") == OURS
    assert "default: consentguard_token made\n" in said
    assert "archive: consentguard_token made\n" in said


def test_a_dry_run_makes_nothing(app: Flask, db: SQLAlchemy) -> None:
    """It says what would be."""
    assert "default: consentguard_token would be made\n" in run(app, "--dry-run")
    assert made(app, db) == set()


def test_a_table_that_is_there_keeps_its_rows(app: Flask, db: SQLAlchemy) -> None:
    """The command may run again: it makes what is missing and touches nothing else."""
    run(app)
    stores = FlaskHost(app, db).stores("default")
    stores.recovery_codes.replace("ada", ["digest"])
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE consentguard_token"))
    said = run(app)
    assert "default: consentguard_token made\n" in said
    assert "default: consentguard_recovery_code is there already\n" in said
    assert stores.recovery_codes.left("ada") == 1


def test_the_command_stands_among_the_others(app: Flask) -> None:
    """With its one line of help."""
    said = app.test_cli_runner().invoke(args=["consentguard", "--help"]).output
    assert "create-tables" in said
    assert "publish" in said


def test_an_app_without_a_database_gets_one_clear_message(tmp_path: Path) -> None:
    """The pages need none; what does says so."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    app = Flask("bare", root_path=str(tmp_path))
    ConsentGuard(app)
    answer = app.test_cli_runner().invoke(args=["consentguard", "create-tables"])
    assert (answer.exit_code, "ConsentGuard(app, db)" in answer.output) == (2, True)
    stores = FlaskHost(app).stores("default")
    with pytest.raises(SettingsError, match="no database"):
        stores.entries.find("a" * 32)
    with pytest.raises(SettingsError, match="archive"):
        FlaskHost(app).stores("archive")


def test_a_database_that_the_app_does_not_have_is_named(app: Flask) -> None:
    """With those that it has."""
    with pytest.raises(SettingsError, match="'backup'") as caught:
        app.extensions["consentguard"].at(Place(database="backup"))
    assert caught.value.hint == "the databases are default, archive"


def test_each_bind_keeps_facts_of_its_own(app: Flask, db: SQLAlchemy) -> None:
    """Within one session of the app's, and outside any."""
    run(app)
    host: FlaskHost = app.extensions["consentguard"].host
    with app.app_context():
        host.stores("archive").recovery_codes.replace("ada", ["digest"])
        left = [host.stores(name).recovery_codes.left("ada") for name in ("default", "archive")]
    assert left == [0, 1]
    assert host.stores("archive").recovery_codes.left("ada") == 1


def test_an_act_of_ours_is_the_app_s_to_commit(app: Flask, db: SQLAlchemy) -> None:
    """Where the app's session holds changes, and on every bind alike: rolled back together."""
    run(app)
    host: FlaskHost = app.extensions["consentguard"].host
    with app.app_context():
        db.create_all()
        db.session.execute(db.metadata.tables["customer"].insert().values(id=1))
        for name in ("default", "archive"):
            host.stores(name).recovery_codes.replace("ada", ["digest"])
        db.session.rollback()
        assert [host.stores(name).recovery_codes.left("ada") for name in ("default", "archive")] == [0, 0]


def test_the_data_map_knows_our_tables(app: Flask, db: SQLAlchemy) -> None:
    """By their names, and those of each bind apart."""
    host: FlaskHost = app.extensions["consentguard"].host
    labels = {f"{bind}.{name}" for bind in ("default", "archive") for name in OURS}
    assert {table.label for table in host.tables() if not table.own} == labels
    assert {label: tag.category for label, tag in host.tags().items()} == {
        label: TAGS[label.partition(".")[2]].category for label in labels
    }
