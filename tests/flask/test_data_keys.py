"""Keys of data subjects in a Flask app: in the database that the configuration names, and shredded by its command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.crypto.errors import ErasedError
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.host import FlaskHost
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from tests.web_policy import POLICY

db = SQLAlchemy()


class Note(db.Model):  # type: ignore[name-defined, misc]
    """What a user wrote."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    text: Mapped[str] = mapped_column(Encrypted(sa.Text, search="casefold", bound_to={"user": "user_id"}))


class Old(db.Model):  # type: ignore[name-defined, misc]
    """What they wrote long ago, in a database of its own."""

    __bind_key__ = "archive"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    text: Mapped[str] = mapped_column(Encrypted(sa.Text, bound_to={"user": "user_id"}))


@pytest.fixture(params=["default", "keys"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app with three databases, whose data keys are in the first or the last; with notes of two users."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(tmp_path / "site.keys")
    app = Flask("site", root_path=str(tmp_path))
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'site.sqlite3'}",
        SQLALCHEMY_BINDS={
            name: {"url": f"sqlite:///{tmp_path / name}.sqlite3", "poolclass": sa.NullPool}
            for name in ("archive", "keys")
        },
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": sa.NullPool},
        CONSENTGUARD_KEYRING="site.keys",
        CONSENTGUARD_DATA_KEYS=request.param,
    )
    db.init_app(app)
    ConsentGuard(app, db)
    with app.app_context():
        db.create_all()
        db.session.add_all([Note(user_id=user, text=f"note of {user}") for user in (1, 2)])
        db.session.add_all([Old(user_id=user, text=f"old note of {user}") for user in (1, 2)])
        db.session.commit()
    yield app
    installed.uninstall()


def keys(app: Flask) -> dict[str, int]:
    """How many keys there are in which database."""
    host = FlaskHost(app, db)
    with app.app_context():
        counts = {name: host.stores(name).wrapped_keys.under() for name in ("default", "archive", "keys")}
    return {name: sum(each.values()) for name, each in counts.items() if each}


def test_keys_stand_where_the_configuration_says(app: Flask) -> None:
    """One for each user, whatever database their values are in."""
    assert keys(app) == {app.config["CONSENTGUARD_DATA_KEYS"]: 2}


def test_what_is_rolled_back_leaves_no_key(app: Flask) -> None:
    """Flask-SQLAlchemy's session ends its transactions on all databases together."""
    with app.app_context():
        db.session.add(Note(user_id=3, text="never"))
        db.session.flush()
        db.session.rollback()
    assert keys(app) == {app.config["CONSENTGUARD_DATA_KEYS"]: 2}


def test_the_command_shreds_in_every_database(app: Flask) -> None:
    """Values of both are unreadable, the other user's are not, and each database has its evidence."""
    done = app.test_cli_runner().invoke(args=["consentguard", "shred", "user:1", "--yes", "--json"])
    facts = json.loads(done.stdout)
    assert (facts["keys"], facts["cleared"]) == (1, {"Note.text": 1})
    assert facts["unreadable"] == {"Note.text": 1, "Old.text": 1}
    with app.app_context():
        for model in (Note, Old):
            with pytest.raises(ErasedError):
                _ = db.session.scalars(sa.select(model).filter_by(user_id=1)).one().text
        assert db.session.scalars(sa.select(Note).filter_by(text="NOTE OF 2")).one().user_id == 2
        assert db.session.scalars(sa.select(Note).filter_by(text="note of 1")).all() == []
        host = FlaskHost(app, db)
        assert [host.stores(name).entries.waiting() for name in ("default", "archive", "keys")] == [1, 1, 0]


def test_a_request_s_guard_shreds_in_the_session(app: Flask) -> None:
    """Undone with it."""
    from consentguard.records import SubjectRef

    with app.test_request_context():
        guard = app.extensions["consentguard"].at()
        assert guard.shredding.shred(SubjectRef("user", "1")).keys == 1
        db.session.commit()
        with pytest.raises(ErasedError):
            _ = db.session.scalars(sa.select(Note).filter_by(user_id=1)).one().text
    assert sum(keys(app).values()) == 1


def test_check_says_whether_one_dump_holds_both(app: Flask) -> None:
    """By name, and only of what stands beside the keys."""
    answer = app.test_cli_runner().invoke(args=["consentguard", "check", "--json"])
    said = [found["message"] for found in json.loads(answer.stdout)["findings"] if found["id"] == "E-ONE-DUMP"]
    beside = app.config["CONSENTGUARD_DATA_KEYS"] == "default"
    assert ["Note.text" in each and "Old.text" not in each for each in said] == [True] * beside
