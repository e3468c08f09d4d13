"""Several workers share a run over a real broker: one is killed in the midst of its share, and every row goes once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from tests.conftest import own_database, url_of

pytest.importorskip("celery", reason='celery is not installed: pip install "consentguard[celery]"')
pytestmark = [pytest.mark.redis, pytest.mark.postgres]
SECONDS = 60
SITE = "tests.celery.shared_site"


class Shared:
    """The site: its database, its queue, and the processes that work for it."""

    def __init__(self, environment: dict[str, str], database: Any) -> None:
        self.environment, self.database = environment, database
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start a worker."""
        options = (
            "--pool=solo",
            "--without-gossip",
            "--without-mingle",
            "-l",
            "ERROR",
            "-n",
            f"{len(self.workers)}@%h",
        )
        command = [sys.executable, "-m", "celery", "-A", SITE, "worker", *options]
        self.workers.append(subprocess.Popen(command, env=self.environment))
        return self.workers[-1]

    def send(self, task: str, **arguments: object) -> None:
        """Send a task."""
        from celery import Celery

        with Celery(broker=self.environment["CONSENTGUARD_TEST_REDIS"], set_as_current=False) as app:
            app.conf.broker_transport_options = {"global_keyprefix": self.environment["CONSENTGUARD_TEST_QUEUE"]}
            app.send_task(task, kwargs=arguments)

    def rows(self, query: str) -> list[Any]:
        """What a query gives."""
        from sqlalchemy import text

        with self.database.connect() as connection:
            return list(connection.execute(text(query)))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds. Raises AssertionError where it does not in time."""
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.01)

    def stop(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            worker.wait(SECONDS)


@pytest.fixture
def shared(redis_url: str, tmp_path: Path) -> Iterator[Shared]:
    """The site with its old rows, in a database of its own, and no worker yet."""
    from sqlalchemy import NullPool, create_engine

    with ExitStack() as stack:
        url = stack.enter_context(own_database(url_of("CONSENTGUARD_TEST_POSTGRES")))
        own = {
            "CONSENTGUARD_TEST_REDIS": redis_url,
            "CONSENTGUARD_TEST_QUEUE": f"consentguard_{uuid.uuid4().hex}_",
            "CONSENTGUARD_TEST_SITE": url.replace("+psycopg", ""),
            "CONSENTGUARD_TEST_FOLDER": str(tmp_path),
            VARIABLE: keyring().dumps(),
        }
        made = Shared({**os.environ, **own}, create_engine(url, poolclass=NullPool))
        stack.callback(made.stop)
        subprocess.run([sys.executable, "-m", SITE], env=made.environment, check=True)
        yield made


def test_a_worker_that_is_killed_in_its_share_loses_nothing(shared: Shared) -> None:
    """What it had not done is handed out again: all old rows go, each is counted once, and the young ones stay."""
    shares = "SELECT about, state, last_key FROM consentguard_run WHERE about <> '' AND kind = 'retention'"
    killed, _ = shared.start(), shared.start()
    shared.send("consentguard.retention")
    shared.until(lambda: sum(share.last_key != "" for share in shared.rows(shares)) == 2)
    killed.kill()
    killed.wait(SECONDS)
    shared.until(lambda: sorted(share.state for share in shared.rows(shares)) == ["done", "open"])
    assert shared.rows("SELECT count(*) FROM note WHERE written < now()") != [(0,)]
    shared.send("consentguard.retention", silent=0)
    shared.until(lambda: bool(shared.rows("SELECT 1 FROM consentguard_bookmark WHERE name = 'retention.ran'")))
    assert shared.rows("SELECT count(*), min(written) > now() FROM note") == [(500, True)]
    entries = shared.rows("SELECT details FROM consentguard_evidence_entry WHERE act = 'retention.applied'")
    assert sum(json.loads(entry.details)["rows"] for entry in entries) == 30_000
    assert {share.state for share in shared.rows(shares)} == {"done"}
