"""The commands of the sms_gateway example site: making its tables, filling them, archiving messages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

SITE = Path(__file__).parents[2] / "example_projects" / "sms_gateway"


@pytest.fixture(scope="module", autouse=True)
def site_on_path() -> Iterator[None]:
    """Make the example importable, as starting Flask from its folder does."""
    sys.path.insert(0, str(SITE))
    yield
    sys.path.remove(str(SITE))


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """The site with demo data."""
    from sms_gateway import create_app

    app = create_app({"DATABASE_PATH": tmp_path / "site.sqlite3"})
    for command in ("init-db", "seed"):
        assert app.test_cli_runner().invoke(args=[command]).exit_code == 0
    return app


def row_counts(app: Flask) -> dict[str, int]:
    """How many rows each table of the site's own holds."""
    from sms_gateway.extensions import db

    own = [table for table in db.metadata.sorted_tables if not table.name.startswith("consentguard_")]
    with app.app_context():
        return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in own}


def test_seed_fills_every_table_once(app: Flask) -> None:
    """The demo data has at least 1,000 rows, some in every table, and seeding again adds none."""
    before = row_counts(app)
    again = app.test_cli_runner().invoke(args=["seed"])
    assert sum(before.values()) >= 1000
    assert all(before.values())
    assert "nothing was changed" in again.output
    assert row_counts(app) == before


def test_seed_is_deterministic_and_scales() -> None:
    """The same day and size give the same rows; a larger size gives at least that many, and no number twice."""
    from sms_gateway.models import utc_now
    from sms_gateway.seed import all_rows
    from sms_gateway.seed.source import Source

    now = utc_now()
    first, second = (
        [rows for model, rows in all_rows(Source(300, now)) if model.__tablename__ != "customer"] for _ in range(2)
    )
    assert first == second
    large = {model.__tablename__: rows for model, rows in all_rows(Source(80_000, now))}
    pairs = [(row["customer_id"], row["phone"]) for row in large["recipient"]]
    assert sum(map(len, large.values())) >= 80_000
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("command", ["seed", "stored"])
def test_a_command_before_init_db_says_what_to_do(tmp_path: Path, command: str) -> None:
    """Without tables the command names the one to run first."""
    from sms_gateway import create_app

    app = create_app({"DATABASE_PATH": tmp_path / "empty.sqlite3"})
    refused = app.test_cli_runner().invoke(args=[command])
    assert refused.exit_code == 1
    assert "init-db" in refused.output


def test_init_db_makes_a_keyring_once(app: Flask) -> None:
    """The demo's keys lie beside the database, for their owner alone, and are never made anew."""
    keyring = app.config["CONSENTGUARD_KEYRING"]
    before = keyring.read_bytes()
    assert app.test_cli_runner().invoke(args=["init-db"]).exit_code == 0
    assert keyring.read_bytes() == before
    assert keyring.stat().st_mode & 0o777 == 0o600


def test_stored_shows_a_number_that_its_file_does_not_hold(app: Flask) -> None:
    """The command finds the phone number by its key, and not in the bytes of the database."""
    shown = app.test_cli_runner().invoke(args=["stored"])
    assert "+442079460123 is stored as 01" in shown.output
    assert "The number is not in its file" in shown.output


def test_messages_are_archived_a_week_after_delivery(app: Flask) -> None:
    """The weekly command marks what is due, once, and keeps the rest."""
    from sms_gateway.extensions import db
    from sms_gateway.models import Message

    with app.app_context():
        db.session.execute(update(Message).values(archived_at=None))
        db.session.commit()
    first, second = (app.test_cli_runner().invoke(args=["archive-messages"]).output for _ in range(2))
    assert int(first.split()[0]) > 0
    assert int(second.split()[0]) == 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Message.archived_at.is_(None)))
