"""The commands on encrypted columns, as `flask consentguard` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from consentguard.crypto import installed
from consentguard.guards import Guards
from consentguard.records import SubjectRef
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


@pytest.fixture
def printed(app: Flask) -> Callable[..., str]:
    """What the app's own command prints, on the database of its configuration."""

    def run(*arguments: str) -> str:
        done = app.test_cli_runner().invoke(args=["consentguard", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_a_second_factor_outlives_a_rotation(app: Flask, printed: Callable[..., str]) -> None:
    """Its secret comes along under the new key, still bound to its row, and its codes are right."""
    who, guards = SubjectRef("user", "1"), app.extensions["consentguard"]
    with app.app_context():
        feature = guards.at().twofactor
        phone = pyotp.TOTP(feature.enrol(who).key.replace(" ", ""))
    printed("keys", "new")
    assert "consentguard_authenticator.secret: 1 under key 2 -> 1 under key 3" in printed("keys", "rotate")
    with app.app_context():
        restarted = Guards(guards.host).at()
        assert restarted.twofactor.activate(who, phone.now()).verdict == "ok"


def test_a_column_is_moved_and_rotated(printed: Callable[..., str]) -> None:
    """By the app's own command."""
    assert printed("encrypt-column", "Customer.phone") == "encrypt Customer.sealed: verified\n"
    assert "Customer.sealed: 1 under key 2" in printed("keys", "rotate")
    printed("keys", "new")
    assert "Customer.sealed: 1 under key 2 -> 1 under key 3" in printed("keys", "rotate")
    assert printed("encrypt-column", "customer.phone", "--strict").endswith("strict\n")
    assert printed("encrypt-column", "customer.sealed", "--end").endswith("ended\n")
