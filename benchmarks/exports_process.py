"""Copies the rows of one person out of a SQLite file, and writes them into a zip by hand; prints seconds or MiB.

Arguments: `django` or `sqlalchemy`; `time` or `memory`; how many rows.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import sites
from benchmarks.harness import interleave, timed
from consentguard.guard import Guard

COLUMNS = ("id", "user", "sender", "text", "channel", "stars", "sent_at")
ROUNDS = 3
Rows = Callable[[], Iterable[Mapping[str, object]]]


FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
INSERT INTO {table} ({user}, sender, text, channel, stars, sent_at)
SELECT CASE WHEN n > 1000 THEN 1 ELSE 2 END, 'sender ' || (n % 997),
       'message number ' || n || ' says something ' || (n * 7919 % 10007) || ' times', 'instagram', n % 6,
       datetime('2026-03-28', '+' || n || ' seconds')
FROM number
"""
"""A thousand rows of another person besides; by SQL, so that Python's own memory stays as it is."""
WARM = 1_000


@contextmanager
def _django(folder: Path, count: int) -> Iterator[tuple[Guard, Rows]]:
    sites.django(folder, {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")})
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, models

    from consentguard import register
    from consentguard.guards import Guards
    from consentguard_django.host import DjangoHost

    call_command("migrate", verbosity=0)
    fields = {
        "user": models.ForeignKey(User, models.CASCADE),
        "sender": models.CharField(max_length=99),
        "text": models.TextField(),
        "channel": models.CharField(max_length=20),
        "stars": models.IntegerField(),
        "sent_at": models.DateTimeField(),
    }
    meta = type("Meta", (), {"app_label": "consentguard_django"})
    message: Any = type("Message", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    with connection.schema_editor() as editor:
        editor.create_model(message)
    register("auth.User", columns={"email": "account"}, subjects={"user": "self"})
    register(message, "account", subjects={"user": "user"})
    for name in ("anna", "ben"):
        User.objects.create(username=name, email=f"{name}@example.com")
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table=message._meta.db_table, user="user_id", count=count + WARM))
    yield Guards(DjangoHost()).at(), lambda: message.objects.filter(user=1).values(*COLUMNS).iterator()


@contextmanager
def _sqlalchemy(folder: Path, count: int) -> Iterator[tuple[Guard, Rows]]:
    app = sites.flask(folder, f"sqlite:///{folder / 'db.sqlite3'}")
    import sqlalchemy as sa
    from sqlalchemy.orm import mapped_column

    from consentguard import personal_data
    from consentguard.guards import Guards

    db = app.extensions["sqlalchemy"]

    @personal_data("account", subjects={"user": "self"}, address="email")
    class Person(db.Model):  # type: ignore[name-defined, misc]
        """Whose rows they are."""

        __tablename__ = "person"
        id = mapped_column(sa.Integer, primary_key=True)
        email = mapped_column(sa.String(200))

    @personal_data("account", subjects={"user": "user"})
    class Message(db.Model):  # type: ignore[name-defined, misc]
        """One of their rows."""

        __tablename__ = "message"
        id = mapped_column(sa.Integer, primary_key=True)
        user = mapped_column(sa.ForeignKey("person.id"), nullable=False)
        sender = mapped_column(sa.String(99))
        text = mapped_column(sa.Text)
        channel = mapped_column(sa.String(20))
        stars = mapped_column(sa.Integer)
        sent_at = mapped_column(sa.DateTime)

    table = Message.__table__
    with app.app_context():
        db.create_all()
        db.session.add_all([Person(id=1, email="anna@example.com"), Person(id=2, email="ben@example.com")])
        db.session.flush()
        db.session.execute(sa.text(FILL.format(table="message", user="user", count=count + WARM)))
        db.session.commit()

        def rows() -> Iterable[Mapping[str, object]]:
            chosen = sa.select(table).where(table.c.user == 1).execution_options(yield_per=2_000)
            return db.session.execute(chosen).mappings()  # type: ignore[no-any-return]

        yield Guards(app.extensions["consentguard"].host).at(), rows


def _copy(guard: Guard, key: str, count: int) -> None:
    from consentguard.records import SubjectRef

    people = guard.exports.of_subject(SubjectRef("user", key))
    copy = guard.exports.copy(people, language="en")
    assert sum(map(len, copy.pieces()))
    assert count in copy.sum.rows.values()


def _by_hand(rows: Rows) -> None:
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rows.jsonl", "w") as file:
        for row in rows():
            file.write(json.dumps(dict(row), default=str).encode() + b"\n")


def _most() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


SITES: dict[str, Callable[[Path, int], AbstractContextManager[tuple[Guard, Rows]]]] = {
    "django": _django,
    "sqlalchemy": _sqlalchemy,
}


def main(framework: str, what: str, count: int) -> None:
    """Print the figures, a line each."""
    with tempfile.TemporaryDirectory() as scratch, SITES[framework](Path(scratch), count) as (guard, rows):
        _copy(guard, "2", WARM)
        if what == "memory":
            before = _most()
            _copy(guard, "1", count)
            print(_most() - before)
            return
        pair = interleave(timed(lambda: _copy(guard, "1", count)), timed(lambda: _by_hand(rows)), ROUNDS)
        print(pair.ours / 1000, pair.baseline / 1000, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
