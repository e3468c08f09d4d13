"""Django's stores do what every store must, on each database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import QuerySet

from consentguard.testing import contracts, races
from consentguard_django.stores import DjangoStores
from tests.django.databases import connected, elsewhere
from tests.django.people.models import Note, Person, Reply


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: object
) -> Iterator[tuple[str, str]]:
    """The alias of a database with our tables, and its URL."""
    alias: str = request.param
    folder: Path = tmp_path_factory.mktemp("stores")
    url = f"sqlite:{folder}/stores.sqlite3" if alias == "sqlite" else request.getfixturevalue(f"{alias}_url")
    with django_db_blocker.unblock(), connected(alias, url):  # type: ignore[attr-defined]
        yield alias, url


@pytest.fixture
def stores(database: tuple[str, str]) -> DjangoStores:
    """Empty stores, outside of any transaction."""
    alias, _ = database
    for model in (Reply, Note, Person, *apps.get_app_config("consentguard_django").get_models()):
        QuerySet(model, using=alias)._raw_delete(alias)
    return DjangoStores(alias)


@pytest.fixture(scope="module")
def race(database: tuple[str, str]) -> Iterator[races.Race]:
    """Processes, each on a connection of its own."""
    with races.Processes(partial(elsewhere, *database)) as race:
        yield race


class DjangoPeople:
    """`consentguard.testing.contracts.People`."""

    person = "people.Person"
    note = "people.Note"
    reply = "people.Reply"

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def add_person(self, email: str, name: str, joined: dt.datetime) -> str:
        return str(Person.objects.using(self._alias).create(email=email, name=name, joined=joined).pk)

    def add_note(self, person: str, text: str, written: dt.datetime, remark: str | None = None) -> str:
        notes = Note.objects.using(self._alias)
        return str(notes.create(person_id=person, text=text, written=written, remark=remark).pk)

    def add_reply(self, note: str, email: str) -> str:
        return str(Reply.objects.using(self._alias).create(note_id=note, email=email).pk)


@pytest.fixture
def people(stores: DjangoStores) -> DjangoPeople:
    """A host's tables without rows."""
    return DjangoPeople(stores.name)


class TestTransactions(contracts.TransactionsContract):
    """Django's transactions."""


class TestEvidenceEntries(contracts.EvidenceEntriesContract):
    """Evidence by Django's ORM."""


class TestEvidenceSeals(contracts.EvidenceSealsContract):
    """The chain by Django's ORM."""


class TestConsentRecords(contracts.ConsentRecordsContract):
    """Choices by Django's ORM."""


class TestRightsRequests(contracts.RightsRequestsContract):
    """Requests by Django's ORM."""


class TestTokens(contracts.TokensContract):
    """Tokens by Django's ORM."""


class TestAuthenticators(contracts.AuthenticatorsContract):
    """Second factors by Django's ORM."""


class TestRecoveryCodes(contracts.RecoveryCodesContract):
    """Recovery codes by Django's ORM."""


class TestAgeClaims(contracts.AgeClaimsContract):
    """Age claims by Django's ORM."""


class TestDataset(contracts.DatasetContract):
    """A host's models."""
