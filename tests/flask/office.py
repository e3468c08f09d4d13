"""An app with our screens in its Flask-Admin, its staff, and rows for every screen."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from lxml import html
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

from consentguard import personal_data
from consentguard.consent.record import ACT
from consentguard.guard import Guard
from consentguard.records import (
    AgeClaim,
    Authenticator,
    Errand,
    GuardianConsent,
    Hold,
    Mark,
    MinorReport,
    RightsRequest,
    Run,
    SubjectRef,
    new_id,
)
from consentguard.screens import SCREENS
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.admin import PERMISSIONS, VERIFY, add_views
from tests.web_policy import CONTROLLER, COOKIES, SITE

OURS = "https://clinic.example.com"
POLICY = (
    CONTROLLER
    + SITE.replace("[site]", f'[site]\nbase_url = "{OURS}"')
    + COOKIES
    + """
[subjects.user]
title = { en = "Users", es = "Usuarios" }
[rights.erasure]
channels = ["page"]
"""
)
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": OURS}
NAMES = [screen.name for screen in SCREENS]
LISTS = [screen.name for screen in SCREENS if screen.columns]
WITH_PAGES = [screen.name for screen in SCREENS if screen.more]
ADA = SubjectRef("user", "1")
ADDRESS = "ada@example.org"
SEALED = b"sealed-secret-bytes"


class Base(DeclarativeBase):
    """What the app's models hang on."""


@personal_data(
    "contact",
    subjects={"user": "self"},
    anchors={"created": "joined_at"},
    address="email",
    on_erase={"user": "delete"},
)
class User(Base):
    """Somebody with an account."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    joined_at: Mapped[dt.datetime]


@dataclass(frozen=True)
class Office:
    """The admin of an app: `allowed` is what its staff may see and do, `name` who of them is signed in."""

    app: Flask
    db: SQLAlchemy
    client: FlaskClient
    allowed: set[str] = field(default_factory=set)
    name: list[str] = field(default_factory=lambda: ["dana"])

    @property
    def guard(self) -> Guard:
        """The app's guard."""
        made: Guard = self.app.extensions["consentguard"].at()
        return made

    def get(self, path: str) -> TestResponse:
        """A visit of the staff."""
        return self.client.get(f"/admin/privacy/{path}", base_url=OURS)

    def post(self, path: str, headers: dict[str, str] = FROM_OUR_PAGE, **form: str) -> TestResponse:
        """A form of the staff's."""
        return self.client.post(f"/admin/privacy/{path}", base_url=OURS, headers=headers, data=form)

    def acts(self, act: str) -> list[str]:
        """The people whom acts of this kind concern."""
        return [entry.subject for entry in self.guard.stores.entries.unsealed(None, 1_000) if entry.act == act]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that runs meanwhile."""
        ran: list[str] = []

        def note(_: object, __: object, statement: str, *rest: object) -> None:
            ran.append(statement)

        sa.event.listen(self.db.engine, "before_cursor_execute", note)
        yield ran
        sa.event.remove(self.db.engine, "before_cursor_execute", note)


def make_office(folder: Path, url: str = "", more: str = "", **options: object) -> Office:
    """An app at `url`, or on SQLite, whose policy says `more` and whose staff may do everything; `options` are ours."""
    (folder / "privacy.toml").write_text(POLICY + more, "utf-8")
    keyring(2).write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        SQLALCHEMY_DATABASE_URI=url or f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
    )
    app.config.update({f"CONSENTGUARD_{name.upper()}": value for name, value in options.items()})
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    CSRFProtect(app)
    ConsentGuard(app, db)
    office = Office(app, db, app.test_client(), {*NAMES, *PERMISSIONS, VERIFY})
    add_views(Admin(app), accessible=office.allowed.__contains__, who=lambda: office.name[0])
    with app.app_context():
        db.create_all()
    return office


@contextmanager
def opened(folder: Path, more: str = "") -> Iterator[Office]:
    """An admin whose staff may do everything, over a database in which Ada has an account."""
    made = make_office(folder, more=more)
    with made.app.app_context():
        made.db.session.add(User(id=1, email=ADDRESS, joined_at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001 - the host's own
        made.db.session.commit()
        yield made


def a_request(guard: Guard, **facts: object) -> RightsRequest:
    """A confirmed request of Ada's to be erased, kept in the store."""
    now = guard.clock.now()
    made = RightsRequest(
        id=new_id(now),
        right="erasure",
        state="confirmed",
        received_at=now,
        due_on=now.date() + dt.timedelta(days=12),
        language="en",
        jurisdiction="ES",
        contact=guard.rights.means.contacts.seal(ADDRESS.encode()),
        contact_ref=guard.pseudonyms.of_address(ADDRESS),
        owes="",
        confirmed_at=now,
    )
    made = replace(made, **facts)  # type: ignore[arg-type]
    guard.stores.requests.add(made)
    return made


