"""The canary on a Django site's own models: in rows everywhere, and in the bytes of SQLite and of PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections

from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.canary_run import Canary
from consentguard.testing.keys import keyring
from consentguard_django.stores import DjangoStores
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
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def site(stores: DjangoStores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PeopleSite:
    """The site, empty."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    _secure(stores.name, on=True)
    return people_site(tmp_path, stores.name)


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
