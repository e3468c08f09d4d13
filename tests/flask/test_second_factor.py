"""The gate of the second factor in a Flask app with Flask-Login: on every view, and before grave ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask, request, session
from flask_admin import Admin
from flask_admin.actions import action
from flask_admin.contrib.sqla import ModelView
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import NullPool
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consentguard.records import SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.admin import StepUpView
from consentguard_flask.extension import StartupError
from consentguard_flask.second_factor import step_up, without_second_factor
from tests.web_doors import OURS
from tests.web_factor import FACTOR, PAGE, RULES, Gate, Gates, place
from tests.web_policy import CONTROLLER, SITE

SUBJECTS = """
[subjects.user]
title = { en = "Users", es = "Usuarios" }
"""
POLICY = CONTROLLER + SITE.replace("[site]", f'[site]\nbase_url = "{OURS}"') + SUBJECTS


class Base(DeclarativeBase):
    """What the app's models hang on."""


class User(UserMixin, Base):
    """Somebody with an account."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


def has_role(_: object, role: str) -> bool:
    """Who is of the staff."""
    return bool(role == "staff" and current_user.is_authenticated and current_user.name == "staff")


def make_app(folder: Path, rules: str = RULES, **config: Any) -> tuple[Flask, SQLAlchemy]:
    (folder / "privacy.toml").write_text(POLICY + rules, "utf-8")
    keyring().write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
        CONSENTGUARD_HAS_ROLE=has_role,
        **config,
    )
    db = SQLAlchemy(app, model_class=Base)
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(lambda key: db.session.get(User, int(key)))
    Admin(app)
    ConsentGuard(app, db)
    clock = FrozenClock(dt.datetime.now(dt.UTC))
    app.extensions["consentguard"].site().clock = clock
    add_views(app, db)
    with app.app_context():
        db.create_all()
        db.session.add_all([User(id=1, name="customer"), User(id=2, name="staff")])
        db.session.commit()
    return app, db


def add_views(app: Flask, db: SQLAlchemy) -> None:
    @app.route("/page", methods=["GET", "POST"])
    def page() -> str:
        return "Page"

    @app.get("/payout")
    @step_up("payout", 300)
    def payout() -> str:
        return "Paid"

    @app.get("/payout/later")
    @step_up("payout", 300)
    async def later() -> str:
        return "Paid"

    @app.get("/status")
    @without_second_factor
    def status() -> str:
        return "Up"

    @app.get("/stale")
    def stale() -> str:
        session["_fresh"] = False
        return "Stale"

    @app.get("/kept")
    def kept() -> str:
        return "Kept"

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        user = db.session.scalars(sa.select(User).where(User.name == request.form["who"])).one()
        login_user(user)
        return "In"

    @app.post("/logout")
    def logout() -> str:
        logout_user()
        return "Out"


def subject(who: str) -> SubjectRef:
    return SubjectRef("user", {"customer": "1", "staff": "2"}[who])


@contextmanager
def visiting(app: Flask, db: SQLAlchemy) -> Iterator[Gate]:
    with app.app_context():
        engine = db.engine

    @contextmanager
    def queries() -> Iterator[Sequence[str]]:
        found: list[str] = []

        def seen(_: object, __: object, statement: str, *___: object) -> None:
            if "consentguard_" in statement and statement.startswith("SELECT"):
                found.append(statement)

        sa.event.listen(engine, "before_cursor_execute", seen)
        try:
            yield found
        finally:
            sa.event.remove(engine, "before_cursor_execute", seen)

    def dump() -> str:
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            return "\n".join(raw.iterdump())

    clock: Any = app.extensions["consentguard"].site().clock
    with httpx.Client(transport=httpx.WSGITransport(app), base_url=OURS) as client, app.app_context():
        yield Gate(client, app.extensions["consentguard"].at, subject, queries, clock.tick, dump)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with visiting(*make_app(tmp_path)) as gate:
        yield gate


class TestGates(Gates):
    """A Flask app, whose session is a signed cookie."""

    @pytest.fixture
    def gate(self, gate: Gate) -> Gate:
        return gate


def test_an_asynchronous_view_asks_for_a_fresh_factor(gate: Gate) -> None:
    """As any other does."""
    codes = gate.enrol("staff")
    gate.sign_in("staff")
    gate.give(codes[0])
    assert gate.page("/payout/later").text == "Paid"
    gate.later(dt.timedelta(minutes=6))
    assert place(gate.page("/payout/later"))[0] == FACTOR


def test_a_view_may_stay_open(tmp_path: Path) -> None:
    """Where the app marks it so, or names it in its configuration; what is not there is not found."""
    with visiting(*make_app(tmp_path, CONSENTGUARD_FACTOR_OPEN=["kept"])) as gate:
        gate.sign_in("staff")
        assert (gate.page("/status").text, gate.page("/kept").text) == ("Up", "Kept")
        assert gate.page("/nowhere").status_code == 404
        assert gate.page().status_code == 303


def test_the_host_s_own_factor_is_not_asked_for_twice(tmp_path: Path) -> None:
    """What the setting tells opens pages, and is as fresh as it says; the way to it is the host's own page."""
    from consentguard.assurance import Evidence, from_claims

    told: list[Evidence] = []
    app, db = make_app(tmp_path, CONSENTGUARD_FACTOR_EVIDENCE=lambda _: told, CONSENTGUARD_FACTOR_PAGE="/our/own?x=1")
    with visiting(app, db) as gate:
        gate.sign_in("staff")
        assert place(gate.page()) == ("/our/own", {"x": ["1"], "next": ["/page"]})
        now = app.extensions["consentguard"].site().clock.now()
        told[:] = from_claims({"amr": ["mfa"], "auth_time": now.timestamp() - 400})
        assert gate.page().status_code == 200
        assert place(gate.page("/payout")) == ("/our/own", {"x": ["1"], "again": ["1"], "next": ["/payout"]})
        told[:] = from_claims({"amr": ["mfa"], "auth_time": now.timestamp() - 200})
        assert gate.page("/payout").text == "Paid"


