"""Erases rows by django-gdpr-assist, as it is shipped, in an interpreter that has it; prints milliseconds a row.

Arguments: `anonymise` or `delete`, a folder for its SQLite files, how many rows: such as those of `deletion_process`.
"""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path
from typing import Any

COLUMNS = ("name", "email", "phone", "text", "place")


def _model(folder: Path) -> Any:
    """A model that is registered with the package, its tables made: its log is in a database of its own."""
    import django
    from django.conf import settings

    app = types.ModuleType("shop")
    app.__path__ = [str(folder)]
    sys.modules["shop"] = app
    names = ("default", "gdpr_log")
    settings.configure(
        DATABASES={
            name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / f"{name}.sqlite3")} for name in names
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "gdpr_assist", "shop"],
        DATABASE_ROUTERS=["gdpr_assist.routers.EventLogRouter"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="a benchmark",  # noqa: S106 - nobody's
        USE_TZ=True,
    )
    django.setup()
    import gdpr_assist
    from django.core.management import call_command
    from django.db import connection, models

    fields: dict[str, Any] = {name: models.TextField() for name in COLUMNS}
    meta = type("Meta", (), {"app_label": "shop"})
    note: Any = type(
        "Note",
        (models.Model,),
        {"__module__": "shop.models", "Meta": meta, **fields, "written": models.DateTimeField()},
    )
    gdpr_assist.register(note, type("PrivacyMeta", (), {"fields": list(COLUMNS)}))
    for name in names:
        call_command("migrate", database=name, verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(note)
    return note


def main(how: str, folder: str, count: str) -> None:
    """Print the milliseconds that it took a row."""
    import datetime as dt

    note, rows = _model(Path(folder)), int(count)
    old = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)  # noqa: UP017 - its interpreter may be an older one
    note.objects.bulk_create(
        note(name=f"name {n}", email=f"{n}@example.org", phone=f"+502 {n}", text="a text " * 5, place="GT", written=old)
        for n in range(rows)
    )
    began = time.perf_counter()
    getattr(note.objects.all(), how)()
    print((time.perf_counter() - began) * 1000 / rows)
    gone = not note.objects.exists() if how == "delete" else not note.objects.filter(email="1@example.org").exists()
    assert gone


if __name__ == "__main__":
    main(*sys.argv[1:])
