"""The ledger in a table of another database does what every ledger must, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import NullPool

from consentguard.ports import Ledger, LedgerError
from consentguard.testing import contracts
from consentguard.tombstones.in_database import TABLE, DatabaseLedger
from consentguard_flask.host import FlaskHost


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> FlaskHost:
    """A site with a bind that keeps the ledger."""
    own = f"sqlite:///{tmp_path}/"
    other = f"{own}archive.sqlite3" if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"{own}site.sqlite3",
        SQLALCHEMY_BINDS={"archive": {"url": other, "poolclass": NullPool}},
    )
    host = FlaskHost(app, SQLAlchemy(app))
    host.ask("archive", lambda kind: f"DROP TABLE IF EXISTS {TABLE}")
    return host


class TestDatabaseLedger(contracts.LedgerContract):
    """A table that is made with the first entry."""

    @pytest.fixture
    def opened(self, host: FlaskHost) -> Callable[[], Ledger]:
        """In the other database."""
        return partial(DatabaseLedger, host.ask, "archive", "default")


def test_each_database_has_its_own(host: FlaskHost) -> None:
    """They share a table, and neither sees what is about the other."""
    stone = contracts.outside._stone(1)
    DatabaseLedger(host.ask, "archive", "default").append((stone,))
    DatabaseLedger(host.ask, "archive", "shop").append((stone,))
    assert [*DatabaseLedger(host.ask, "archive", "shop").read()] == [stone]
    assert [*DatabaseLedger(host.ask, "archive", "else").read()] == []


def test_a_changed_row_is_no_entry(host: FlaskHost) -> None:
    """What is no hex, or no entry, is refused."""
    ledger = DatabaseLedger(host.ask, "archive", "default")
    ledger.append((contracts.outside._stone(1),))
    host.ask("archive", lambda kind: f"UPDATE {TABLE} SET entry = 'nothing'")  # noqa: S608 - our own table
    with pytest.raises(LedgerError):
        [*ledger.read()]
