"""Configuration: defaults for a demo, each replaceable from the environment."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import URL, NullPool

DEMO_SECRET_KEY = "demo-only-change-me"
DEMO_URL = "http://localhost:8002"


def defaults(instance_path: str) -> dict[str, Any]:
    """Configuration values; the database lies in `instance_path` unless SMS_GATEWAY_DB names another file."""
    database = Path(os.environ.get("SMS_GATEWAY_DB") or Path(instance_path) / "sms_gateway.sqlite3").absolute()
    mail_server = os.environ.get("SMS_GATEWAY_MAIL_SERVER")
    return {
        "SECRET_KEY": os.environ.get("SMS_GATEWAY_SECRET_KEY", DEMO_SECRET_KEY),
        "DATABASE_PATH": database,
        # Off by default because the demo speaks plain http; a deployment behind TLS sets the variable to 1.
        "SESSION_COOKIE_SECURE": os.environ.get("SMS_GATEWAY_HTTPS") == "1",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": os.environ.get("SMS_GATEWAY_HTTPS") == "1",
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        # Every column that leads to a person must be classified; privacy.toml says what the site promises.
        "CONSENTGUARD_COVERAGE": "strict",
        # A cookie that privacy.toml does not declare, or that the visitor has not agreed to, does not leave.
        "CONSENTGUARD_COOKIES": "strip",
        # Links in mails begin with it, and what other sites send is told from our own forms by it.
        "CONSENTGUARD_BASE_URL": os.environ.get("SMS_GATEWAY_URL") or DEMO_URL,
        # What each of the staff may do with what consentguard keeps, and whose second factors the check counts.
        "CONSENTGUARD_MAY": "sms_gateway.staff.may",
        "CONSENTGUARD_STAFF": "sms_gateway.staff.keys",
        # Who privacy.toml means by a privacy officer.
        "CONSENTGUARD_HAS_ROLE": "sms_gateway.staff.has_role",
        "CONSENTGUARD_API_KEYS": "sms_gateway.keys.api_keys",
        # What a request has done in other places; where none is named, somebody does it.
        "CONSENTGUARD_CONNECTORS": {"uploads": "sms_gateway.recipients.erase_files"},
        # Without a mail server the mails wait in files beside the database, and the page /outbox shows them.
        "MAIL_BACKEND": "smtp" if mail_server else "file",
        "MAIL_SERVER": mail_server,
        "MAIL_DEFAULT_SENDER": "privacy@pebblewire.example.com",
        # SQLite connections are cheap; closing each after use leaves none open when the process ends.
        "SQLALCHEMY_ENGINE_OPTIONS": {"poolclass": NullPool},
    }


def prepare_storage(app: Flask) -> None:
    """Derive from DATABASE_PATH what lies beside the database, and create its folder and the one for uploads."""
    database: Path = app.config["DATABASE_PATH"]
    app.config["SQLALCHEMY_DATABASE_URI"] = URL.create("sqlite", database=str(database))
    app.config["UPLOAD_FOLDER"] = database.parent / "uploads"
    app.config["UPLOAD_FOLDER"].mkdir(parents=True, exist_ok=True)
    app.config["MAIL_FILE_PATH"] = database.with_suffix(".outbox")
    # Like DEMO_SECRET_KEY for a demo only: the keys of a real site lie apart from its data.
    app.config["CONSENTGUARD_KEYRING"] = database.with_suffix(".keys")
    app.config["CONSENTGUARD_LEDGER"] = f"file:{database.with_suffix('.ledger.jsonl')}"
