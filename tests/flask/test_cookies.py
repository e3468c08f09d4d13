"""The cookies of a Flask app: whatever sets them, the policy is asked before they leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, session, stream_with_context
from flask_login import LoginManager, login_user
from sqlalchemy import event, text
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from consentguard.consent.errors import CookieRefusedError
from consentguard.consent.reports import ACT
from consentguard.guard import Guard
from consentguard.settings import CookieMode
from consentguard_flask.middleware import attach
from tests.flask.test_doors import make_app
from tests.flask.test_middleware import Person, accept
from tests.web_doors import OURS

SECRET = "c2VjcmV0"


def make(folder: Path, mode: CookieMode) -> Flask:
    app, db = make_app(folder)
    site = app.extensions["consentguard"].site()
    object.__setattr__(site.settings, "cookies", mode)

    @app.get("/everything")
    def everything() -> Response:
        session["seen"] = True
        db.session.execute(text("SELECT 1"))  # a transaction that the app leaves to its end
        response = Response("page")
        response.set_cookie("_ga", SECRET)
        response.set_cookie("other", SECRET, domain="example.com")
        response.headers.add("set-cookie", f"raw={SECRET}; Path=/")
        response.delete_cookie("gone")
        response.delete_cookie("other")
        return response

    @app.get("/orders/<int:number>")
    def order(number: int) -> Response:
        response = Response("page", headers={"Cache-Control": "public, max-age=60"})
        response.set_cookie("_ga", SECRET)
        return response

    @app.get("/stream")
    def stream() -> Response:
        @stream_with_context
        def parts() -> Iterator[str]:
            yield "a"
            yield str(g.privacy.allows("analytics"))

        response = Response(parts())
        response.set_cookie("other", SECRET)
        return response

    @app.get("/broken")
    def broken() -> Response:
        raise ValueError("no page")

    return app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make(tmp_path, "strip")


def guard_of(app: Flask) -> Guard:
    guard: Guard = app.extensions["consentguard"].at()
    return guard


def reports(app: Flask) -> list[dict[str, str]]:
    entries = guard_of(app).stores.entries.unsealed(None, 100)
    return sorted((json.loads(entry.details) for entry in entries if entry.act == ACT), key=str)


def sets(answer: Any) -> list[str]:
    """The cookies that leave, as they stand in the answer."""
    return [header.split("=")[0] for header in answer.headers.getlist("Set-Cookie")]


def get(app: Flask, address: str) -> Any:
    return app.test_client().get(address, base_url=OURS)


def test_every_cookie_is_seen_before_it_leaves(app: Flask) -> None:
    """The session's, a view's own, a raw header; of two by one name the removal leaves. It is taken down afterwards."""
    answer = get(app, "/everything")
    assert answer.text == "page"
    assert sets(answer) == ["gone", "other", "session"]
    assert SECRET not in str(answer.headers)
    told = {each["cookie"]: (each["reason"], each["route"], each["mode"]) for each in reports(app)}
    assert told == {
        "_ga": ("unconsented", "/everything", "strip"),
        "other": ("undeclared", "/everything", "strip"),
        "raw": ("undeclared", "/everything", "strip"),
    }


def test_a_consented_cookie_leaves(app: Flask) -> None:
    """For whoever accepted it, and without a word to caches, for the page does not depend on it."""
    client = app.test_client()
    assert sets(client.get("/orders/1", base_url=OURS)) == []
    accept(client)
    answer = client.get("/orders/1", base_url=OURS)
    assert sets(answer) == ["_ga"]
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Vary" not in answer.headers


def test_a_report_changes_no_answer_and_is_taken_down_once(tmp_path: Path) -> None:
    """The default: by the pattern of the address and not as it was asked for; after the first, no statement is sent."""
    app = make(tmp_path, "report")
    assert [sets(get(app, f"/orders/{number}")) for number in (1, 2)] == [["_ga"]] * 2
    assert reports(app) == [
        {"cookie": "_ga", "reason": "unconsented", "route": "/orders/<int:number>", "mode": "report"}
    ]
    statements: list[str] = []
    with app.app_context():
        event.listen(app.extensions["sqlalchemy"].engine, "before_cursor_execute", lambda *told: statements.append("x"))
    get(app, "/orders/3")
    assert statements == []


def test_raise_fails_the_test_of_a_view(tmp_path: Path) -> None:
    """In a host's test configuration."""
    app = make(tmp_path, "raise")
    with pytest.raises(CookieRefusedError, match="the cookie _ga is set by /orders/<int:number>") as raised:
        get(app, "/orders/1")
    assert SECRET not in str(raised.value)
    assert reports(app) == []


def test_a_stream_is_stripped_before_it_begins(app: Flask) -> None:
    """Its request lasts until it ends, and nothing of it is held back."""
    answer = get(app, "/stream")
    assert sets(answer) == []
    assert answer.text == "aFalse"
    assert [each["cookie"] for each in reports(app)] == ["other"]


def test_sign_in_goes_on_and_what_it_sets_is_seen(app: Flask) -> None:
    """Flask-Login's cookie is set after every hook of the app."""
    people = {"7": Person("7")}
    LoginManager(app).user_loader(people.get)
    app.add_url_rule("/enter", "enter", lambda: str(login_user(people["7"], remember=True)))
    assert sets(get(app, "/enter")) == ["session"]
    assert [each["cookie"] for each in reports(app)] == ["remember_token"]


def test_an_error_is_an_error(app: Flask) -> None:
    """What Flask answers of its own accord passes too."""
    app.testing = app.config["PROPAGATE_EXCEPTIONS"] = False
    assert get(app, "/broken").status_code == 500
    assert get(app, "/nowhere").status_code == 404


def test_what_stands_in_front_of_the_app_does_not_matter(app: Flask) -> None:
    """A proxy's headers are set right before we look."""
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    assert sets(get(app, "/everything")) == ["gone", "other", "session"]


def test_another_app_below_ours_is_seen_too(tmp_path: Path) -> None:
    """What answers in place of the app has no request of Flask's, and sets cookies of the site all the same."""

    def other(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Set-Cookie", f"other={SECRET}"), ("Set-Cookie", "session=1")])
        yield b"other"

    app = make(tmp_path, "strip")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/other": other})  # type: ignore[method-assign]
    attach(app)
    answer = get(app, "/other/page")
    assert sets(answer) == ["session"]
    assert [each["route"] for each in reports(app)] == [""]


def test_an_app_whose_database_is_away_answers_all_the_same(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """One warning, and no error."""
    with app.app_context():
        app.extensions["sqlalchemy"].drop_all()
    assert [get(app, "/orders/1").status_code for _ in range(3)] == [200] * 3
    assert len([record for record in caplog.records if record.name == "consentguard"]) == 1
    assert SECRET not in caplog.text


def test_the_command_shows_what_was_reported(app: Flask) -> None:
    """`flask consentguard check`."""
    get(app, "/everything")
    shown = app.test_cli_runner().invoke(args=["consentguard", "check"]).output
    assert "C-UNDECLARED cookies: other: a cookie is kept from leaving that the policy does not declare" in shown
    assert "C-UNCONSENTED cookies.analytics: _ga" in shown
