"""A shop in memory whose customers ask for their data: its policy, tables and rows, for the tests of rights."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Match, Tag
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.testing.clock import FrozenClock
from tests.core.neutral import table
from tests.web_policy import CONTROLLER, BareHost

POLICY = f"""{CONTROLLER}
[backups]
keep = "P30D"
[site]
languages = ["en", "es"]
base_url = "https://shop.example.com"
[regimes]
gdpr = {{ applies = ["EEA"] }}
[subjects.user]
[subjects.lead]
[subjects.guest]
role = "processor"
[categories.account]
title = {{ en = "Account data", es = "Datos de la cuenta" }}
[categories.credentials]
kind = "credential"
[categories.orders]
title = {{ en = "Orders", es = "Pedidos" }}
retention = {{ from = "placed", at_most = "P1Y" }}
[categories.invoices]
title = {{ en = "Invoices", es = "Facturas" }}
retention = {{ from = "issued", at_most = "P6Y", at_least = "P5Y" }}
[stores.mailbox]
kind = "mailbox"
title = "Support mailbox"
at_most = "P90D"
[rights.access]
channels = ["page"]
[rights.erasure]
channels = ["page", "email"]
[rights.objection]
channels = ["page"]
[rights.portability]
channels = ["email"]
"""
TABLES = (
    table("User", "id:key! email:email! name! password!"),
    table("Order", "id:key! user:key! note placed:datetime!", "user>User"),
    table("Invoice", "id:key! user:key! total! issued:datetime!", "user>User"),
    table("Lead", "id:key! email:email! words"),
    table("Guest", "id:key! email:email!"),
)
TAGS = {
    "User": Tag(category="account", columns={"password": "credentials"}, subjects={"user": "self"}),
    "Order": Tag(category="orders", subjects={"user": "user"}, anchors={"placed": "placed"}),
    "Invoice": Tag(category="invoices", subjects={"user": "user"}, anchors={"issued": "issued"}),
    "Lead": Tag(category="account", subjects={"lead": "self", "user": Match("email", "User.email")}),
    "Guest": Tag(category="account", subjects={"guest": "self"}),
}
OLD, NEW = dt.datetime(2018, 5, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LINK = re.compile(r"https://shop\.example\.com/\S+/confirm/\S+")


def _rows() -> dict[str, MemoryTable]:
    return {
        "User": MemoryTable(
            rows=[
                {"id": 1, "email": "anna@example.com", "name": "Anna", "password": "scrambled"},
                {"id": 2, "email": "ben@example.com", "name": "Ben", "password": "scrambled"},
            ],
            required=frozenset({"email", "name", "password"}),
        ),
        "Order": MemoryTable(
            rows=[
                {"id": 1, "user": 1, "note": "a gift", "placed": NEW},
                {"id": 2, "user": 2, "note": "in a hurry", "placed": OLD},
            ],
            to={"user": "User"},
        ),
        "Invoice": MemoryTable(rows=[{"id": 1, "user": 2, "total": "9.00", "issued": NEW}], to={"user": "User"}),
        "Lead": MemoryTable(rows=[{"id": 7, "email": "Anna@Example.com", "words": "call me"}]),
        "Guest": MemoryTable(rows=[{"id": 3, "email": "anna@example.com"}]),
    }


@dataclass(frozen=True)
class Shop(BareHost):
    """The site, with its rows and a clock that stands still."""

    clock: FrozenClock = field(default_factory=FrozenClock)
    rows: Mapping[str, MemoryTable] = field(default_factory=dict)

    def tables(self) -> tuple[Table, ...]:
        return TABLES

    def tags(self) -> Mapping[str, Tag]:
        return TAGS

    def guard(self) -> Guard:
        """The guard of a request that comes in now."""
        return Guards(self, self.clock).at()

    def token(self, number: int = -1) -> str:
        """What the link of a mail ends with: of the last one, unless said."""
        match = LINK.search(self.outbox.messages[number].text)
        assert match
        return match[0].rpartition("/")[2]

    def acts(self) -> list[str]:
        """What evidence was taken down, by name: entries of one moment have no other order."""
        return sorted(entry.act for entry in self.stores("default").entries.unsealed(None, 100))

    def answer(self) -> None:
        """Everybody who was asked in other places says that it is done, and requests go on."""
        guard = self.guard()
        for errand in guard.errands.open(["person"]):
            guard.errands.settle(errand.id, "Dana", "ticket 7")
        guard.rights.resume()

    def names(self, label: str) -> list[object]:
        """The primary keys of a table's rows."""
        return [row["id"] for row in self.rows[label].rows]


def shop(folder: Path, policy: str = POLICY) -> Shop:
    """A new shop whose policy lies in a folder; its keyring comes from the environment."""
    (folder / "privacy.toml").write_text(policy, "utf-8")
    rows = _rows()
    return Shop(folder, databases={"default": MemoryStores(tables=rows)}, rows=rows)
