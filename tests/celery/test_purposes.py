"""Tasks run in the purpose that they were sent in, over a real broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

import consentguard

pytest.importorskip("celery", reason='celery is not installed: pip install "consentguard[celery]"')
pytestmark = pytest.mark.redis
SECONDS = 30


@pytest.fixture(scope="module")
def app(redis_url: str) -> Iterator[Any]:
    """The sender's side of an app whose worker runs beside the tests, and does not know one of its purposes."""
    name = f"consentguard_{uuid.uuid4().hex}_"
    own = {"CONSENTGUARD_TEST_REDIS": redis_url, "CONSENTGUARD_TEST_QUEUE": name}
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "tests.celery.purposes_app",
        "worker",
        "--pool=solo",
        "-l",
        "ERROR",
    ]
    worker = subprocess.Popen([*command, "--without-gossip", "--without-mingle"], env={**os.environ, **own})
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**own, "CONSENTGUARD_TEST_PURPOSES": "analytics,service,news"}.items():
            patch.setenv(variable, value)
        from tests.celery import purposes_app

        try:
            yield purposes_app
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(SECONDS)
            purposes_app.app.close()
    from consentguard.restriction import purposes

    purposes.uninstall()


def test_a_task_runs_in_the_purpose_that_it_was_sent_in(app: Any) -> None:
    """The next one without, and a retry with it."""
    with consentguard.purpose("analytics"):
        sent, again = app.purpose.delay(), app.retried.delay()
    free = app.purpose.delay()
    assert sent.get(timeout=SECONDS) == ["analytics", True]
    assert free.get(timeout=SECONDS) == [None, True]
    assert again.get(timeout=SECONDS) == ["analytics", True]


def test_a_purpose_that_the_worker_does_not_know_lets_it_query_nothing(app: Any) -> None:
    """Its policy is older than the sender's: the task fails where it asks for data, and not before."""
    with consentguard.purpose("news"):
        sent = app.purpose.delay()
    assert sent.get(timeout=SECONDS) == ["news", False]
