"""A Django site on PostgreSQL whose old notes several workers delete, for `test_workers`: `python -m` prepares it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from celery import Celery
from django.conf import settings

import consentguard_celery
from consentguard import register
from tests.web_policy import CONTROLLER

OLD, YOUNG = 30_000, 500
FOLDER = Path(os.environ.get("CONSENTGUARD_TEST_FOLDER", "."))
NAME = os.environ.get("CONSENTGUARD_TEST_QUEUE", "none")
REDIS = os.environ["CONSENTGUARD_TEST_REDIS"]
POLICY = f"""{CONTROLLER}
[site]
languages = ["en"]
[subjects.user]
[categories.notes]
retention = {{ from = "written", at_most = "P1Y" }}
"""

app = Celery("shared", broker=REDIS)
app.conf.update(
    broker_transport_options={"global_keyprefix": NAME},
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
)


def site() -> Any:
    """The site, set up; its host."""
    server = urlsplit(os.environ["CONSENTGUARD_TEST_SITE"])
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": server.path.removeprefix("/"),
        "USER": server.username,
        "HOST": server.hostname,
        "PORT": server.port,
    }
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=["django.contrib.contenttypes", "consentguard", "consentguard_django"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="tests only",
        USE_TZ=True,
        CONSENTGUARD={"manifest": FOLDER / "privacy.toml"},
    )
    django.setup()
    register(note(), "notes", subjects={"user": "self"}, anchors={"written": "written"})
    from consentguard_django.host import DjangoHost

    return DjangoHost()


def note() -> Any:
    """The table of notes."""
    from django.db import models

    meta = type("Meta", (), {"app_label": "consentguard_django", "db_table": "note"})
    fields = {"text": models.TextField(), "written": models.DateTimeField(db_index=True)}
    return type("Note", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def prepare() -> None:
    """Make the policy, the tables and the rows, and accept the rules."""
    from consentguard.guards import Guards
    from consentguard.words import words

    (FOLDER / "privacy.toml").write_text(POLICY, "utf-8")
    host = site()
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", "consentguard_django", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(apps.get_model("consentguard_django", "Note"))
    filled = "INSERT INTO note (text, written) SELECT 'a note', %s::timestamptz FROM generate_series(1, %s)"
    with connection.cursor() as cursor:
        cursor.execute(filled, ["2020-01-01", OLD])
        cursor.execute(filled, ["2099-01-01", YOUNG])
    room = Guards(host).at().retention
    room.accept(room.preview(words("en")).digest, "dpo")


consentguard_celery.install(app, site, parts=2)
if __name__ == "__main__":
    sys.argv = ["manage.py", "consentguard"]  # which needs no policy yet
    prepare()
