"""Global Privacy Control in a Flask app: said at the root, and taken down of who signs in with Flask-Login."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask
from flask_login import LoginManager, UserMixin, login_user
from sqlalchemy import text

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard_flask import ConsentGuard
from tests.flask.test_doors import User, make_app, rename
from tests.web_policy import CONTROLLER

SENDS = {"Sec-GPC": "1"}


class Person(UserMixin):
    """Somebody who is signed in."""

    def __init__(self, key: str) -> None:
        self.id = key


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An app with accounts, whose sign-in changes something of its own as well."""
    made, db = make_app(tmp_path)
    manager = LoginManager(made)
    manager.user_loader(Person)

    @made.get("/sign-in")
    def sign_in() -> str:
        db.session.add(User(email="ada@example.org", joined_at=dt.datetime.now(dt.UTC)))
        login_user(Person("7"))
        db.session.commit()
        return "in"

    return made


def guard(app: Flask) -> Guard:
    made: Guard = app.extensions["consentguard"].at()
    return made


def test_the_signal_of_who_signs_in_is_taken_down_once(app: Flask) -> None:
    """With what the app changes itself, in one transaction."""
    client = app.test_client()
    for _ in range(2):
        assert client.get("/sign-in", headers=SENDS).data == b"in"
    with app.app_context():
        assert guard(app).stores.entries.waiting() == 1
        record = guard(app).consent.standing(SubjectRef("user", "7"))["analytics"]
    assert (record.method, record.refused, record.component) == ("gpc", ("analytics",), "signin")


def test_without_the_signal_nothing_is_taken_down(app: Flask) -> None:
    """Most browsers do not send it."""
    assert app.test_client().get("/sign-in").data == b"in"
    with app.app_context():
        assert guard(app).stores.entries.waiting() == 0


def test_somebody_signs_in_though_nothing_can_be_written(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """The table is away: it is logged, and what the app changed itself is kept."""
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        rename(db, "consentguard_evidence_entry", "away")
    client = app.test_client()
    assert client.get("/sign-in", headers=SENDS).data == b"in"
    with client.session_transaction() as session:
        assert session["_user_id"] == "7"
    assert "could not be taken down at sign-in" in caplog.text
    with app.app_context():
        assert db.session.execute(text('SELECT count(*) FROM "user"')).scalar() == 1


def test_the_app_says_at_its_root_that_it_honours_the_signal(app: Flask) -> None:
    """As JSON, for everybody, wherever our pages stand; other methods are told what is allowed."""
    client = app.test_client()
    answer = client.get("/.well-known/gpc.json")
    assert (answer.status_code, answer.json, answer.headers.getlist("Set-Cookie")) == (200, {"gpc": True}, [])
    assert client.head("/.well-known/gpc.json").status_code == 200


def test_an_app_that_answers_there_itself_goes_on_to(tmp_path: Path) -> None:
    """Ours does not stand in its way."""
    (tmp_path / "privacy.toml").write_text(CONTROLLER, "utf-8")
    app = Flask("own", root_path=str(tmp_path))
    app.add_url_rule("/.well-known/gpc.json", "own", lambda: "own")
    ConsentGuard(app)
    assert app.test_client().get("/.well-known/gpc.json").data == b"own"


def test_a_policy_without_such_purposes_says_nothing(tmp_path: Path) -> None:
    """404, as for any address that there is not."""
    (tmp_path / "privacy.toml").write_text(CONTROLLER, "utf-8")
    app = Flask("bare", root_path=str(tmp_path))
    ConsentGuard(app)
    assert app.test_client().get("/.well-known/gpc.json").status_code == 404
