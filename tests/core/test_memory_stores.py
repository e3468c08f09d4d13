"""The stores in memory do what every store must; and what only they do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from consentguard.clock import SystemClock
from consentguard.memory import MemoryStores, MemoryTable, Outbox
from consentguard.ports import StoreError
from consentguard.records import Message, Selection
from consentguard.testing import contracts, races
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.contracts.base import ENTRY


@dataclass
class MemoryPeople:
    """The host's tables of `consentguard.testing.contracts.People`, in memory."""

    person: str = "Person"
    note: str = "Note"
    reply: str = "Reply"
    tables: dict[str, MemoryTable] = field(
        default_factory=lambda: {
            "Person": MemoryTable(required=frozenset({"email", "name", "joined"})),
            "Note": MemoryTable(to={"person": "Person"}, required=frozenset({"person", "text", "written"})),
            "Reply": MemoryTable(to={"note": "Note"}, required=frozenset({"note", "email"})),
        }
    )

    def add_person(self, email: str, name: str, joined: dt.datetime) -> str:
        return self._add("Person", email=email, name=name, joined=joined)

    def add_note(self, person: str, text: str, written: dt.datetime, remark: str | None = None) -> str:
        return self._add("Note", person=int(person), text=text, written=written, remark=remark)

    def add_reply(self, note: str, email: str) -> str:
        return self._add("Reply", note=int(note), email=email)

    def _add(self, label: str, **row: object) -> str:
        rows = self.tables[label].rows
        rows.append({"id": len(rows) + 1, **row})
        return str(len(rows))


@pytest.fixture
def people() -> MemoryPeople:
    """A host's tables without rows."""
    return MemoryPeople()


@pytest.fixture
def stores(people: MemoryPeople) -> MemoryStores:
    """Empty stores."""
    return MemoryStores(tables=people.tables)


@pytest.fixture
def race(stores: MemoryStores) -> races.Race:
    """Threads, since nothing outside this process can see the stores."""
    return races.threads(stores)


class TestTransactions(contracts.TransactionsContract):
    """Transactions in memory."""


class TestEvidenceEntries(contracts.EvidenceEntriesContract):
    """Evidence in memory."""


class TestEvidenceSeals(contracts.EvidenceSealsContract):
    """The chain in memory."""


class TestConsentRecords(contracts.ConsentRecordsContract):
    """Choices in memory."""


class TestRightsRequests(contracts.RightsRequestsContract):
    """Requests in memory."""


class TestTokens(contracts.TokensContract):
    """Tokens in memory."""


class TestAuthenticators(contracts.AuthenticatorsContract):
    """Second factors in memory."""


class TestRecoveryCodes(contracts.RecoveryCodesContract):
    """Recovery codes in memory."""


class TestAgeClaims(contracts.AgeClaimsContract):
    """Age claims in memory."""


class TestDataset(contracts.DatasetContract):
    """A host's tables in memory."""
