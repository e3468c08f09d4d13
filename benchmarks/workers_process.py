"""Deletes 200,000 rows on PostgreSQL by one Celery worker and by two, by turns; prints the seconds of each.

Arguments: the URLs of an empty database and of a Redis server, a folder. As a module that Celery loads it is the app.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery, signals

import consentguard_celery
from benchmarks.databases import django_database
from consentguard import register
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring

ROWS, ROUNDS, PARTS = 200_000, 3, 4
NAMES = ("database", "redis", "folder", "queue")
POLICY = """
manifest = 1
[controller]
name = "Benchmark"
legal_entity = "Benchmark"
contact = "privacy@example.com"
[subjects.user]
[categories.notes]
retention = { from = "written", at_most = "P1Y" }
"""
COLUMNS = ("name", "email", "phone", "text", "place")
FILL = """
INSERT INTO note (name, email, phone, text, place, written)
SELECT 'name ' || n, n || '@example.org', '+502 ' || n, repeat('a text ', 20), 'GT', '2020-01-01'
FROM generate_series(1, %s) AS n
"""


def _variable(name: str) -> str:
    return os.environ[f"BENCHMARK_{name.upper()}"]


def site() -> Any:
    """The Django site, set up; its host."""
    import django
    from django.conf import settings
    from django.db import models

    settings.configure(
        DATABASES={"default": django_database(_variable("database"))},
        INSTALLED_APPS=["django.contrib.contenttypes", "consentguard", "consentguard_django"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="a benchmark",  # noqa: S106 - nobody's
        USE_TZ=True,
        CONSENTGUARD={"manifest": Path(_variable("folder")) / "privacy.toml"},
    )
    django.setup()
    fields: dict[str, Any] = {name: models.TextField() for name in COLUMNS}
    fields["written"] = models.DateTimeField(db_index=True)
    meta = type("Meta", (), {"app_label": "consentguard_django", "db_table": "note"})
    note = type("Note", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    register(note, "notes", subjects={"user": "self"}, anchors={"written": "written"})
    from consentguard_django.host import DjangoHost

    return DjangoHost()


def app() -> Celery:
    """The Celery app, of the sender and of its workers."""
    made = Celery("benchmark", broker=_variable("redis"))
    made.conf.update(
        broker_transport_options={"global_keyprefix": _variable("queue")},
        broker_connection_retry_on_startup=True,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
    )
    return made


def ready(**_: object) -> None:
    """Load the site before the first task, and say so."""
    from consentguard_celery.worker import guard_at

    with guard_at("default", "default") as guard:
        guard.retention.due()
    (Path(_variable("folder")) / f"ready-{os.getpid()}").touch()


def _prepare() -> Any:
    """The site with its tables and accepted rules; its guard."""
    from consentguard.guards import Guards
    from consentguard.words import words

    (Path(_variable("folder")) / "privacy.toml").write_text(POLICY, "utf-8")
    host = site()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", "consentguard_django", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(apps.get_model("consentguard_django", "Note"))
    guard = Guards(host).at()
    guard.retention.accept(guard.retention.preview(words("en")).digest, "benchmark")
    return guard


def _measured(sender: Celery, guard: Any, workers: int) -> float:
    """The seconds from sending the task until everything is gone."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FILL, [ROWS])
        cursor.execute("DELETE FROM consentguard_bookmark WHERE name LIKE 'retention.ran'")
        cursor.execute("VACUUM ANALYZE note")
    options = ("--pool=solo", "--without-gossip", "--without-mingle", "-l", "ERROR")
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.workers_process:APP", "worker", *options]
    running = [subprocess.Popen([*command, "-n", f"{number}@%h"], stdout=sys.stderr) for number in range(workers)]
    folder = Path(_variable("folder"))
    try:
        while not all((folder / f"ready-{worker.pid}").exists() for worker in running):
            time.sleep(0.05)
        began = time.perf_counter()
        sender.send_task("consentguard.retention")
        while guard.retention.last_run() is None:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    finally:
        for worker in running:
            worker.kill()
            worker.wait()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM note")
        assert cursor.fetchone() == (0,)
    return seconds


def main(database: str, redis: str, folder: str) -> None:
    """Print the seconds of two workers, and of one: the least of each, since what else the machine does only adds."""
    own = (database, redis, folder, f"consentguard_{uuid.uuid4().hex}_")
    os.environ |= {f"BENCHMARK_{name.upper()}": value for name, value in zip(NAMES, own, strict=True)}
    os.environ[VARIABLE] = keyring().dumps()
    sys.argv = ["manage.py", "consentguard"]  # which needs no policy yet
    guard, sender = _prepare(), app()
    rounds = [(_measured(sender, guard, 2), _measured(sender, guard, 1)) for _ in range(ROUNDS)]
    for figures in zip(*rounds, strict=True):
        print(min(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
else:
    with suppress(KeyError):  # nobody measures: something only imports this
        APP = app()
        consentguard_celery.install(APP, site, parts=PARTS)
        signals.worker_ready.connect(ready, weak=False)
