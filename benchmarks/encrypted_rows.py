"""Writes or reads 10,000 rows of five columns, encrypted and plain, in turns; prints both medians (ms).

Arguments: `django` or `sqlalchemy`, what to do, and the database's URL (none: SQLite in memory).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.harness import interleave, timed

COUNT = 10_000
LETTERS = 32
FIELDS = ("phone", "email", "street", "town", "note")
ROUNDS = 9
Work = Callable[[], object]


def _texts(number: int) -> dict[str, str]:
    return {field: f"{field}{number}".ljust(LETTERS, "x") for field in FIELDS}


def _keyring() -> None:
    from consentguard.crypto.installed import install
    from consentguard.testing.keys import keyring

    install(keyring())


def django(act: str, url: str) -> tuple[Work, Work]:
    """The same act on an encrypted model and on a plain one."""
    from django.db import connection, models

    _configure(url)
    from consentguard_django.fields import Encrypted

    sealed = {field: Encrypted(models.CharField(max_length=99)) for field in FIELDS}
    plain = {field: models.CharField(max_length=99) for field in FIELDS}
    works = []
    for name, columns in (("Sealed", sealed), ("Plain", plain)):
        meta = type("Meta", (), {"app_label": "bench", "db_table": f"bench_{name.lower()}"})
        model: Any = type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **columns})
        with connection.schema_editor() as editor:
            if model._meta.db_table in connection.introspection.table_names():
                editor.delete_model(model)
            editor.create_model(model)
        works.append(_django_work(act, model))
    return works[0], works[1]


def _configure(url: str) -> None:
    import django
    from django.conf import settings

    database: dict[str, object] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    if url:
        from sqlalchemy.engine import make_url

        parts = make_url(url)
        kind = "postgresql" if parts.drivername.startswith("postgresql") else "mysql"
        if kind == "mysql":
            import pymysql

            pymysql.install_as_MySQLdb()
        database = {
            "ENGINE": f"django.db.backends.{kind}",
            "NAME": parts.database,
            "HOST": parts.host,
            "PORT": parts.port,
            "USER": parts.username,
            "PASSWORD": parts.password or "",
        }
    settings.configure(DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
    django.setup()
    _keyring()


def _django_work(act: str, model: Any) -> Work:
    def create() -> None:
        model.objects.bulk_create([model(**_texts(number)) for number in range(COUNT)])

    def read() -> None:
        list(model.objects.all()[:COUNT])

    def touch() -> None:
        for row in model.objects.all()[:COUNT]:
            for field in FIELDS:
                getattr(row, field)

    create()
    return {"bulk_create": create, "read": read, "read_touched": touch}[act]


def sqlalchemy(act: str, url: str) -> tuple[Work, Work]:
    """The same act on an encrypted table and on a plain one."""
    import sqlalchemy as sa
    from sqlalchemy import orm

    from consentguard_flask.sqlalchemy.encrypted import Encrypted

    _keyring()
    base: Any = orm.declarative_base()
    engine = sa.create_engine(url or "sqlite://")
    works = []
    lazy = act != "read_eager"
    for name, kind in (("sealed", lambda: Encrypted(sa.String(99), lazy=lazy)), ("plain", lambda: sa.String(99))):
        columns = {field: sa.Column(kind()) for field in FIELDS}
        columns["id"] = sa.Column(sa.Integer, primary_key=True)
        model = type(name.title(), (base,), {"__tablename__": f"bench_{name}", **columns})
        works.append(_sqlalchemy_work(act, model, engine))
    return works[0], works[1]


def _sqlalchemy_work(act: str, model: Any, engine: Any) -> Work:
    import sqlalchemy as sa
    from sqlalchemy import orm

    model.__table__.drop(engine, checkfirst=True)
    model.__table__.create(engine)
    rows = [_texts(number) for number in range(COUNT)]

    def insert() -> None:
        with engine.begin() as connection:
            connection.execute(sa.insert(model.__table__), rows)

    def read() -> None:
        with orm.Session(engine) as session:
            session.scalars(sa.select(model)).all()

    insert()
    return insert if act == "insert" else read


def main(framework: str, act: str, url: str) -> None:
    """Print both figures, a line each."""
    ours, plain = {"django": django, "sqlalchemy": sqlalchemy}[framework](act, url)
    pair = interleave(timed(ours), timed(plain), ROUNDS)
    sys.stdout.write(f"{pair.ours}\n{pair.baseline}\n")
    sys.stdout.flush()
    os._exit(0)  # a server's connections end with the process; nothing else is left to do


if __name__ == "__main__":
    main(*sys.argv[1:])
