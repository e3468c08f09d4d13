"""The pages that ask for something in a Flask app: guarded, limited, mailed, as in every framework."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from flask import Flask
from flask_mailman import Mail
from flask_mailman.backends.locmem import EmailBackend
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import NullPool, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consentguard import personal_data
from consentguard.guard import Guard
from consentguard.records import Message, SubjectRef
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from tests.web_doors import META, OURS, SECTIONS, Door, Doors
from tests.web_policy import CONTROLLER, COOKIES, SITE
from tests.web_schema import examine, machine_token

SUBJECTS = """
[subjects.user]
title = { en = "Users", es = "Usuarios" }
"""
TABLE = "consentguard_evidence_entry"


class Base(DeclarativeBase):
    """What the app's models hang on."""


@personal_data("contact", subjects={"user": "self"}, anchors={"created": "joined_at"})
class User(Base):
    """Somebody with an account."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    joined_at: Mapped[dt.datetime]


def make_app(folder: Path, *, csrf_first: bool = False) -> tuple[Flask, SQLAlchemy]:
    """An app with Flask-SQLAlchemy, Flask-Mailman and Flask-WTF's CSRFProtect."""
    policy = CONTROLLER + SITE.replace("[site]", f'[site]\nbase_url = "{OURS}"') + COOKIES + SUBJECTS + SECTIONS
    (folder / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
        CONSENTGUARD_PLATFORMS={"meta": META},
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    if csrf_first:
        CSRFProtect(app)
    ConsentGuard(app, db)
    if not csrf_first:
        CSRFProtect(app)
    with app.app_context():
        db.create_all()
    return app, db


class TestDoors(Doors):
    """A Flask app with the usual extensions, CSRFProtect set up after us."""

    @pytest.fixture
    def door(self, tmp_path: Path) -> Iterator[Door]:
        app, db = make_app(tmp_path)

        def guard() -> Guard:
            made: Guard = app.extensions["consentguard"].at()
            return made

        def mails() -> list[Message]:
            return [
                Message(to=sent.to[0], subject=sent.subject, text=sent.body, html=sent.alternatives[0][0])
                for sent in getattr(app.extensions["mailman"], "outbox", [])
            ]

        @contextmanager
        def broken(what: str) -> Iterator[None]:
            if what == "mail":
                with patch.object(EmailBackend, "send_messages", side_effect=ConnectionRefusedError("ada@example.org")):
                    yield
            elif what == "keyring":
                site = app.extensions["consentguard"].site()
                whole = site.__dict__.pop("keyring", None)
                settings, site.settings = site.settings, site.settings.__class__.of({}, tmp_path)
                with patch.dict(os.environ):
                    os.environ.pop("CONSENTGUARD_KEYRING", None)
                    os.environ.pop("CONSENTGUARD_KEYRING_FILE", None)
                    yield
                site.settings, site.__dict__["keyring"] = settings, whole
            else:
                rename(db, TABLE, "away")
                yield
                rename(db, "away", TABLE)

        def person(email: str) -> SubjectRef:
            user = User(email=email, joined_at=dt.datetime.now(dt.UTC))
            db.session.add(user)
            db.session.commit()
            return SubjectRef("user", str(user.id))

        with (
            app.app_context(),
            httpx.Client(transport=httpx.WSGITransport(app.wsgi_app), base_url=OURS) as client,
        ):
            yield Door(client, guard, mails, broken, person)


def test_it_does_not_matter_which_extension_comes_first(tmp_path: Path) -> None:
    """CSRFProtect set up before us leaves our forms to us too, and the app's own to itself."""
    app, _ = make_app(tmp_path, csrf_first=True)
    app.add_url_rule("/own", "own", lambda: "", methods=["POST"])
    client, headers = app.test_client(), {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/privacy/preferences", data={"answer": "refuse"}, headers=headers).status_code == 303
    assert client.post("/own", headers=headers).status_code == 400


def test_a_choice_is_never_told_of_without_its_record(tmp_path: Path) -> None:
    """A hook that changes something and leaves it to others to commit would lose it: the form is closed then."""
    app, db = make_app(tmp_path)
    app.before_request(lambda: db.session.add(User(email="ada@example.org", joined_at=dt.datetime.now(dt.UTC))))
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = app.test_client().post("/privacy/preferences", data={"answer": "refuse"}, headers=headers)
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (503, None)


def test_programs_get_what_the_document_promises(tmp_path: Path) -> None:
    """Whatever is sent to a JSON endpoint, right or wrong, is answered as /api/openapi.json says."""
    app, _ = make_app(tmp_path)
    with app.app_context():
        token = machine_token(app.extensions["consentguard"].at())
    assert len(examine(app, token)) >= 6


def rename(db: SQLAlchemy, old: str, new: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
