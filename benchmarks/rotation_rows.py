"""Rotates rows of five encrypted columns, and re-encrypts a peer's by its README: saving each; prints µs a row of both.

Argument: the database's URL, or a path for a SQLite file; none for SQLite in memory.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.encrypted_rows import FIELDS, LETTERS
from benchmarks.harness import interleave, timed

COUNT = 5_000
ROUNDS = 5


def _configure(url: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        DATABASES={"default": _database(url)},
        INSTALLED_APPS=["django.contrib.contenttypes", "consentguard_django"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="a benchmark",  # noqa: S106 - nobody's
        SALT_KEY=["the newer", "the older"],
    )
    sys.argv = ["manage.py", "consentguard"]  # which needs no policy
    django.setup()
    call_command("migrate", "consentguard_django", verbosity=0)


def _database(url: str) -> dict[str, object]:
    if "://" not in url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url or ":memory:"}
    from sqlalchemy.engine import make_url

    parts = make_url(url)
    kind = "postgresql" if parts.drivername.startswith("postgresql") else "mysql"
    if kind == "mysql":
        import pymysql

        pymysql.version_info = (2, 2, 7, "final", 0)
        pymysql.install_as_MySQLdb()
    user = {"USER": parts.username, "PASSWORD": parts.password or "", "HOST": parts.host, "PORT": parts.port}
    return {"ENGINE": f"django.db.backends.{kind}", "NAME": parts.database, **user}


def _model(name: str, app: str, field: Any) -> Any:
    from django.db import connection, models

    meta = type("Meta", (), {"app_label": app, "db_table": f"bench_{name.lower()}"})
    model: Any = type(
        name, (models.Model,), {"__module__": __name__, "Meta": meta, **{each: field() for each in FIELDS}}
    )
    with connection.schema_editor() as editor:
        if model._meta.db_table in connection.introspection.table_names():
            editor.delete_model(model)
        editor.create_model(model)
    return model


def _fill(model: Any) -> None:
    texts = {field: field.ljust(LETTERS, "x") for field in FIELDS}
    model.objects.bulk_create([model(**texts) for _ in range(COUNT)])


def main(url: str) -> None:
    """Print both figures, a line each."""
    _configure(url)
    from django.core.management import call_command
    from django.db import connection, models
    from encrypted_fields.fields import EncryptedCharField

    from consentguard.clock import SystemClock
    from consentguard.crypto import installed
    from consentguard.encryption import Encryption
    from consentguard.testing.keys import keyring
    from consentguard_django.fields import Encrypted
    from consentguard_django.host import DjangoHost

    # of our own app, so that it is among the site's
    ours = _model("Rotated", "consentguard_django", lambda: Encrypted(models.CharField(max_length=99)))
    peer = _model("Saved", "bench", lambda: EncryptedCharField(max_length=99))
    rings = [keyring()]
    installed.install(rings[0])
    for model in (ours, peer):
        _fill(model)

    def rotate() -> None:
        rings.append(rings[-1].with_new_key())
        rotation = Encryption(DjangoHost(), rings[-1], "default", clock=SystemClock()).rotation
        (table,) = (table for table in rotation.tables() if table.label == ours._meta.label)
        assert {key for state in rotation.run(table).after for key in state.keys} == {rings[-1].enabled.id}

    def save() -> None:
        for row in peer.objects.all():
            row.save()

    try:
        pair = interleave(timed(rotate), timed(save), ROUNDS)
    finally:
        with connection.schema_editor() as editor:
            for model in (ours, peer):
                editor.delete_model(model)
        call_command("migrate", "consentguard_django", "zero", verbosity=0)
    for figure in (pair.ours, pair.baseline):
        print(figure * 1000 / COUNT)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
