"""The shop of the tests of rights with a ledger, and a database of it that can be put back as it was."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.records import Bookmark, SubjectRef
from consentguard.tombstones.undertaker import LEDGER
from tests.core.neutral import table
from tests.core.rights_kit import OLD, POLICY, TABLES, TAGS, Shop, shop

Backup = tuple[dict[str, list[dict[str, object]]], Bookmark | None]
DATED = replace(TAGS["User"], anchors={"created": "joined"}, not_personal={"joined": "a date of ours"})


@dataclass(frozen=True)
class KeptShop(Shop):
    """The shop with a ledger; `dated` says whether its tags bind since when a user is there."""

    dated: bool = False
    given: Mapping[str, object] = field(default_factory=dict)

    def options(self) -> Mapping[str, object]:
        return {"ledger": "file:privacy.ledger.jsonl", **self.given}

    def tables(self) -> tuple[Table, ...]:
        user = table("User", "id:key! email:email! name! password! joined:datetime!")
        return (user, *TABLES[1:])

    def tags(self) -> Mapping[str, Tag]:
        undated = replace(TAGS["User"], not_personal={"joined": "a date of ours"})
        return {**TAGS, "User": DATED if self.dated else undated}

    def erase(self, *people: SubjectRef, addresses: tuple[str, ...] = ()) -> None:
        """Write people into the ledger, and then take away their rows, as an erasure does."""
        guard = self.guard()
        guard.undertaker.bury(people, addresses, "digest")
        for ref in people:
            users = self.rows["User"].rows
            users[:] = [row for row in users if ref.kind != "user" or str(row["id"]) != ref.key]

    def backup(self) -> Backup:
        """The rows as they are, and what the database knows of the ledger."""
        rows = {label: copy.deepcopy(held.rows) for label, held in self.rows.items()}
        return rows, self.databases["default"].bookmarks.find(LEDGER)

    def restore(self, backup: Backup) -> KeptShop:
        """The shop whose database is as it was."""
        rows, bookmark = backup
        tables = {label: replace(held, rows=copy.deepcopy(rows[label])) for label, held in self.rows.items()}
        stores = MemoryStores(tables=tables)
        if bookmark:
            stores.bookmarks.put(bookmark, None)
        return replace(self, rows=tables, databases={"default": stores})

    def sign_up(self, key: int, email: str) -> None:
        """A new user whom the database gives this key."""
        row = {"id": key, "email": email, "name": "New", "password": "scrambled", "joined": self.clock.now()}
        self.rows["User"].rows.append(row)


def kept_shop(folder: Path, *, dated: bool = False, **given: object) -> KeptShop:
    """A new shop with a ledger in its folder, both of whose users came long ago."""
    base = shop(folder, POLICY)
    for row in base.rows["User"].rows:
        row["joined"] = OLD
    tables: dict[str, MemoryTable] = dict(base.rows)
    stores = MemoryStores(tables=tables)
    return KeptShop(folder, databases={"default": stores}, rows=tables, dated=dated, given=given)
