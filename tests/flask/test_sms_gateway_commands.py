"""The commands of the sms_gateway example site: making its tables, filling them, and what the policy does there."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from consentguard import SubjectRef
from consentguard.words import words

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


def test_messages_lose_their_content_a_week_after_delivery(app: Flask) -> None:
    """Retention empties the text and the number of what was delivered long ago, leaves what is held, and keeps rows."""
    from sms_gateway.extensions import db
    from sms_gateway.models import Message, utc_now
    from sms_gateway.seed.desk import HELD

    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Message))
        guard = app.extensions["consentguard"].at()
        guard.retention.accept(guard.retention.preview(words("en")).digest, "dpo")
        guard.retention.run(guard.retention.due("message_content"))
        emptied = select(Message).where(Message.body.is_(None))
        assert {message.to_number for message in db.session.scalars(emptied)} == {""}
        late = Message.delivered_at < utc_now() - timedelta(days=7)
        left = set(db.session.scalars(select(Message.customer_id).where(late, Message.body.is_not(None))))
        assert left <= {HELD}
        assert db.session.scalar(select(func.count()).select_from(Message)) == before


def test_whoever_objects_is_counted_no_more(app: Flask) -> None:
    """The report on usage is made for a purpose, from which an objection takes a customer out."""
    before = app.test_cli_runner().invoke(args=["report-usage"]).output
    with app.app_context():
        restrictions = app.extensions["consentguard"].at().restrictions
        assert restrictions.object(SubjectRef("customer", "1"), "improvement").granted
    after = app.test_cli_runner().invoke(args=["report-usage"]).output
    assert before.endswith("\n0 left out, who objected\n")
    assert after.endswith("\n1 left out, who objected\n")
    assert before.splitlines()[:3] != after.splitlines()[:3]


def test_a_connector_deletes_what_a_customer_uploaded(app: Flask) -> None:
    """The files of whoever is erased go, those of others stay; what a file was corrected to is not asked."""
    from consentguard.errands import Notice
    from sms_gateway.recipients import erase_files

    uploads: Path = app.config["UPLOAD_FOLDER"]
    others = [file for file in uploads.rglob("*.csv") if file.parent.name != "1"]
    notice = Notice(kind="erase", target="uploads", request="r", people=("customer:1",))
    with app.app_context():
        assert erase_files(Notice(kind="rectify", target="uploads", request="r")).startswith("a file stays")
        assert [erase_files(notice), erase_files(notice)] == ["2 files deleted", "0 files deleted"]
    assert [*uploads.rglob("*.csv")] == others


def test_the_desk_has_a_hold_and_a_partial_request(app: Flask) -> None:
    """The demo shows what waits for a person: a hold, a request that nobody confirmed, one that is partial."""
    with app.app_context():
        guard = app.extensions["consentguard"].at()
        assert len(guard.holds.in_force()) == 1
        (partial,) = guard.stores.requests.in_state("partial", 2)
        assert {errand.target for errand in guard.errands.unanswered(partial.id)} > {"uploads", "hosting"}
