"""The canary on a Django site's own models: in rows, files, caches, and in the bytes of SQLite and of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections

from consentguard.crypto import installed
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.records import SubjectRef
from consentguard.testing.canary_run import Canary
from consentguard.testing.keys import keyring
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from tests.django.people.models import Paper, Person
from tests.django.people_site import NOTE, REPLY, TAGS, PeopleSite, people_site

UNREAD = {
    "sqlite": [],
    "postgres": ["the write-ahead log of PostgreSQL"],
    "mariadb": ["the files and the redo and binary logs of InnoDB"],
}
HOARD = (
    "INSERT INTO people_person (id, email, name, joined) VALUES (999, 'a@b.example', 'A', '2026-01-01')",
    "INSERT INTO people_note (id, person_id, text, written) VALUES (999, 999, 'a', '2026-01-01')",
    """CREATE TRIGGER hoard AFTER DELETE ON people_note
    BEGIN INSERT INTO people_reply (note_id, email) VALUES (999, OLD.text); END""",
)
PAPER = "people.Paper"
BACKENDS = "django.core.cache.backends"
CACHES = {
    "default": {"BACKEND": f"{BACKENDS}.locmem.LocMemCache", "LOCATION": "canary"},
    "rows": {"BACKEND": f"{BACKENDS}.db.DatabaseCache", "LOCATION": "cached_rows"},
    "away": {"BACKEND": f"{BACKENDS}.redis.RedisCache", "LOCATION": "redis://nowhere.example"},
    "none": {"BACKEND": f"{BACKENDS}.dummy.DummyCache"},
}
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def site(stores: DjangoStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PeopleSite:
    """The site, empty."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    _secure(stores.name, on=True)
    return people_site(tmp_path, stores.name)


@dataclass(frozen=True)
class PaperSite(PeopleSite):
    """The site with papers, whose columns are encrypted; `forgotten` are left out of what is known to be."""

    forgotten: bool = False

    def tables(self) -> tuple[Table, ...]:
        return tuple(table for table in DjangoHost().tables() if table.label in {*TAGS, PAPER})

    def tags(self) -> Mapping[str, Tag]:
        return {**super().tags(), PAPER: Tag(category="notes", subjects={"person": "person"})}

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        columns = DjangoHost().sealed_columns(self.alias)
        return () if self.forgotten else tuple(column for column in columns if column.label == PAPER)


@pytest.fixture
def papers(site: PeopleSite, tmp_path: Path, settings: Any) -> Iterator[PaperSite]:
    """The site with a table of papers, whose files stand in a folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    installed.install(keyring())
    installed.install_data_keys(lambda: DjangoStores(site.alias).data_keys)
    with connections[site.alias].schema_editor() as editor:
        editor.create_model(Paper)
    yield PaperSite(tmp_path, alias=site.alias)
    with connections[site.alias].schema_editor() as editor:
        editor.delete_model(Paper)
    installed.uninstall()


def _secure(alias: str, *, on: bool) -> None:
    if connections[alias].vendor == "sqlite":
        with connections[alias].cursor() as cursor:
            cursor.execute(f"PRAGMA secure_delete = {'ON' if on else 'OFF'}")


def test_it_lives_on_every_database(site: PeopleSite) -> None:
    """Rows of three tables, over two foreign keys: copied, erased, and in no byte that could be read."""
    song = Canary(site.guard()).sing("person")
    assert song.is_well, [*song.lines()]
    assert song.seeded == (
        "people.Note.remark", "people.Note.text", "people.Person.email", "people.Person.name", "people.Reply.email",
    )  # fmt: skip
    assert song.kept == ()
    assert [each.place for each in song.residual] == UNREAD[site.alias]


def test_what_a_tag_keeps_is_kept_and_no_failure(site: PeopleSite) -> None:
    """A row that is only redacted keeps nothing of theirs; one that is kept is listed."""
    own = {label: replace(TAGS[label], on_erase={"person": "keep"}) for label in (NOTE, REPLY)}
    song = Canary(replace(site, own=own).guard()).sing("person")
    assert song.is_well, [*song.lines()]
    assert "people.Note.text" in song.kept
    assert "people.Person.email" not in song.kept


@ON_SQLITE
def test_what_sqlite_leaves_in_its_file_kills_it(site: PeopleSite) -> None:
    """With secure_delete off the rows are gone, and every value can still be read."""
    _secure(site.alias, on=False)
    song = Canary(site.guard()).sing("person")
    assert not song.is_well
    assert set(song.found) == set(song.seeded)
    assert all(place.startswith("the file ") for places in song.found.values() for place in places)


@ON_SQLITE
def test_a_copy_that_a_trigger_makes_kills_it(site: PeopleSite) -> None:
    """What no tag knows of: a trigger that keeps the text of deleted notes as somebody's reply."""
    with connections[site.alias].cursor() as cursor:
        for statement in HOARD:
            cursor.execute(statement)
        try:
            song = Canary(site.guard()).sing("person")
        finally:
            cursor.execute("DROP TRIGGER hoard")
    assert song.found["people.Note.text"][0] == "people.Reply.email"


def test_files_go_and_what_was_sealed_stays_closed(papers: PaperSite) -> None:
    """The file is in the copy and in no storage after it; what is under the person's key, nobody opens any more."""
    song = Canary(papers.guard()).sing("person")
    assert song.is_well, [*song.lines()]
    assert {f"{PAPER}.{name}" for name in ("scan", "scan (the file)", "remark", "note")} <= {*song.seeded}
    assert [each.place for each in song.residual] == [*UNREAD[papers.alias], f"{PAPER}.note"]
    assert [path for path in papers.folder.glob("media/**/*") if path.is_file()] == []


@ON_SQLITE
def test_a_key_that_is_not_destroyed_kills_it(papers: PaperSite) -> None:
    """Where nothing knows that a column is under it, a backup can be opened after the erasure."""
    song = Canary(replace(papers, forgotten=True).guard(), papers).sing("person")
    assert song.open == (f"{PAPER}.remark",)


@ON_SQLITE
def test_what_a_cache_holds_kills_it(site: PeopleSite, settings: Any, tmp_path: Path) -> None:
    """In this process, in files and in a table; one that nothing reads is named."""
    in_files = {"BACKEND": f"{BACKENDS}.filebased.FileBasedCache", "LOCATION": str(tmp_path / "cached")}
    settings.CACHES = {**CACHES, "files": in_files}
    call_command("createcachetable", verbosity=0)

    def visit(person: SubjectRef) -> None:
        found = Person._base_manager.using(site.alias).get(pk=person.key)
        caches["default"].set(found.email, "seen")
        for name in ("rows", "files"):
            caches[name].set("page", {"name": found.name})

    song = Canary(site.guard(), visit=visit).sing("person")
    with connections["default"].cursor() as cursor:
        cursor.execute("DROP TABLE cached_rows")
    assert song.found == {
        "people.Person.email": ('the cache "default"',),
        "people.Person.name": ('the cache "rows"', 'the cache "files"'),
    }
    assert [each.place for each in song.residual] == ['the cache "away"']
