"""Django's stores do what every store must, on each database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connections

from consentguard.testing import contracts, races
from consentguard_django.introspect import tables
from consentguard_django.stores import DjangoStores
from tests.core.consent_kit import Decisions, folder
from tests.django.databases import elsewhere
from tests.django.people.models import Note, Person, Reply, Vault
from tests.found_minors import FoundMinors
from tests.round_trip import RoundTrip

__all__ = ["folder"]


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


class DjangoVault:
    """`consentguard.testing.contracts.Vault`."""

    label = "people.Vault"

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def add(
        self,
        phone: bytes | None = None,
        remark: bytes | None = None,
        owner: int | None = None,
        plain: str | None = None,
    ) -> str:
        row, connection = Vault.objects.using(self._alias).create(owner=owner, plain=plain), connections[self._alias]
        with connection.cursor() as cursor:
            places = ["NULL" if value is None else "%s" for value in (phone, remark)]
            values = [connection.Database.Binary(value) for value in (phone, remark) if value is not None]
            change = f"UPDATE people_vault SET phone = {places[0]}, remark = {places[1]} WHERE id = %s"  # noqa: S608
            cursor.execute(change, [*values, row.pk])
        return str(row.pk)


@pytest.fixture
def vault(stores: DjangoStores) -> DjangoVault:
    """A host's table with encrypted columns, without rows."""
    return DjangoVault(stores.name)


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


class TestSuppressions(contracts.SuppressionsContract):
    """Addresses that no mail goes to, by Django's ORM."""


class TestRightsRequests(contracts.RightsRequestsContract):
    """Requests by Django's ORM."""


class TestTokens(contracts.TokensContract):
    """Tokens by Django's ORM."""


class TestAuthenticators(contracts.AuthenticatorsContract):
    """Second factors by Django's ORM."""


class TestRecoveryCodes(contracts.RecoveryCodesContract):
    """Recovery codes by Django's ORM."""


class TestFactorSessions(contracts.FactorSessionsContract):
    """Browsers with a second factor by Django's ORM."""


class TestPasskeys(contracts.PasskeysContract):
    """Passkeys by Django's ORM."""


class TestAgeClaims(contracts.AgeClaimsContract):
    """Age claims by Django's ORM."""


class TestDataKeys(contracts.DataKeysContract):
    """Keys of data subjects by Django's ORM."""


class TestWrappedKeys(contracts.WrappedKeysContract):
    """Their wrapping by Django's ORM."""


class TestDataset(contracts.DatasetContract):
    """A host's models."""


class TestRoundTrip(RoundTrip):
    """Rows of a host that leave as an archive and come back."""

    tables = tables()


class TestFoundMinors(FoundMinors):
    """Birth dates that a database compares."""

    tables = tables()


class TestSealedRows(contracts.SealedRowsContract):
    """A host's encrypted columns, past its models."""


class TestCopiedRows(contracts.CopiedRowsContract):
    """A host's columns that are copies of others."""


class TestColumnJobs(contracts.ColumnJobsContract):
    """How far works are, by Django's ORM."""


class TestRuns(contracts.RunsContract):
    """Plans that are carried out, by Django's ORM."""


class TestHolds(contracts.HoldsContract):
    """Legal holds, by Django's ORM."""


class TestMinorReports(contracts.MinorReportsContract):
    """Reports that somebody is a minor, by Django's ORM."""


class TestGuardianConsents(contracts.GuardianConsentsContract):
    """What guardians are asked, by Django's ORM."""


class TestMarks(contracts.MarksContract):
    """Restrictions and objections, by Django's ORM."""


class TestErrands(contracts.ErrandsContract):
    """What is to be done in other places, by Django's ORM."""


class TestHappenings(contracts.HappeningsContract):
    """Events on which data goes, by Django's ORM."""


class TestArchive(contracts.ArchiveContract):
    """Rows that left their tables, by Django's ORM."""


class TestBookmarks(contracts.BookmarksContract):
    """Facts of which there is one each, by Django's ORM."""


class TestDecisions(Decisions):
    """What visitors decide, by Django's ORM."""
