"""Consent on WTForms: as in every framework, and as people who write them expect it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage as StandardMessage
from email.parser import BytesParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask_login
import httpx
import pytest
from flask import Flask, g, render_template_string, request
from flask_mailman import EmailMessage, Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
from sqlalchemy import NullPool
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wtforms import Form, StringField
from wtforms.validators import DataRequired

from consentguard import ConsentError, PreTickedError, personal_data
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from consentguard.web.consent.given import mark_of
from consentguard_flask import ConsentGuard
from consentguard_flask.forms import ConsentField, record_consents
from tests.web_forms import ADA, HERE, SECTIONS, WORDS, Forms, Site

POLICY = f"""
manifest = 1
[controller]
name = "Example Clinic"
legal_entity = "Example Clinic Ltd"
contact = "privacy@clinic.example.com"
[site]
languages = ["en", "es"]
base_url = "{HERE}"
[subjects.user]
title = "Users"
[purposes.service]
basis = "contract"
{SECTIONS}
"""
PAGE = '<form method="post">{% for field in form %}{{ field.label }}{{ field }}{{ field.errors }}{% endfor %}</form>'
NOTICE = '{{ privacy_notice("newsletter", language) }}'


class Base(DeclarativeBase):
    """What the app's models hang on."""


@personal_data("readers", subjects={"user": "self"}, anchors={"created": "created_at"})
class User(flask_login.UserMixin, Base):  # type: ignore[misc]
    """Somebody with an account."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(default=dt.datetime(2026, 11, 21))  # noqa: DTZ001


def wanted() -> str:
    return request.accept_languages.best_match(["en", "es"]) or ""


class SignUp(Form):  # type: ignore[misc]
    """An address, and whether it gets the newsletter."""

    email = StringField("E-mail", [DataRequired()])
    newsletter = ConsentField("newsletter", language=wanted)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An app whose view of the form is one transaction."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    app = Flask("clinic", root_path=str(tmp_path))
    app.config.update(
        SECRET_KEY="test",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(tmp_path / "keyring.json"),
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    flask_login.LoginManager(app).user_loader(lambda key: db.session.get(User, key))
    ConsentGuard(app, db)

    @app.route("/sign-up", methods=["GET", "POST"])
    def sign_up() -> str:
        form = SignUp(request.form)
        if request.method == "GET" or not form.validate():
            return render_template_string(PAGE + NOTICE, form=form, language=wanted())
        db.session.add(User(email=form.email.data))
        records = record_consents(form, form.email.data)
        if "fails" in request.args:
            raise RuntimeError("the rest of the sign-up broke off")
        db.session.commit()
        return "".join(record.id for record in records.values())

    with app.app_context():
        db.create_all()
    return app


def guard_of(app: Flask) -> Guard:
    made: Guard = app.extensions["consentguard"].at()
    return made


class TestForms(Forms):
    """A Flask app with WTForms, Flask-Login and Flask-Mailman."""

    @pytest.fixture
    def site(self, app: Flask) -> Iterator[Site]:
        transport = httpx.WSGITransport(app.wsgi_app, raise_app_exceptions=False)
        with httpx.Client(transport=transport, base_url=HERE) as client:
            yield Site(client, lambda: guard_of(app))


def test_a_field_that_is_ticked_beforehand_stops_the_site(app: Flask) -> None:
    """In the class, by what it is rendered with, or by data that the form is made with."""
    for options in ({"default": True}, {"default": lambda: True}, {"render_kw": {"checked": True}}):
        with pytest.raises(PreTickedError, match="newsletter"):
            ConsentField("newsletter", **options)
    with app.test_request_context():
        for made in (
            lambda: SignUp(data={"newsletter": True}),
            lambda: SignUp(obj=SimpleNamespace(newsletter=True, email=ADA)),
        ):
            with pytest.raises(PreTickedError, match="agreements"):
                made()
        assert "checked" not in str(SignUp(data={"newsletter": False}).newsletter())


def test_a_purpose_that_waits_for_no_consent_is_told_when_the_form_is_made(app: Flask) -> None:
    """A slip shows itself at once, and not as a consent that nobody needs."""

    class Slip(Form):  # type: ignore[misc]
        news = ConsentField("newsleter")

    with app.test_request_context(), pytest.raises(ConsentError, match="'newsleter'"):
        Slip()


def test_a_form_of_flask_wtf_works_too(app: Flask) -> None:
    """With its token, a text of its own, and a validator where the host answers for it."""

    class Contest(FlaskForm):  # type: ignore[misc]
        newsletter = ConsentField("newsletter", {"en": "Yes to news", "es": "Sí a las noticias"}, [DataRequired()])

    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context(method="POST", data={"newsletter": ""}):
        assert not Contest().validate_on_submit()
    with app.test_request_context(method="POST", data={"newsletter": mark_of("Sí a las noticias")}):
        form = Contest()
        assert form.validate_on_submit()
        record = record_consents(form, ADA)["newsletter"]
    assert (record.component, record.language) == ("Contest", "es")


def test_the_consent_is_of_whom_the_host_names(app: Flask) -> None:
    """A user's row, a reference, an address; else of who is signed in; else of whoever has the receipt."""
    db: Any = app.extensions["sqlalchemy"]
    with app.test_request_context(method="POST", data={"email": ADA, "newsletter": "on"}):
        guard, user = guard_of(app), User(email=ADA)

        def subject(who: object = None, **rest: str) -> str:
            form = SignUp(request.form)
            assert form.validate()
            return record_consents(form, who, **rest)["newsletter"].subject

        db.session.add(user)
        with pytest.raises(ConsentError, match="flush"):
            subject(user)
        db.session.flush()
        of_user = guard.pseudonyms.of(SubjectRef("user", str(user.id)))
        assert subject(user) == subject(SubjectRef("user", str(user.id))) == of_user
        assert subject(ADA) == subject(address=ADA) == guard.pseudonyms.of_address(ADA)
        assert subject(user, address=ADA) == of_user
        assert subject() not in (of_user, guard.pseudonyms.of_address(ADA))
        g._login_user = user
        assert subject() == of_user


def test_a_form_that_is_not_valid_records_nothing(app: Flask) -> None:
    """It is a mistake of the host's to ask for it."""
    with app.test_request_context(method="POST", data={"newsletter": "on"}):
        form = SignUp(request.form)
        assert not form.validate()
        with pytest.raises(ConsentError, match="not valid"):
            record_consents(form, ADA)
        assert guard_of(app).stores.entries.waiting() == 0


def test_a_mail_keeps_the_headers_whole(app: Flask) -> None:
    """By Flask-Mailman, and by the standard library, which writes a long header as encoded words unless it is told."""
    with app.app_context():
        headers = guard_of(app).unsubscribe.headers(ADA, "newsletter")
        mail = EmailMessage("News", "What is new.", to=[ADA], headers=dict(headers)).message().as_bytes()
    plain = StandardMessage()
    for name, value in headers.items():
        plain[name] = value
    for written in (mail, plain.as_bytes()):
        assert b"=?utf-8?" not in written
        assert {name: BytesParser().parsebytes(written)[name].strip() for name in headers} == headers


def test_the_words_are_those_of_the_policy(app: Flask) -> None:
    """A field without a text says who uses the data, what for, and that it ends at any time."""
    with app.test_request_context():
        assert SignUp().newsletter.label.text == WORDS
