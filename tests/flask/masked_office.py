"""An app whose Flask-Admin masks sealed values of many kinds, with an inline model, and whoever works in it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_login import LoginManager, UserMixin
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from lxml import html
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse
from wtforms import SelectField

from consentguard import personal_data
from consentguard.guard import Guard
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.admin import SealedModelView
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from tests.flask.office import FROM_OUR_PAGE, OURS, POLICY

SECRETS = ("+44 1224 555 0188", "ada@example.org", "1815-12-10", "71.5", "penicillin", "a remark that nobody reads")
"""What of a patient no page may show."""
SEALED = ("phone", "email", "born_on", "weight", "smokes", "blood", "findings")


class Base(DeclarativeBase):
    """What the app's models hang on."""


@personal_data("contact", subjects={"user": "self"}, anchors={"created": "joined_on"})
class User(UserMixin, Base):
    """A patient's account, and those of the staff."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    joined_on: Mapped[dt.date] = mapped_column(default=dt.date(2026, 11, 21))


@personal_data("contact", subjects={"user": "user"}, anchors={"created": "user.joined_on"})
class Patient(Base):
    """Somebody with a file of each kind of value."""

    __tablename__ = "patient"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    ward: Mapped[str] = mapped_column(sa.String(20))
    phone: Mapped[str] = mapped_column(Encrypted(sa.String(40)))
    email: Mapped[str | None] = mapped_column(Encrypted(sa.String(254)))
    born_on: Mapped[dt.date | None] = mapped_column(Encrypted(sa.Date))
    weight: Mapped[Any] = mapped_column(Encrypted(sa.Numeric(5, 1)), nullable=True)
    smokes: Mapped[bool] = mapped_column(Encrypted(sa.Boolean), default=False)
    blood: Mapped[str] = mapped_column(Encrypted(sa.String(2)), default="0")
    findings: Mapped[Any] = mapped_column(Encrypted(sa.JSON), nullable=True)
    user: Mapped[User] = relationship()
    remarks: Mapped[list[Remark]] = relationship(back_populates="patient", order_by="Remark.id")

    def __str__(self) -> str:
        return f"Patient {self.id}"


@personal_data("contact", subjects={"user": "patient.user"}, anchors={"created": "patient.user.joined_on"})
class Remark(Base):
    """What was noted at a visit, under the key of whom it is about."""

    __tablename__ = "remark"
    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"))
    text: Mapped[str] = mapped_column(Encrypted(sa.Text))
    patient: Mapped[Patient] = relationship(back_populates="remarks")


class PatientView(SealedModelView):
    """Patients, with what was noted of them."""

    can_view_details = True
    can_export = True
    column_display_pk = True
    form_overrides = {"blood": SelectField}
    form_args = {"blood": {"choices": ["0", "ab"]}}
    form_columns = ("ward", *SEALED)
    inline_models = (Remark,)
    office: Office

    def is_accessible(self) -> bool:
        return True

    def may_unmask(self, row: Any) -> bool:
        return "unmask" in self.office.allowed


class RemarkView(PatientView):
    """Remarks, beside the number of whom they are about."""

    column_list = ("id", "patient.phone", "text")
    form_columns = ("text",)
    form_overrides = form_args = None
    inline_models = None


@dataclass
class Office:
    """The admin of an app: `allowed` is what its staff may do."""

    app: Flask
    db: SQLAlchemy
    client: FlaskClient
    allowed: set[str] = field(default_factory=set)

    @property
    def guard(self) -> Guard:
        """The app's guard."""
        made: Guard = self.app.extensions["consentguard"].at()
        return made

    def get(self, path: str) -> TestResponse:
        """A visit of the staff."""
        return self.client.get(f"/admin/{path}", base_url=OURS)

    def post(self, path: str, form: dict[str, Any], headers: dict[str, str] = FROM_OUR_PAGE) -> TestResponse:
        """A form of the staff's."""
        return self.client.post(f"/admin/{path}", base_url=OURS, headers=headers, data=form)

    def taken_down(self) -> list[tuple[str, dict[str, Any]]]:
        """Of whom values were shown, and what is on record of it."""
        found = self.guard.stores.entries.unsealed(None, 100)
        return [(each.subject, json.loads(each.details)) for each in found if each.act == "value.unmasked"]

    def stored(self, table: str = "patient") -> dict[str, Any]:
        """What the database holds in the first row of a table."""
        with self.db.engine.connect() as connection:
            return dict(connection.execute(sa.text(f"SELECT * FROM {table}")).mappings().first() or {})  # noqa: S608

    def begin(self) -> None:
        """One patient, a member of the staff who may do nothing yet, and no evidence."""
        self.allowed.clear()
        for table in (Remark, Patient, User, *(each for each in Base.metadata.sorted_tables if "_entry" in each.name)):
            self.db.session.execute(sa.delete(table))
        self.db.session.add_all([_patient(), User(id=2)])
        self.db.session.commit()

    def patient(self) -> Patient:
        """The only patient, as they are in the database."""
        self.db.session.expire_all()
        found: Patient = self.db.session.scalars(sa.select(Patient)).one()
        return found


def make_office(folder: Path) -> Office:
    """The app, without rows; whoever asks is signed in."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    CSRFProtect(app)
    login = LoginManager(app)
    login.user_loader(lambda key: db.session.get(User, int(key)))
    ConsentGuard(app, db)
    office = Office(app, db, app.test_client())
    admin = Admin(app)
    for view, model in ((PatientView, Patient), (RemarkView, Remark)):
        made = view(model, db)
        made.office = office
        admin.add_view(made)
    with app.app_context():
        db.create_all()
    with office.client.session_transaction(base_url=OURS) as session:
        session["_user_id"], session["_fresh"] = "2", True
    return office


def _patient() -> Patient:
    return Patient(
        id=1,
        user=User(id=1),
        ward="North",
        phone=SECRETS[0],
        email=SECRETS[1],
        born_on=dt.date(1815, 12, 10),
        weight=Decimal(SECRETS[3]),
        blood="ab",
        findings={"allergy": SECRETS[4]},
        remarks=[Remark(id=1, text=SECRETS[5])],
    )


def sent(answer: TestResponse) -> dict[str, str]:
    """What a browser sends of the form on a page."""
    (form,) = html.document_fromstring(answer.text).xpath("//form[@class='admin-form']")
    # the line break after the tag of a text area is none of its text
    return {name: value.removeprefix("\n") for name, value in form.form_values()}


def holds(answer: TestResponse) -> list[str]:
    """What of a patient an answer gives away."""
    assert answer.status_code == 200
    return [each for each in SECRETS if each in answer.text]