def test_a_session_that_a_cookie_began_is_no_fresh_sign_in(gate: Gate) -> None:
    """Flask-Login's cookie to remember somebody shows that it was there, and not who is."""
    gate.sign_in("customer")
    assert gate.page("/payout").text == "Paid"
    gate.page("/stale")
    assert gate.page("/payout").status_code == 303


class Accounts(StepUpView, ModelView):  # type: ignore[misc]  # Flask-Admin has no types
    """The accounts in the host's own Flask-Admin."""

    @action("promote", "Promote")
    def promote(self, ids: list[str]) -> None:
        self.session.session.execute(sa.update(User).where(User.id.in_(map(int, ids))).values(name="staff"))
        self.session.session.commit()


def test_roles_are_changed_right_after_a_factor(tmp_path: Path) -> None:
    """In the host's Flask-Admin: whoever gave one an hour ago looks, and gives one again before an account is changed,
    made or deleted, and before an action.
    """
    app, db = make_app(tmp_path)
    app.extensions["admin"][0].add_view(Accounts(User, db, endpoint="accounts"))
    with visiting(app, db) as gate:

        def send(way: str, **form: str) -> httpx.Response:
            headers = {**PAGE, "Host": "clinic.example.com", "Referer": f"{OURS}/admin/accounts/"}
            return gate.client.post(f"/admin/accounts/{way}", data=form, headers=headers)

        codes = gate.enrol("staff")
        gate.sign_in("staff")
        gate.give(codes[0])
        gate.later(dt.timedelta(minutes=16))
        assert gate.page("/admin/accounts/edit/?id=1").status_code == 200
        sent = [
            ("edit/?id=1", {"name": "staff"}),
            ("new/", {"name": "staff"}),
            ("action/", {"action": "promote", "rowid": "1"}),
            ("delete/", {"id": "1"}),
        ]
        for way, form in sent:
            assert place(send(way, **form)) == (FACTOR, {"again": ["1"], "next": ["/admin/accounts/"]})
        names = sa.select(User.name).order_by(User.id)
        assert db.session.scalars(names).all() == ["customer", "staff"]
        gate.give(codes[1])
        assert [send(way, **form).status_code for way, form in sent] == [302] * 4
        assert db.session.scalars(names).all() == ["staff", "staff"]


def test_a_rule_that_names_nobody_stops_the_app(tmp_path: Path) -> None:
    """The app has to say who the staff are."""
    (tmp_path / "privacy.toml").write_text(POLICY + RULES, "utf-8")
    app = Flask("clinic", root_path=str(tmp_path))
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://")
    with pytest.raises(StartupError, match="has_role"):
        ConsentGuard(app, SQLAlchemy(app, model_class=Base))


def test_everyone_is_whoever_is_signed_in(tmp_path: Path) -> None:
    """For that no role need be told."""
    with visiting(*make_app(tmp_path, '[twofactor]\nrequired_for = ["everyone"]\n')) as gate:
        assert gate.page().status_code == 200
        gate.sign_in("customer")
        assert gate.page().status_code == 303
