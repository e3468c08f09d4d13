"""Replays a ledger on a restored SQLite file whose erased keys others have partly got; prints the milliseconds.

Arguments: a folder, and how many entries. Half the rows are newcomers under a key that was erased; none of them may go.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import orm

from consentguard.clock import SystemClock
from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.evidence import Evidence
from consentguard.manifest.schema import Manifest
from consentguard.plan.execution import Execution
from consentguard.records import SubjectRef
from consentguard.shredding import Shredding
from consentguard.testing.keys import keyring
from consentguard.tombstones.entries import Book
from consentguard.tombstones.ledger import FileLedger
from consentguard.tombstones.replay import Replay
from consentguard.tombstones.undertaker import LedgerUndertaker
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import attach

Base: Any = orm.declarative_base()
POLICY = {"manifest": 1, "subjects": {"user": {}}, "categories": {"account": {}, "notes": {}}}
AT_ONCE = 1000


class User(Base):
    """Whose the rows are."""

    __tablename__ = "user"
    id = sa.Column(sa.Integer, primary_key=True)
    email = sa.Column(sa.String(200), nullable=False)
    joined = sa.Column(sa.DateTime, nullable=False)


class Note(Base):
    """What they wrote."""

    __tablename__ = "note"
    id = sa.Column(sa.Integer, primary_key=True)
    user_id = sa.Column(sa.ForeignKey("user.id"), nullable=False, index=True)
    text = sa.Column(sa.Text, nullable=False)
    user = orm.relationship(User)


TAGS = {
    "User": Tag(
        category="account", subjects={"user": "self"}, not_personal={"joined": "ours"}, anchors={"created": "joined"}
    ),
    "Note": Tag(category="notes", subjects={"user": "user"}),
}


def _site(folder: Path) -> tuple[LedgerUndertaker, Replay]:
    tables, models = attach(Base.metadata), Models.of(Base)
    engine = sa.create_engine(f"sqlite:///{folder}/site.sqlite3")
    Base.metadata.create_all(engine)
    stores: Any = SQLAlchemyStores(orm.Session(engine), tables, models=models)
    ring, clock = keyring(), SystemClock()
    data_map = DataMap.build(models.tables(), TAGS, msgspec.convert(POLICY, Manifest))
    pseudonyms, sealer = KeyedPseudonyms(ring), Sealer(ring, Context("consentguard_run", "plan"))
    witness = Evidence(stores=stores, macs=KeyedMacs(ring, "evidence"), clock=clock, version=lambda: "v")
    shredder = Shredding(
        columns=lambda: (), stores=stores, keys=lambda: SubjectKeys(ring, stores.data_keys), witness=witness,
        pseudonyms=pseudonyms,
    )  # fmt: skip
    execution = Execution(
        data_map=data_map, stores=stores, witness=witness, pseudonyms=pseudonyms, sealer=sealer, errands=sealer,
        archived=sealer, shredder=shredder,
        clock=clock, sleep=lambda seconds: None,
    )  # fmt: skip
    shared: dict[str, Any] = {
        "book": Book(FileLedger(folder / "ledger.jsonl"), KeyedMacs(ring, "ledger")),
        "data_map": data_map, "stores": stores, "pseudonyms": pseudonyms, "sealer": sealer, "clock": clock,
    }  # fmt: skip
    return LedgerUndertaker(**shared), Replay(**shared, execution=execution, witness=witness)


def _bury(undertaker: LedgerUndertaker, entries: int) -> None:
    for first in range(1, entries + 1, AT_ONCE):
        undertaker.bury([SubjectRef("user", str(key)) for key in range(first, first + AT_ONCE)], (), "digest")


def _newcomers(path: Path, entries: int) -> None:
    """Somebody else under every second key, who came after the erasure; and the database knows of no entry."""
    later = str(dt.datetime.now(dt.UTC) + dt.timedelta(days=1))[:26]
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM consentguard_bookmark")
        connection.executemany(
            "UPDATE user SET email = ?, joined = ? WHERE id = ?",
            ((f"new{key}@example.org", later, key) for key in range(2, entries + 1, 2)),
        )
    connection.close()


def _fill(path: Path, entries: int) -> None:
    old = "2020-01-01 00:00:00.000000"
    with sqlite3.connect(path) as connection:
        keys = range(1, entries + 1)
        connection.executemany("INSERT INTO user VALUES (?, ?, ?)", ((k, f"user{k}@example.org", old) for k in keys))
        connection.executemany("INSERT INTO note (user_id, text) VALUES (?, 'a note')", ((k,) for k in keys))
    connection.close()


def main(folder: str, count: str) -> None:
    """Print the milliseconds of the replay."""
    entries, path = int(count), Path(folder) / "site.sqlite3"
    undertaker, replay = _site(Path(folder))
    _fill(path, entries)
    _bury(undertaker, entries)
    undertaker.stores.transactions.outside()
    orm.close_all_sessions()
    _newcomers(path, entries)
    begun = time.perf_counter()
    done = replay.run()
    took = time.perf_counter() - begun
    with sqlite3.connect(path) as connection:
        left = {key for (key,) in connection.execute("SELECT id FROM user")}
    assert left == set(range(2, entries + 1, 2)), "somebody else was erased, or somebody was not"
    assert (done.entries, done.unclear) == (entries, ())
    sys.stdout.write(f"{took * 1000}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
