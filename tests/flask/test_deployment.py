"""`check --deploy` in Flask: what the configuration tells is judged, and what nobody can know is said to be unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_login import LoginManager
from flask_security import Security, SQLAlchemyUserDatastore
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman

from consentguard.deployed import deployed
from consentguard.deployment import IDS
from consentguard.guard import Guard
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from tests.flask.office import POLICY

FACTOR = "\n[twofactor]\n"
WELL: dict[str, Any] = {
    "SECRET_KEY": "9f2b7c4e1d8a6035" * 4,
    "TRUSTED_HOSTS": ["clinic.example.com"],
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SQLALCHEMY_DATABASE_URI": "sqlite://",
    "CONSENTGUARD_LIMITS": "redis://127.0.0.1:1/0",
}
UNKNOWN = ["H-TLS-REDIRECT", "H-HSTS", "H-HASHER"]
CASES: list[tuple[str, dict[str, Any]]] = [
    ("H-DEBUG", {"DEBUG": True}),
    ("H-SECRET-KEY", {"SECRET_KEY": None}),
    ("H-SECRET-KEY", {"SECRET_KEY": "dev"}),
    ("H-SECRET-KEY", {"SECRET_KEY_FALLBACKS": [b"short"]}),
    ("H-ANY-HOST", {"TRUSTED_HOSTS": None}),
    ("H-COOKIE-SECURE", {"SESSION_COOKIE_SECURE": False}),
    ("H-COOKIE-HTTPONLY", {"SESSION_COOKIE_HTTPONLY": False}),
    ("H-COOKIE-SAMESITE", {"SESSION_COOKIE_SAMESITE": None}),
    ("H-BASE-URL", {"CONSENTGUARD_BASE_URL": "http://clinic.example.com"}),
    ("H-LIMITS", {"CONSENTGUARD_LIMITS": "memory://"}),
    ("H-KEY-AGE", {"CONSENTGUARD_KEY_PERIOD": "P0D"}),
    ("H-DATABASE-TLS", {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://clinic@db.example.com/clinic"}),
    ("H-DATABASE-TLS", {"SQLALCHEMY_DATABASE_URI": "mysql+pymysql://clinic@db.example.com/clinic"}),
    (
        "H-DATABASE-TLS",
        {"SQLALCHEMY_BINDS": {"archive": "postgresql+psycopg://clinic@10.0.0.7/archive?sslmode=prefer"}},
    ),
]
FINE: list[dict[str, Any]] = [
    {},
    {"SESSION_COOKIE_SAMESITE": "Strict"},
    {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://clinic@127.0.0.1/clinic"},
    {"SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://clinic@db.example.com/clinic?sslmode=verify-full"},
    {"SQLALCHEMY_DATABASE_URI": "mysql+pymysql://clinic@db.example.com/clinic?ssl_ca=/etc/ca.pem"},
    {
        "SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://clinic@db.example.com/clinic",
        "SQLALCHEMY_ENGINE_OPTIONS": {"connect_args": {"sslmode": "require"}},
    },
]


def app(folder: Path, **changed: Any) -> Flask:
    """An app of which nothing is weak, but for what is changed."""
    (folder / "privacy.toml").write_text(POLICY + FACTOR, "utf-8")
    if not (folder / "keyring.json").exists():
        keyring().write(folder / "keyring.json")
    made = Flask("clinic", root_path=str(folder))
    made.config.update(WELL | {"CONSENTGUARD_KEYRING": str(folder / "keyring.json")} | changed)
    return made


def guard_of(made: Flask) -> Guard:
    """The app's guard, once it has what consentguard needs."""
    guard: Guard = ConsentGuard(made, SQLAlchemy(made)) and made.extensions["consentguard"].at()
    return guard


def found(made: Flask) -> list[tuple[str, str]]:
    """The ids and severities of what is found."""
    return [(each.id, each.severity) for each in deployed(guard_of(made).site)]


@pytest.mark.parametrize("changed", FINE)
def test_an_app_whose_configuration_is_well_has_notes_alone(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Of what a proxy may do, and of the hasher that stands in its code."""
    assert found(app(tmp_path, **changed)) == [(each, "note") for each in UNKNOWN]


@pytest.mark.parametrize(("id_", "changed"), CASES)
def test_a_weak_value_is_found(tmp_path: Path, id_: str, changed: dict[str, Any]) -> None:
    """Under its id, alone."""
    assert [name for name, severity in found(app(tmp_path, **changed)) if severity != "note"] == [id_]


def test_each_id_is_seen_to_fire() -> None:
    """In this framework, by a case above or a test below."""
    below = {"H-TLS-REDIRECT", "H-HSTS", "H-HASHER", "H-STAFF-FACTOR"}
    assert {id_ for id_, _ in CASES} | below == set(IDS)


def test_what_flask_talisman_does_is_known(tmp_path: Path) -> None:
    """It leads to TLS, tells browsers so, and sets the session's cookie right; or does not, as it is told."""
    good = app(tmp_path, SESSION_COOKIE_SECURE=False)
    Talisman(good)
    assert found(good) == [("H-HASHER", "note")]
    bad = app(tmp_path)
    Talisman(bad, force_https=False, strict_transport_security=False)
    assert found(bad) == [("H-TLS-REDIRECT", "warning"), ("H-HSTS", "warning"), ("H-HASHER", "note")]


class Member:
    """What Flask-Security asks of a user's class at start-up."""

    fs_uniquifier = ""


@pytest.mark.parametrize(("scheme", "expected"), [("argon2", []), ("plaintext", [("H-HASHER", "error")])])
def test_what_flask_security_hashes_with_is_known(tmp_path: Path, scheme: str, expected: list[tuple[str, str]]) -> None:
    """By its setting."""
    made = app(tmp_path, SECURITY_PASSWORD_HASH=scheme, SECURITY_PASSWORD_SALT="salt" * 8)
    made.config["SECURITY_USE_REGISTER_V2"] = True
    db = SQLAlchemy(made)
    Security(made, SQLAlchemyUserDatastore(db, Member, None), register_blueprint=False)
    ConsentGuard(made, db)
    site = made.extensions["consentguard"].at().site
    assert [(each.id, each.severity) for each in deployed(site) if each.id == "H-HASHER"] == expected


def test_the_cookie_of_flask_login_is_judged_too(tmp_path: Path) -> None:
    """It stays for a year, so it matters more than a session's."""
    made = app(tmp_path)
    LoginManager(made)
    wheres = {each.where for each in deployed(guard_of(made).site) if each.severity != "note"}
    assert wheres == {"REMEMBER_COOKIE_SECURE", "REMEMBER_COOKIE_SAMESITE"}


def test_the_setting_says_who_is_staff(tmp_path: Path) -> None:
    """Outside of a request too, as a command asks; without it nobody knows."""
    made = app(tmp_path, CONSENTGUARD_STAFF=lambda: [1, 2])
    guard = guard_of(made)
    with made.app_context():
        made.extensions["sqlalchemy"].create_all()
    counted = [each.message for each in deployed(guard.site, guard) if each.id == "H-STAFF-FACTOR"]
    assert [each[:6] for each in counted] == ["2 of 2"]
    unknown = guard_of(app(tmp_path))
    assert ("H-STAFF-FACTOR", "note") in [(each.id, each.severity) for each in deployed(unknown.site, unknown)]
