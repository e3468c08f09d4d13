"""Executes one query of a tagged model, in a purpose and outside of any, by turns; prints both medians (µs a query).

`free` is a query outside of any purpose with our hook and without it, `purpose` one in a purpose and outside of it,
while one person in ten is marked.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

import consentguard
from benchmarks.harness import Pair, interleave, timed
from consentguard.clock import SystemClock
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.manifest.schema import Manifest
from consentguard.records import Mark, SubjectRef, new_id
from consentguard.restriction.purposes import Purposes, install

PEOPLE, ORDERS, SHOWN = 1_000, 10_000, 100
ROUNDS, TIMES = 101, 10
MANIFEST = msgspec.convert(
    {"manifest": 1, "purposes": {"analytics": {}}, "subjects": {"user": {}}, "categories": {"orders": {}}}, Manifest
)
NOW = SystemClock().now()
MARKS = [
    Mark(id=new_id(NOW), kind="objection", at=NOW, subject=SubjectRef("user", str(number)), purpose="analytics")
    for number in range(1, PEOPLE, 10)
]
Work = Callable[[], object]


def main(case: str, framework: str) -> None:
    """Print the figures of one case of one framework."""
    with tempfile.TemporaryDirectory() as folder:
        query, without, close = {"django": django, "sqlalchemy": sqlalchemy}[framework](Path(folder))
        pair = measured(query, in_purpose(query), case) if case == "purpose" else measured(without, query, case)
        close()
    print(pair.ours * 1000, pair.baseline * 1000)


def measured(baseline: Work, ours: Work, case: str) -> Pair:
    """Both by turns; in a purpose it finds fewer rows."""
    assert baseline() == SHOWN
    assert ours() == (SHOWN if case == "free" else SHOWN - SHOWN // 10)
    return interleave(timed(ours, TIMES), timed(baseline, TIMES), ROUNDS)


def in_purpose(query: Work) -> Work:
    """The query in a purpose."""

    def work() -> object:
        with consentguard.purpose("analytics"):
            return query()

    return work


def declared(tables: Any, user: str, order: str) -> None:
    """The purposes of a policy over these tables."""
    tags = {
        user: Tag(category="orders", subjects={"user": "self"}),
        order: Tag(category="orders", subjects={"user": "user"}),
    }
    data_map = DataMap.build(tables, tags, MANIFEST)
    install(Purposes([MANIFEST], lambda: [data_map], now=SystemClock().now))


def django(folder: Path) -> tuple[Work, Work, Work]:
    """Django's own query, through the hook and without it."""
    import django as framework
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["consentguard_django", "benchmarks"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        BASE_DIR=folder,
        USE_TZ=True,
    )
    framework.setup()
    from django.core.management import call_command
    from django.db import connection, models
    from django.db.models.sql.query import Query

    from consentguard_django import purposes
    from consentguard_django.host import DjangoHost
    from consentguard_django.stores import DjangoStores

    class User(models.Model):
        name = models.CharField(max_length=40)

        class Meta:
            app_label = "benchmarks"

    class Order(models.Model):
        user = models.ForeignKey(User, models.CASCADE)
        note = models.CharField(max_length=40)

        class Meta:
            app_label = "benchmarks"

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(User)
        editor.create_model(Order)
    User.objects.bulk_create(User(name=f"{number}") for number in range(PEOPLE))
    Order.objects.bulk_create(Order(user_id=number % PEOPLE + 1, note="a gift") for number in range(ORDERS))
    for mark in MARKS:
        DjangoStores("default").marks.add(mark)
    declared(DjangoHost().tables(), "benchmarks.User", "benchmarks.Order")
    purposes.install()
    hooked, plain = Query.get_compiler, purposes._plain_compiler

    def query() -> int:
        return len(Order.objects.filter(pk__lte=SHOWN).order_by("pk"))

    def without() -> int:
        Query.get_compiler = plain  # type: ignore[method-assign]
        try:
            return query()
        finally:
            Query.get_compiler = hooked  # type: ignore[method-assign]

    return query, without, connection.close


def sqlalchemy(folder: Path) -> tuple[Work, Work, Work]:
    """A select of an ORM session, watched and not."""
    import sqlalchemy as sa
    from sqlalchemy import orm

    from consentguard_flask.sqlalchemy.introspect import Models
    from consentguard_flask.sqlalchemy.purposes import limit
    from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
    from consentguard_flask.sqlalchemy.tables import attach

    base: Any = orm.declarative_base()
    columns = {"id": sa.Column(sa.Integer, primary_key=True)}
    user = type("User", (base,), {"__tablename__": "user", **columns, "name": sa.Column(sa.String(40))})
    key = sa.Column(sa.ForeignKey("user.id"))
    columns = {"id": sa.Column(sa.Integer, primary_key=True), "user_id": key, "note": sa.Column(sa.String(40))}
    order: Any = type("Order", (base,), {"__tablename__": "order", **columns, "user": orm.relationship(user)})
    tables, models = attach(base.metadata), Models.of(base)
    engine = sa.create_engine(f"sqlite:///{folder / 'db.sqlite3'}")
    base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.execute(sa.insert(user), [{"name": f"{number}"} for number in range(PEOPLE)])
        notes = [{"user_id": number % PEOPLE + 1, "note": "a gift"} for number in range(ORDERS)]
        session.execute(sa.insert(order), notes)
        session.commit()
        stores = SQLAlchemyStores(session, tables, models=models)
        with stores.transactions.atomic():
            for mark in MARKS:
                stores.marks.add(mark)
    declared(models.tables(), "User", "Order")
    free, limited = orm.Session(engine), orm.Session(engine)
    limit(limited, lambda: models)
    asked = sa.select(order).where(order.id <= SHOWN).order_by(order.id)

    def work(session: orm.Session) -> int:
        session.expunge_all()
        return len(session.scalars(asked).all())

    def close() -> None:
        free.close()
        limited.close()
        engine.dispose()

    return lambda: work(limited), lambda: work(free), close


if __name__ == "__main__":
    main(*sys.argv[1:])
