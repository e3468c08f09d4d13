"""The sessions of somebody who was erased end where Flask-Session keeps them; files are the site's to name."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, session
from flask_sqlalchemy import SQLAlchemy

from consentguard.ports import FilesError
from consentguard_flask import ConsentGuard, sessions
from consentguard_flask.extension import StartupError
from consentguard_flask.host import FlaskHost
from tests.web_policy import POLICY

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")  # Flask-Session's own
needs_sessions = pytest.mark.skipif(find_spec("flask_session") is None, reason="no Flask-Session")
USER = "_user_id"


class Disk:
    """Files of a site's own."""

    def open(self, label: str, column: str, name: str) -> BytesIO:
        return BytesIO(f"{label}.{column} {name}".encode())

    def delete(self, label: str, column: str, name: str) -> None:
        """Nothing."""


DISK = Disk()


def site(folder: Path, **options: object) -> tuple[Flask, SQLAlchemy]:
    """A site with a database in a folder."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    app, db = Flask("site", root_path=str(folder)), SQLAlchemy()
    app.secret_key = "tests only"
    app.config |= options
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'site.sqlite3'}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": sa.NullPool}
    db.init_app(app)
    ConsentGuard(app, db)
    return app, db


def host_of(app: Flask) -> FlaskHost:
    """The site as the core sees it."""
    host: FlaskHost = app.extensions["consentguard"].host
    return host


def signed_in(app: Flask, *users: str | None) -> list[Any]:
    """A browser for each of these users, with a session of its own."""

    def sign_in(user: str) -> str:
        session[USER] = user
        return ""

    def visit() -> str:
        session["basket"] = "tea"
        return ""

    app.add_url_rule("/in/<user>", view_func=sign_in)
    app.add_url_rule("/", view_func=visit)
    app.add_url_rule("/who", view_func=lambda: str(session.get(USER)), endpoint="who")
    browsers = []
    for user in users:
        browsers.append(app.test_client())
        browsers[-1].get(f"/in/{user}" if user else "/")
    return browsers


@needs_sessions
@pytest.mark.parametrize("written", ["msgpack", "json"])
def test_theirs_end_and_no_others(tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, in either format; a visitor's and another user's go on."""
    from flask_session import Session

    monkeypatch.setattr(sessions, "PORTION", 2)
    app, db = site(tmp_path, SESSION_TYPE="sqlalchemy", SESSION_SERIALIZATION_FORMAT=written)
    app.config["SESSION_SQLALCHEMY"] = db
    Session(app)
    browsers = signed_in(app, "12", "12", "7", "1", "2", None)
    assert host_of(app).forget_sessions(["12", "7"]) == 3
    assert [browser.get("/who").text for browser in browsers] == ["None", "None", "None", "1", "2", "None"]
    assert host_of(app).forget_sessions(["12", "7"]) == 0


@needs_sessions
def test_what_only_pickle_could_read_is_never_handed_to_it(tmp_path: Path) -> None:
    """Flask-Session does so with what its own formats cannot read: whoever writes the table would run code here."""
    from flask_session import Session

    app, db = site(tmp_path, SESSION_TYPE="sqlalchemy")
    app.config["SESSION_SQLALCHEMY"] = db
    Session(app)
    signed_in(app, "12", "12")
    table: sa.Table = app.session_interface.sql_session_model.__table__  # type: ignore[attr-defined]
    touched = tmp_path / "touched"
    pickled = f"cposix\nmkdir\n(V{touched}\ntR.".encode()  # a call of `os.mkdir`
    with app.app_context():
        db.session.execute(sa.update(table).where(table.c.id == 1).values(data=pickled))
        db.session.commit()
    assert host_of(app).forget_sessions(["12"]) == 1
    assert not touched.exists()


def test_sessions_in_a_cookie_are_left(tmp_path: Path) -> None:
    """As Flask has them by itself: nobody finds those of a user."""
    app, _ = site(tmp_path)
    signed_in(app, "12")
    assert host_of(app).forget_sessions(["12"]) == 0


@pytest.mark.parametrize("given", [DISK, f"{__name__}.DISK"], ids=["an object", "its name"])
def test_the_site_names_what_gets_at_its_files(tmp_path: Path, given: object) -> None:
    """An object with the port's methods, or its dotted name."""
    app, _ = site(tmp_path, CONSENTGUARD_FILES=given)
    guard = app.extensions["consentguard"].at()
    assert guard.files.open("Note", "scan", "ada.pdf").read() == b"Note.scan ada.pdf"


def test_without_one_no_file_is_taken_for_deleted(tmp_path: Path) -> None:
    """The error says what to name, and not whose file it was."""
    app, _ = site(tmp_path)
    files = app.extensions["consentguard"].at().files
    for act in (files.open, files.delete):
        with pytest.raises(FilesError, match=r'"Note\.scan"') as caught:
            act("Note", "scan", "ada.pdf")
        assert "CONSENTGUARD_FILES" in str(caught.value.hint)
        assert "ada" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("given", [object(), "json.dumps", "nowhere.DISK"])
def test_what_cannot_open_and_delete_is_refused_at_start(tmp_path: Path, given: object) -> None:
    """A wrong name is noticed before anything has to be deleted."""
    with pytest.raises(StartupError, match="files"):
        site(tmp_path, CONSENTGUARD_FILES=given)
