"""Deletes many rows of one table by a run, and by raw statements over portions; prints milliseconds and MiB of each.

Arguments: `django` or `sqlalchemy`, a path for a SQLite file, how many rows, `ours`, `clear` (a run that empties their
personal columns) or `raw`.
"""

from __future__ import annotations

import datetime as dt
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from consentguard.plan.steps import Action

PORTION = 1_000
OLD = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
COLUMNS = ("name", "email", "phone", "text", "place")
POLICY = {
    "manifest": 1,
    "subjects": {"user": {}},
    "categories": {"notes": {"retention": {"from": "written", "at_most": "P1Y"}}},
}


def _fill(path: str, table: str, rows: int) -> None:
    """Rows of seven columns, all of them old."""
    old, names = str(OLD)[:19], ", ".join(COLUMNS)
    values = ((f"name {n}", f"{n}@example.org", f"+502 {n}", "a text " * 5, "GT", old) for n in range(rows))
    with sqlite3.connect(path) as connection:
        connection.executemany(f"INSERT INTO {table} ({names}, written) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608
    connection.close()


def _raw(path: str, table: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    gone = PORTION
    while gone:
        connection.execute("BEGIN")
        gone = connection.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE written < ? LIMIT {PORTION})",  # noqa: S608
            ("2026-01-01",),
        ).rowcount
        connection.execute("COMMIT")
    connection.close()


def _django(path: str) -> tuple[Any, Any, str]:
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, models

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}},
        INSTALLED_APPS=["django.contrib.contenttypes", "consentguard_django"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="a benchmark",  # noqa: S106 - nobody's
        USE_TZ=True,
    )
    sys.argv = ["manage.py", "consentguard"]  # which needs no policy
    django.setup()
    call_command("migrate", "consentguard_django", verbosity=0)
    meta = type("Meta", (), {"app_label": "consentguard_django", "db_table": "bench_note"})
    fields: dict[str, Any] = {name: models.TextField() for name in COLUMNS}
    model: Any = type(
        "Note", (models.Model,), {"__module__": __name__, "Meta": meta, **fields, "written": models.DateTimeField()}
    )
    with connection.schema_editor() as editor:
        editor.create_model(model)
    from consentguard_django.host import DjangoHost
    from consentguard_django.stores import DjangoStores

    return DjangoStores("default"), DjangoHost().tables(), model._meta.label


def _sqlalchemy(path: str) -> tuple[Any, Any, str]:
    import sqlalchemy as sa
    from sqlalchemy import orm

    from consentguard_flask.sqlalchemy.introspect import Models
    from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
    from consentguard_flask.sqlalchemy.tables import attach

    base: Any = orm.declarative_base()
    columns: dict[str, Any] = {name: orm.mapped_column(sa.Text) for name in COLUMNS}
    kinds = {"id": orm.mapped_column(sa.Integer, primary_key=True), "written": orm.mapped_column(sa.DateTime)}
    base.note = type("Note", (base,), {"__tablename__": "bench_note", "__module__": __name__, **kinds, **columns})
    tables, models, engine = attach(base.metadata), Models.of(base), sa.create_engine(f"sqlite:///{path}")
    base.metadata.create_all(engine)
    return SQLAlchemyStores(orm.Session(engine), tables, models=models), models.tables(), "Note"


def ours(
    kind: str, path: str, rows: int, going: int, *, rests: bool = False, action: Action = "delete"
) -> Callable[[], object]:
    """A run over so many rows of a new database, of which so many go or are emptied."""
    import msgspec

    from consentguard.clock import SystemClock
    from consentguard.crypto.cipher import Context, Sealer
    from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms
    from consentguard.datamap.map import DataMap
    from consentguard.datamap.tags import Tag
    from consentguard.evidence import Evidence
    from consentguard.manifest.schema import Manifest
    from consentguard.plan.execution import Execution
    from consentguard.plan.steps import Plan, Step
    from consentguard.records import Selection, Test
    from consentguard.testing.keys import keyring

    stores, tables, label = {"django": _django, "sqlalchemy": _sqlalchemy}[kind](path)
    _fill(path, "bench_note", rows)
    ring, clock = keyring(), SystemClock()
    tag = Tag(category="notes", subjects={"user": "self"}, anchors={"written": "written"})
    data_map = DataMap.build(tables, {label: tag}, msgspec.convert(POLICY, Manifest))
    sealer = Sealer(ring, Context("consentguard_run", "plan"))
    execution = Execution(
        data_map=data_map,
        stores=stores,
        witness=Evidence(stores=stores, macs=KeyedMacs(ring, "evidence"), clock=clock, version=lambda: "v"),
        pseudonyms=KeyedPseudonyms(ring),
        sealer=sealer,
        errands=sealer,
        archived=sealer,
        shredder=None,  # type: ignore[arg-type]  # nobody is erased
        clock=clock,
        sleep=time.sleep if rests else lambda seconds: None,
    )
    selection = Selection(label=label, where=(Test("written", "before", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),))
    columns = COLUMNS if action == "clear" else ()
    step = Step(action=action, selection=selection, columns=columns, ground="due")

    def work() -> None:
        with stores.transactions.atomic():
            run = execution.start("retention", "", Plan(steps=(step,), whole=(step,)))
        ended = execution.carry_on(run)
        assert (ended.state, ended.counts) == ("done", f"[{going}]")

    return work


def plain(path: str, rows: int) -> Callable[[], object]:
    """Raw statements over so many rows of a new database."""
    with sqlite3.connect(path) as connection:
        texts = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS)
        connection.execute(f"CREATE TABLE bench_note (id INTEGER PRIMARY KEY AUTOINCREMENT, {texts}, written TEXT)")
    connection.close()
    _fill(path, "bench_note", rows)
    return lambda: _raw(path, "bench_note")


def main(kind: str, path: str, count: str, whose: str) -> None:
    """Print the milliseconds that it took, and by how many MiB the process grew."""
    rows = int(count)
    actions: dict[str, Action] = {"ours": "delete", "clear": "clear"}
    work = ours(kind, path, rows, rows, action=actions[whose]) if whose in actions else plain(path, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    work()
    print((time.perf_counter() - began) * 1000)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
