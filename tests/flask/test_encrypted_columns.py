"""The commands on encrypted columns, as `flask consentguard` runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.sqlalchemy.encrypted import Encrypted
from tests.web_policy import POLICY

db = SQLAlchemy()


class Customer(db.Model):  # type: ignore[name-defined, misc]
    """A column in clear, and another of bytes beside it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    sealed: Mapped[str | None] = mapped_column(Encrypted(sa.String(40), name="customer.phone", copies="phone"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """A site with two customers and two keys."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    keyring(2).write(tmp_path / "shop.keys")
    app = Flask("shop", root_path=str(tmp_path))
    app.config |= {
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'shop.sqlite3'}",
        "CONSENTGUARD_MANIFEST": str(tmp_path / "privacy.toml"),
        "CONSENTGUARD_KEYRING": str(tmp_path / "shop.keys"),
    }
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": sa.NullPool}
    db.init_app(app)
    ConsentGuard(app, db)
    with app.app_context():
        db.create_all()
        db.session.execute(sa.insert(Customer.__table__).values([{"phone": "one"}, {"phone": None}]))
        db.session.commit()
    yield app
    installed.uninstall()


def test_a_column_is_moved_and_rotated(app: Flask, tmp_path: Path) -> None:
    """By the app's own command, on the database of its configuration."""
    run = app.test_cli_runner().invoke

    def printed(*arguments: str) -> str:
        done = run(args=["consentguard", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert printed("encrypt-column", "Customer.phone") == "encrypt Customer.sealed: verified\n"
    assert "Customer.sealed: 1 under key 2" in printed("keys", "rotate")
    printed("keys", "new")
    assert "Customer.sealed: 1 under key 2 -> 1 under key 3" in printed("keys", "rotate")
    assert printed("encrypt-column", "customer.phone", "--strict").endswith("strict\n")
    assert printed("encrypt-column", "customer.sealed", "--end").endswith("ended\n")
