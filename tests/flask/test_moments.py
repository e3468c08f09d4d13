"""Since when somebody is signed in to a Flask app: Flask-Login tells, the session notes it, nothing makes it newer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_login import confirm_login, login_user
from flask_sqlalchemy import SQLAlchemy

from consentguard.testing.clock import FrozenClock
from consentguard_flask.people import SIGNED_IN_AT
from tests.flask.test_second_factor import User, make_app
from tests.web_doors import OURS
from tests.web_factor import FACTOR

SENT = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Host": OURS.removeprefix("https://")}
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Visitor:
    """A browser. `/login` signs the customer in, `/payout` takes a sign-in of the last five minutes of them."""

    client: FlaskClient
    clock: FrozenClock

    def send(self, path: str, **form: str) -> str:
        """What comes of a form: a text, or where it leads to."""
        return _told(self.client.post(path, data=form, headers=SENT))

    def is_paid(self) -> bool:
        """Whether their sign-in is believed to be of the last minutes; else they are sent to sign in."""
        told = _told(self.client.get("/payout", headers=SENT))
        assert told in ("Paid", "/login?next=/payout")
        return told == "Paid"

    def may_set_up(self) -> bool:
        """Whether they may set up a first factor; else they are sent to sign in."""
        told = self.send(f"{FACTOR}/setup", answer="start")
        assert told in (f"{FACTOR}/setup", "/login?next=")
        return told == f"{FACTOR}/setup"


def _told(answer: Any) -> str:
    return str(answer.headers.get("Location") or answer.text)


def visitor_of(folder: Path, **config: Any) -> Visitor:
    """A visitor of an app in a folder."""
    app, db = make_app(folder, "[twofactor]\n", **config)
    _add_views(app, db)
    return Visitor(app.test_client(), app.extensions["consentguard"].site().clock)


def _add_views(app: Flask, db: SQLAlchemy) -> None:
    """Whatever happens to a session, each by a view."""

    @app.post("/remembered")
    def remembered() -> str:
        login_user(db.session.get_one(User, 1), remember=True)
        return "In"

    @app.post("/confirm")
    def confirm() -> str:
        confirm_login()
        return "Fresh"

    @app.post("/forget/<path:names>")
    def forget(names: str) -> str:
        for name in names.split("/"):
            session.pop(name, None)
        return "Gone"

    @app.post("/noted")
    def noted() -> str:
        return str(SIGNED_IN_AT in session)


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    return visitor_of(tmp_path)


def test_the_session_notes_when_somebody_signs_in(visitor: Visitor) -> None:
    """Without any setting: at once they may do what is grave, and later, with the same cookie, they sign in anew."""
    visitor.send("/login", who="customer")
    assert (visitor.is_paid(), visitor.may_set_up()) == (True, True)
    visitor.clock.tick(HOUR)
    assert (visitor.is_paid(), visitor.may_set_up()) == (False, False)


def test_the_cookie_that_remembers_somebody_brings_no_moment(visitor: Visitor) -> None:
    """Whoever it brings back gives the password anew; then the session notes that."""
    visitor.send("/remembered")
    visitor.send("/forget/_user_id/_fresh/_id/" + SIGNED_IN_AT)
    assert (visitor.is_paid(), visitor.may_set_up()) == (False, False)
    visitor.send("/confirm")
    assert (visitor.is_paid(), visitor.may_set_up()) == (True, True)


def test_the_moment_of_a_sign_in_before_is_not_that_of_whom_the_cookie_brings_back(visitor: Visitor) -> None:
    """It goes as the cookie takes the session over."""
    visitor.send("/remembered")
    visitor.send("/forget/_user_id/_fresh")
    assert not visitor.is_paid()
    assert visitor.send("/noted") == "False"


def test_a_session_from_before_knows_no_moment(visitor: Visitor) -> None:
    """Of an app that has this version only now: whoever is signed in there signs in anew."""
    visitor.send("/login", who="customer")
    visitor.send(f"/forget/{SIGNED_IN_AT}")
    assert (visitor.is_paid(), visitor.may_set_up()) == (False, False)


def test_the_moment_ends_with_the_sign_in(visitor: Visitor) -> None:
    """Nothing of it stays in the session for whoever comes next."""
    visitor.send("/login", who="customer")
    assert visitor.send("/noted") == "True"
    visitor.send("/logout")
    assert visitor.send("/noted") == "False"


def test_the_app_s_own_word_counts_for_more(tmp_path: Path) -> None:
    """What the setting says of a sign-in, whatever the session noted."""
    long_ago = dt.datetime.now(dt.UTC) - HOUR
    visitor = visitor_of(tmp_path, CONSENTGUARD_SIGNED_IN_AT=lambda _: long_ago)
    visitor.send("/login", who="customer")
    assert (visitor.is_paid(), visitor.may_set_up()) == (False, False)


@pytest.mark.parametrize(
    ("told", "believed"), [({}, False), ({"CONSENTGUARD_SIGNED_IN_AT": "consentguard_flask.people.since"}, True)]
)
def test_whom_the_app_names_itself_has_no_moment_of_somebody_else(
    tmp_path: Path, told: dict[str, str], believed: bool
) -> None:
    """Where the setting `subject` says who it is, Flask-Login's user may be another, unless the app says otherwise."""
    visitor = visitor_of(tmp_path, CONSENTGUARD_SUBJECT=lambda _: "1", **told)
    visitor.send("/login", who="customer")
    assert (visitor.is_paid(), visitor.may_set_up()) == (believed, believed)
    visitor.send("/forget/_user_id")
    assert not visitor.is_paid()
