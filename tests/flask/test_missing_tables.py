"""`flask consentguard check` on an app whose forms have no tables to write to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from consentguard_flask import ConsentGuard
from tests.web_policy import POLICY


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """A site whose policy has a form for requests; its own table is there, as it was before consentguard was."""
    policy = POLICY.replace('channels = ["email"]', 'channels = ["page"]')
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    db = SQLAlchemy()

    class Customer(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)

    app = Flask("site", root_path=str(tmp_path))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'site.sqlite3'}"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": sa.NullPool}
    db.init_app(app)
    with app.app_context():
        db.create_all()
    ConsentGuard(app, db)
    return app


def missing(app: Flask) -> list[dict[str, str]]:
    """What the command finds about tables."""
    answer = app.test_cli_runner().invoke(args=["consentguard", "check", "--json"])
    return [found for found in json.loads(answer.stdout)["findings"] if found["id"] == "P-NO-TABLES"]


def test_missing_tables_are_an_error_with_the_command_that_makes_them(app: Flask) -> None:
    """The forms would answer 503; once the tables are made nothing is said."""
    [found] = missing(app)
    assert found["severity"] == "error"
    assert "consentguard_rights_request" in found["message"]
    assert "flask consentguard create-tables" in found["hint"]
    assert app.test_cli_runner().invoke(args=["consentguard", "create-tables"]).exit_code == 0
    assert missing(app) == []


def test_a_database_that_cannot_be_reached_is_no_mistake(app: Flask, tmp_path: Path) -> None:
    """A build has none."""
    (tmp_path / "site.sqlite3").unlink()
    (tmp_path / "site.sqlite3").mkdir()
    assert missing(app) == []


def test_an_app_without_a_database_is_not_asked_for_tables(tmp_path: Path, app: Flask) -> None:
    """Its forms say themselves that they need one."""
    bare = Flask("bare", root_path=str(tmp_path))
    ConsentGuard(bare)
    assert missing(bare) == []
