"""Age in Flask: as in every framework."""

from __future__ import annotations

import logging
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, got_request_exception, redirect, render_template_string, request, session, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import NullPool
from wtforms import Form, StringField
from wtforms.validators import DataRequired

from consentguard.age import AgeError
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.age import age_required
from consentguard_flask.forms import AgeFields
from tests.flask.test_forms import POLICY, Base, User, wanted
from tests.web_ages import ADULT, SCREEN, Ages, Build, Site
from tests.web_guardians import Guarded

PAGE = """<form method="post">{% for field in form %}
{{ field.label }}{{ field }}{{ field.description }}{{ field.errors }}{% endfor %}
{{ form.form_errors }}</form>"""
TOLD = '{{ age_claim() or "unknown" }}'


class SignUp(AgeFields, Form):  # type: ignore[misc]
    """A name, and the question of age."""

    name = StringField("Name", [DataRequired()])
    email = StringField("E-mail")
    age_language = staticmethod(wanted)


def app_of(folder: Path, section: str) -> tuple[Flask, SQLAlchemy]:
    (folder / "privacy.toml").write_text(POLICY + section, "utf-8")
    keyring().write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.logger.setLevel(logging.DEBUG)
    app.config.update(
        SECRET_KEY="test",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
        CONSENTGUARD_SUBJECT=lambda _: session.get("user"),
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    ConsentGuard(app, db)
    with app.app_context():
        db.create_all()
    return app, db


def add_views(app: Flask, db: SQLAlchemy) -> None:
    @app.route("/function")
    @age_required
    def function() -> str:
        return "Welcome"

    @app.route("/coroutine")
    @age_required
    async def coroutine() -> str:
        return "Welcome"

    @age_required
    class Class(MethodView):
        def get(self) -> str:
            return "Welcome"

    app.add_url_rule("/class", view_func=Class.as_view("class"))

    @app.route("/told")
    def told() -> str:
        return render_template_string(TOLD)

    @app.route("/remembered")
    def remembered() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return ""

    @app.route("/sign-in")
    def sign_in() -> str:
        session["user"] = request.args["key"]
        return ""

    @app.route("/sign-up", methods=["GET", "POST"])
    def sign_up() -> ResponseReturnValue:
        form: Any = SignUp(request.form, data={"birth_year": "1980", "birth_month": "3"})
        if request.method == "POST" and form.validate():
            user = User(email=form.name.data)
            db.session.add(user)
            db.session.flush()
            form.record_age(user)
            db.session.commit()
            return str(user.id)
        if form.age_refused:
            return redirect(url_for("consentguard.age"))
        return render_template_string(PAGE, form=form), 422 if request.method == "POST" else 200


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Makes a site of a section `[age]`."""

    def site(section: str) -> Site:
        app, db = app_of(tmp_path, section)
        add_views(app, db)

        def dump() -> str:
            with app.app_context(), db.engine.connect() as connection:
                raw: Any = connection.connection.dbapi_connection
                return "\n".join(raw.iterdump())

        return Site(app, lambda: app.extensions["consentguard"].at(), dump, "user")

    return site


class TestAges(Ages):
    """A Flask app."""

    @pytest.fixture
    def build(self, build: Build) -> Build:
        return build


class TestGuarded(Guarded):
    """The same app, where guardians may agree."""

    @pytest.fixture
    def build(self, build: Build) -> Build:
        return build


def test_no_birth_date_is_in_the_frames_of_an_error(tmp_path: Path) -> None:
    """Those of ours, whose variables a report of an error may show."""
    app, db = app_of(tmp_path, SCREEN)
    add_views(app, db)
    with app.app_context():
        db.session.execute(sa.text("DROP TABLE consentguard_age_claim"))
        db.session.commit()
    frames: list[str] = []

    def report(_: object, exception: BaseException, **__: object) -> None:
        ours = (
            each for each, _ in walk_tb(exception.__traceback__) if each.f_globals["__name__"][:12] == "consentguard"
        )
        frames.extend(repr(value) for each in ours for value in each.f_locals.values())

    headers = {"Sec-Fetch-Site": "same-origin"}
    with got_request_exception.connected_to(report, app):
        sent = app.test_client().post("/sign-up", data={"name": "Ada", **ADULT}, headers=headers)
    assert (sent.status_code, len(frames) > 10) == (500, True)
    assert "1931" not in " ".join(frames)


def test_a_form_that_is_not_valid_records_nothing(tmp_path: Path) -> None:
    """Whoever forgot to validate it is told to."""
    app, _ = app_of(tmp_path, SCREEN)
    with app.test_request_context(method="POST", data={"name": ""}):
        form: Any = SignUp(request.form)
        assert not form.validate()
        with pytest.raises(AgeError) as caught:
            form.record_age(User(id=1))
    assert "validate_on_submit()" in caught.value.hint