def fill(guard: Guard, rows: int = 1) -> None:
    """Keep so many records of each kind, the first of them Ada's."""
    now = guard.clock.now()
    with guard.stores.transactions.atomic():
        for number in range(rows):
            who = guard.pseudonyms.of(SubjectRef("user", str(number + 1)))
            chosen = {"policy": "ab" * 32, "accepted": "analytics", "refused": "", "language": "es", "jurisdiction": ""}
            made = {"method": "accept", "component": "banner", "gpc": False, "lasts": 60}
            guard.evidence.record(ACT, who, **chosen, **made)
            guard.stores.age_claims.add(
                AgeClaim(
                    id=new_id(now),
                    at=now,
                    subject=who,
                    threshold=18,
                    outcome="over",
                    method="screen",
                    assurance="self_declared",
                    version="ab" * 8,
                )
            )
            factor = Authenticator(id=new_id(now), subject=who, state="active", secret=SEALED, created_at=now)
            guard.stores.authenticators.add(factor)
            guard.stores.guardian_consents.add(
                GuardianConsent(
                    id=new_id(now),
                    state="noticed",
                    asked_at=now,
                    expires_at=now,
                    subject=who,
                    child=SEALED,
                    contact=SEALED,
                    language="en",
                )
            )
            guard.stores.minor_reports.add(
                MinorReport(
                    id=new_id(now),
                    state="received",
                    source="staff",
                    received_at=now,
                    due_at=now,
                    subject=who,
                    details=guard.minors.sealer.seal(b""),
                )
            )
            a_request(guard)
            work(guard, str(number + 1))


def work(guard: Guard, key: str) -> None:
    """A hold, an errand, a mark and a run."""
    now, who = guard.clock.now(), SubjectRef("user", key)
    held = Hold(id=new_id(now), reason="Case 7", author="dana", placed_at=now, review_on=now.date(), subject=who)
    guard.stores.holds.place(held)
    guard.stores.marks.add(Mark(id=new_id(now), kind="restriction", at=now, subject=who))
    errand: dict[str, object] = {"kind": "erase", "target": "mailbox", "hand": "person", "made_at": now, "next_at": now}
    guard.stores.errands.add([Errand(id=new_id(now), about="", payload=SEALED, **errand)])  # type: ignore[arg-type]
    run = Run(
        id=new_id(now), kind="retention", about="", digest="", plan=SEALED, state="done", started_at=now, beat_at=now
    )
    guard.stores.runs.add(run)


def text_of(answer: TestResponse) -> str:
    """What stands on a page between the frame's end and the page's, white space made one."""
    return " ".join(html.document_fromstring(answer.data).text_content().split())


def hide(office: Office, answer: TestResponse) -> None:
    """Nothing on the page is a key, an address, or what is sealed."""
    bare = [SEALED, *(key.secret for key in office.guard.site.keyring.keys)]
    forms = (each for secret in bare for each in (repr(secret)[2:-1], secret.hex(), b64encode(secret).decode()))
    assert not [each for each in (ADDRESS, *forms) if each in answer.text]
