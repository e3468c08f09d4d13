"""A messenger in memory whose users ask for copies: rows about two people, files, threads that refer to themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from consentguard.datamap.schema import ColumnType, Table
from consentguard.datamap.tags import Tag
from consentguard.guard import Guard
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.plan.steps import Found
from consentguard.records import SubjectRef
from tests.core.neutral import table
from tests.core.rights_kit import Shop
from tests.web_policy import CONTROLLER, MemoryFiles

POLICY = f"""automated_decisions = "none"
{CONTROLLER}
[site]
languages = ["en", "es"]
base_url = "https://shop.example.com"
[subjects.user]
[subjects.contact]
[purposes.inbox]
title = "Show messages"
basis = "contract"
[purposes.billing]
basis = "legal_obligation"
[categories.account]
title = {{ en = "Account data", es = "Datos de la cuenta" }}
subjects = ["user"]
purposes = ["inbox"]
[categories.credentials]
kind = "credential"
[categories.messages]
title = "Messages"
purposes = ["inbox"]
sources = {{ meta = ["text"] }}
retention = {{ from = "sent", at_most = "P1Y" }}
[categories.contacts]
kind = "contact"
subjects = ["contact"]
[categories.invoices]
title = "Invoices nobody has"
purposes = ["billing"]
[recipients.meta]
role = "processor"
title = "Meta"
country = "US"
receives = {{ messages = ["text"] }}
[recipients.tax]
role = "authority"
title = "Tax office"
receives = {{ invoices = [] }}
[[transfers]]
kind = "onward"
to = "US"
via = "meta"
safeguards = [{{ instrument = "scc" }}]
[stores.mailbox]
kind = "mailbox"
title = "Support mailbox"
at_most = "P90D"
[rights.access]
channels = ["page"]
[rights.erasure]
channels = ["page"]
[complaints.default]
name = "The Commissioner"
"""
TABLES = (
    table("User", "id:key! email:email! name! password! photo:file points:decimal joined:datetime score"),
    table("Contact", "id:key! user:key! email:email! name!", "user>User"),
    table(
        "Message",
        "id:key! user:key! contact:key parent:key text! contact_name sent:datetime! stars:integer position:integer!",
        "user>User contact>Contact parent>Message",
    ),
)
TAGS = {
    "User": Tag(
        columns=dict.fromkeys(("email", "name", "photo", "points", "joined"), "account") | {"password": "credentials"},
        subjects={"user": "self"},
    ),
    "Contact": Tag(category="contacts", subjects={"contact": "self", "user": "user"}, columns={"name": "messages"}),
    "Message": Tag(
        category="messages",
        subjects={"user": "user", "contact": "contact"},
        columns={"contact_name": "contacts"},
        not_personal={"position": "the order of a list"},
        anchors={"sent": "sent"},
    ),
}
SENT = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
FORMULA = '=HYPERLINK("https://evil.example","x")'
TYPES: Mapping[str, ColumnType] = {"points": "decimal", "joined": "datetime", "sent": "datetime"}


def tables() -> dict[str, MemoryTable]:
    """The tables, empty."""
    return {
        "User": MemoryTable(required=frozenset({"email", "name", "password"}), types=TYPES),
        "Contact": MemoryTable(to={"user": "User"}, required=frozenset({"user", "email", "name"})),
        "Message": MemoryTable(
            to={"user": "User", "contact": "Contact", "parent": "Message"},
            required=frozenset({"user", "text", "sent", "position"}),
            types=TYPES,
        ),
    }


def filled() -> dict[str, MemoryTable]:
    """The tables with the rows of two users and their contacts."""
    made = tables()
    made["User"].rows[:] = [_user(1, "Anna"), _user(2, "Ben")]
    made["Contact"].rows[:] = [
        {"id": 5, "user": 1, "email": "canary-carla@example.com", "name": "canary-of-both"},
        {"id": 6, "user": 2, "email": "canary-dan@example.com", "name": "canary-dan"},
    ]
    made["Message"].rows[:] = [
        _message(10, 1, 5, parent=11, text="answered before its question"),
        _message(11, 1, 5, text=FORMULA),
        _message(12, 2, 6, text="canary-of-ben"),
    ]
    return made


def _user(key: int, name: str) -> dict[str, object]:
    return {
        "id": key,
        "email": f"{name.lower()}@example.com",
        "name": name,
        "password": "canary-password",
        "photo": f"photos/../{name}.png",
        "points": Decimal("-1.50"),
        "joined": SENT,
        "score": "canary-score",
    }


def _message(key: int, user: int, contact: int, *, text: str, parent: int | None = None) -> dict[str, object]:
    return {
        "id": key,
        "user": user,
        "contact": contact,
        "parent": parent,
        "text": text,
        "contact_name": "canary-of-the-contact",
        "sent": SENT,
        "stars": -3,
        "position": 7,
    }


@dataclass(frozen=True)
class Messenger(Shop):
    """The site."""

    def tables(self) -> tuple[Table, ...]:
        return TABLES

    def tags(self) -> Mapping[str, Tag]:
        return TAGS

    def people(self, kind: str = "user", key: str = "1") -> tuple[Guard, tuple[Found, ...]]:
        """A guard, and one data subject of it."""
        guard = self.guard()
        return guard, guard.exports.of_subject(SubjectRef(kind, key))


def messenger(folder: Path, rows: dict[str, MemoryTable] | None = None) -> Messenger:
    """A new site whose policy lies in a folder; its keyring comes from the environment."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    held = filled() if rows is None else rows
    stored = MemoryFiles({"photos/../Anna.png": b"PNG of Anna"})
    return Messenger(folder, databases={"default": MemoryStores(tables=held)}, rows=held, stored=stored)
