"""A copy of a real database is put back: who was erased goes again, and whoever got their key since stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from consentguard.crypto.keyring import VARIABLE
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.steps import Found
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from tests.django.databases import connected
from tests.django.people.models import Note, Person
from tests.django.people_site import PeopleSite, people_site

ALIAS = "restored"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[PeopleSite]:
    """The site on a SQLite file of its own."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    with django_db_blocker.unblock(), connected(ALIAS, f"sqlite:{tmp_path}/site.sqlite3"):
        yield people_site(tmp_path, ALIAS)


def person(email: str) -> Person:
    """Somebody who signs up, with a note."""
    made = Person.objects.using(ALIAS).create(email=email, name="Somebody", joined=timezone.now())
    Note.objects.using(ALIAS).create(person=made, text=f"by {email}", written=timezone.now())
    return made


def erase(site: PeopleSite, who: Person) -> None:
    """What a request does: the ledger first, then the plan."""
    guard = site.guard()
    found = [Found(subject="person", root="people.Person", keys=(str(who.pk),))]
    exceptions = Exceptions(data_map=guard.site.data_map, holds=(), now=guard.clock.now())
    plan = erasure(guard.site.data_map, found, guard.stores.dataset.count, exceptions)
    guard.undertaker.bury([SubjectRef("person", str(who.pk))], (), "digest")
    with guard.stores.transactions.atomic():
        run = guard.execution.start("erasure", "", plan)
    guard.execution.carry_on(run)


def emails() -> set[str]:
    """Who is there."""
    return set(Person.objects.using(ALIAS).values_list("email", flat=True))


def put_back(copy: Path, site: PeopleSite) -> None:
    """Stop, put the copy in the place of the database, and go on."""
    connections[ALIAS].close()
    shutil.copy(copy, site.folder / "site.sqlite3")


def back_up(site: PeopleSite) -> Path:
    """A copy of the file."""
    connections[ALIAS].close()
    return Path(shutil.copy(site.folder / "site.sqlite3", site.folder / "backup.sqlite3"))


def test_the_erased_go_again_and_the_newcomer_stays(site: PeopleSite) -> None:
    """Alice is erased; the backup from before her comes back; Bob signs up and gets her key; the replay spares him.

    A peer that replays primary keys deletes Bob here.
    """
    carol = person("carol@example.com")
    before_alice = back_up(site)
    alice = person("alice@example.com")
    erase(site, carol)
    erase(site, alice)
    put_back(before_alice, site)
    bob = person("bob@example.com")
    assert bob.pk == alice.pk
    assert site.guard().replay.is_due()
    done = site.guard().replay.run()
    assert done.erased == {"person": 1}
    assert emails() == {"bob@example.com"}
    assert set(Note.objects.using(ALIAS).values_list("text", flat=True)) == {"by bob@example.com"}
    assert not site.guard().replay.is_due()


def test_a_second_replay_does_nothing(site: PeopleSite) -> None:
    """Nothing is behind any more."""
    alice = person("alice@example.com")
    copy = back_up(site)
    erase(site, alice)
    put_back(copy, site)
    assert site.guard().replay.run().erased == {"person": 1}
    again = site.guard().replay.run()
    assert (again.entries, again.erased) == (0, {})
