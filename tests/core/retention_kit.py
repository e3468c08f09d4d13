"""Retention over tables in memory for the tests: a room, rows of any age, rules that are accepted as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.plan.execution import Execution
from consentguard.publish.vocabulary import TERMS
from consentguard.records import Selection, SubjectRef
from consentguard.retention import Ran, Retention
from consentguard.testing.clock import FrozenClock
from consentguard.words import words
from tests.core.evidence_kit import evidence_of
from tests.core.neutral import policy, table

NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
USER = table("User", "id:key! email:email! plan country changed:datetime")
USERS = Tag(category="account", subjects={"user": "self"})
ENGLISH = words("en")


class Plain:
    """Stands for the keyring: nothing is sealed, and the keys that go are written down."""

    def __init__(self) -> None:
        self.shredded: list[SubjectRef] = []

    def seal(self, plaintext: bytes) -> bytes:
        return plaintext

    def open(self, sealed: bytes) -> bytes:
        return sealed

    def of(self, subject: SubjectRef) -> str:
        return f"pseudonym of {subject}"

    def of_address(self, address: str) -> str:
        return f"pseudonym of {address}"

    def after_erasure(self, subjects: Sequence[SubjectRef]) -> None:
        self.shredded += subjects


def at(*day: int) -> dt.datetime:
    """Noon of a day."""
    return dt.datetime(*day, 12, tzinfo=dt.UTC)  # type: ignore[misc]


def days_ago(days: float) -> dt.datetime:
    """So many days before now."""
    return NOW - dt.timedelta(days=days)


def users(*people: Mapping[str, object]) -> MemoryTable:
    """Users from 1 on, with what is said of each."""
    empty = {"email": "", "plan": None, "country": None, "changed": None}
    return MemoryTable(rows=[{"id": number, **empty, **each} for number, each in enumerate(people, 1)])


def retention(
    categories: Mapping[str, Any], *tables: tuple[Table, Tag, MemoryTable], people: MemoryTable | None = None
) -> Retention:
    """Retention in a site of users and these tables, whose rules nobody has accepted yet."""
    held = {"account": {}, **categories}
    rows = {"User": people or users({}), **{each.label: its for each, _, its in tables}}
    schema, tags = [USER, *(each for each, _, _ in tables)], {each.label: its for each, its, _ in tables}
    data_map = DataMap.build(schema, {"User": USERS, **tags}, policy(subjects={"user": {}}, categories=held))
    clock = FrozenClock(NOW)
    return room(data_map, MemoryStores(tables=rows), clock)


def room(data_map: DataMap, stores: MemoryStores, clock: FrozenClock) -> Retention:
    """Retention as a guard wires it."""
    witness, plain = evidence_of(stores, clock), Plain()
    execution = Execution(
        data_map=data_map,
        stores=stores,
        witness=witness,
        pseudonyms=plain,
        sealer=plain,
        errands=plain,
        archived=plain,
        shredder=plain,
        clock=clock,
        sleep=lambda seconds: None,
    )
    return Retention(data_map=data_map, stores=stores, witness=witness, execution=execution, clock=clock, terms=TERMS)


def under(known: Retention, categories: Mapping[str, Any]) -> Retention:
    """The same site under a policy that has changed."""
    manifest = policy(subjects={"user": {}}, categories={"account": {}, **categories})
    schema = known.data_map.schema.values()
    data_map = DataMap.build(schema, known.data_map.tags, manifest)
    return replace(known, data_map=data_map, execution=replace(known.execution, data_map=data_map))


def accepted(known: Retention) -> Retention:
    """The room, once somebody has accepted its rules as they are."""
    known.accept(known.preview(ENGLISH).digest, "dpo")
    return known


def run(known: Retention, category: str | None = None) -> Ran:
    """What a run does by the rules as they are."""
    return accepted(known).run(known.due(category))


def keys(known: Retention, label: str) -> list[object]:
    """The primary keys that are left."""
    return [row["id"] for row in known.stores.dataset.rows(Selection(label=label, whole=True), ["id"])]
