"""`g.privacy` in a Flask app: there for every view and hook, and free until it is read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask, Response, g, session
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, login_user
from sqlalchemy import event

from tests.flask.test_doors import User, make_app
from tests.web_doors import FROM_OUR_PAGE, OURS


class Person(UserMixin):
    """Somebody who is signed in and in no table."""

    def __init__(self, key: str) -> None:
        self.id = key


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made, _ = make_app(tmp_path)

    @made.get("/plain")
    def plain() -> Response:
        return Response("plain", headers={"Cache-Control": "public, max-age=60"})

    @made.get("/asked")
    def asked() -> Response:
        allowed = g.privacy.allows("analytics")
        assert g.privacy.subject is None  # asked of the same object, which remembers what was read of it
        return Response(str(allowed), headers={"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"})

    @made.get("/asked-late")
    def asked_late() -> Response:
        session["seen"] = True
        return Response("late")

    @made.after_request
    def late(response: Response) -> Response:
        if response.data == b"late":
            response.set_data(str(g.privacy.allows("analytics")))
        return response

    @made.get("/who")
    def who() -> str:
        return str(g.privacy.subject)

    return made


def accept(client: FlaskClient) -> None:
    """Send what the banner sends when everything is accepted."""
    policy = client.application.extensions["consentguard"].site().consent_policy
    decision = {"accepted": list(policy.purposes), "policy": policy.id, "method": "accept", "nonce": "a1" * 16}
    assert client.post("/privacy/api/choice", json=decision, headers=FROM_OUR_PAGE, base_url=OURS).status_code == 200


def test_a_request_that_reads_nothing_is_left_as_it_is(app: Flask) -> None:
    """No SQL, no header, no cookie, and nothing kept in `g`."""
    statements: list[str] = []
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    answer = app.test_client().get("/plain")
    assert statements == []
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_an_answer_that_depends_on_the_choice_says_so(app: Flask) -> None:
    """Asked of `g.privacy`, the choice is refused until it is made; caches keep the answer for nobody else."""
    client = app.test_client()
    before = client.get("/asked", base_url=OURS)
    assert before.text == "False"
    assert before.headers["Vary"] == "Accept-Language, Cookie"
    assert before.cache_control.private
    assert not before.cache_control.public
    assert before.cache_control.max_age == 60
    accept(client)
    assert client.get("/asked", base_url=OURS).text == "True"


def test_a_hook_after_the_request_may_ask_too(app: Flask) -> None:
    """The header is written where the answer leaves the app, after the session's cookie."""
    answer = app.test_client().get("/asked-late")
    assert answer.text == "False"
    assert "Cookie" in answer.vary
    assert "session=" in answer.headers["Set-Cookie"]


def test_each_request_has_its_own_even_within_one_app_context(app: Flask) -> None:
    """A test, or a command, that keeps a context open does not hand one visitor's choice to the next."""
    with app.app_context():
        first = app.test_client()
        accept(first)
        assert first.get("/asked", base_url=OURS).text == "True"
        assert app.test_client().get("/asked", base_url=OURS).text == "False"


def test_outside_of_a_request_there_is_none(app: Flask) -> None:
    """A command that asks is told so, instead of an answer about nobody."""
    with app.app_context(), pytest.raises(RuntimeError, match="request context"):
        _ = g.privacy


def test_who_is_signed_in_is_a_subject_of_the_policy(app: Flask) -> None:
    """By Flask-Login, in the policy's words."""
    people = {"7": Person("7")}
    manager = LoginManager(app)
    manager.user_loader(people.get)
    app.add_url_rule("/enter", "enter", lambda: str(login_user(people["7"])))
    client = app.test_client()
    assert client.get("/who").text == "None"
    client.get("/enter")
    assert client.get("/who").text == "user:7"


def test_without_flask_login_nobody_is_signed_in(app: Flask) -> None:
    """Unless the app's own setting `subject` tells."""
    assert app.test_client().get("/who").text == "None"


def test_a_row_is_known_by_its_primary_key(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by what the session keeps of it, which is a key of its own in some apps."""
    db = app.extensions["sqlalchemy"]
    monkeypatch.setattr(User, "is_authenticated", True, raising=False)
    monkeypatch.setattr(User, "is_active", True, raising=False)
    monkeypatch.setattr(User, "get_id", lambda _: "unique", raising=False)
    with app.app_context():
        db.session.add(User(id=41, email="ada@example.org", joined_at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001
        db.session.commit()
    manager = LoginManager(app)
    manager.user_loader(lambda _: db.session.get(User, 41))
    app.add_url_rule("/enter", "enter", lambda: str(login_user(db.session.get(User, 41))))
    client = app.test_client()
    client.get("/enter")
    assert client.get("/who").text == "user:41"
