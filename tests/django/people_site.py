"""The site of `tests.django.people` with tags and a policy, on any of the test databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.ports import Files, Stores
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from tests.web_policy import CONTROLLER, BareHost

POLICY = f"""{CONTROLLER}
[site]
languages = ["en"]
base_url = "https://people.example.com"
[backups]
keep = "P30D"
[subjects.person]
[categories.account]
[categories.notes]
[rights.access]
channels = ["page"]
[rights.erasure]
channels = ["page"]
"""
PERSON, NOTE, REPLY = "people.Person", "people.Note", "people.Reply"
TAGS = {
    PERSON: Tag(
        category="account",
        subjects={"person": "self"},
        not_personal={"joined": "a date of ours"},
        anchors={"created": "joined"},
    ),
    NOTE: Tag(category="notes", subjects={"person": "person"}, not_personal={"written": "a date of ours"}),
    REPLY: Tag(category="notes", subjects={"person": "note.person"}),
}


@dataclass(frozen=True)
class PeopleSite(BareHost):
    """People, their notes and the replies to these."""

    alias: str = ""
    own: Mapping[str, Tag] = field(default_factory=dict)

    def options(self) -> Mapping[str, object]:
        return {"ledger": "file:privacy.ledger.jsonl"}

    def tables(self) -> tuple[Table, ...]:
        return tuple(table for table in DjangoHost().tables() if table.label in TAGS)

    def tags(self) -> Mapping[str, Tag]:
        return {**TAGS, **self.own}

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        return DjangoHost().ask(database, question)

    def files(self) -> Files:
        return DjangoHost().files()

    def caches(self) -> Mapping[str, Callable[[], Iterable[bytes]] | None]:
        return DjangoHost().caches()

    def database_names(self) -> tuple[str, ...]:
        return (self.alias,)

    def stores(self, database: str) -> Stores:  # type: ignore[override]
        return DjangoStores(self.alias)

    def guard(self) -> Guard:
        """The guard of a request that comes in now."""
        return Guards(self).at()


def people_site(folder: Path, alias: str, own: Mapping[str, Tag] | None = None) -> PeopleSite:
    """The site, whose policy lies in a folder; its keyring comes from the environment."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    return PeopleSite(folder, alias=alias, own=own or {})
