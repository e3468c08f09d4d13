"""The stores in memory do what every store must; and what only they do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from consentguard.clock import SystemClock
from consentguard.datamap.tags import Match
from consentguard.memory import MemoryStores, MemoryTable, Outbox
from consentguard.ports import StoreError
from consentguard.records import Message, Selection, Test
from consentguard.testing import contracts, races
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.contracts.base import ENTRY
from tests.core.consent_kit import Decisions, folder

__all__ = ["folder"]


@dataclass
class MemoryPeople:
    """The host's tables of `People` and `Vault` in `consentguard.testing.contracts`, in memory."""

    person: str = "Person"
    note: str = "Note"
    reply: str = "Reply"
    label: str = "Vault"
    tables: dict[str, MemoryTable] = field(
        default_factory=lambda: {
            "Person": MemoryTable(required=frozenset({"email", "name", "joined"}), types={"joined": "datetime"}),
            "Note": MemoryTable(
                to={"person": "Person"},
                required=frozenset({"person", "text", "written"}),
                types={"person": "integer", "text": "text", "written": "datetime"},
            ),
            "Reply": MemoryTable(to={"note": "Note"}, required=frozenset({"note", "email"})),
            "Vault": MemoryTable(),
        }
    )

    def add_person(self, email: str, name: str, joined: dt.datetime) -> str:
        return self._add("Person", email=email, name=name, joined=joined)

    def add_note(self, person: str, text: str, written: dt.datetime, remark: str | None = None) -> str:
        return self._add("Note", person=int(person), text=text, written=written, remark=remark)

    def add_reply(self, note: str, email: str) -> str:
        return self._add("Reply", note=int(note), email=email)

    def add(
        self,
        phone: bytes | None = None,
        remark: bytes | None = None,
        owner: int | None = None,
        plain: str | None = None,
    ) -> str:
        return self._add(self.label, phone=phone, remark=remark, owner=owner, plain=plain)

    def _add(self, label: str, **row: object) -> str:
        rows = self.tables[label].rows
        rows.append({"id": len(rows) + 1, **row})
        return str(len(rows))


class CountryHeader:
    """A resolver that believes a header of the proxy in front of it."""

    def of(self, headers: Mapping[str, str], address: str) -> str | None:
        country = headers.get("CF-IPCountry", "")
        known = len(country) == 2 and country.isascii() and country.isalpha() and country != "XX"
        return country if known else None


@pytest.fixture
def people() -> MemoryPeople:
    """A host's tables without rows."""
    return MemoryPeople()


@pytest.fixture
def vault(people: MemoryPeople) -> MemoryPeople:
    """A host's table with encrypted columns, without rows."""
    return people


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


class TestSuppressions(contracts.SuppressionsContract):
    """Addresses that no mail goes to, in memory."""


class TestDecisions(Decisions):
    """What visitors decide, in memory."""


class TestRightsRequests(contracts.RightsRequestsContract):
    """Requests in memory."""


class TestTokens(contracts.TokensContract):
    """Tokens in memory."""


class TestAuthenticators(contracts.AuthenticatorsContract):
    """Second factors in memory."""


class TestRecoveryCodes(contracts.RecoveryCodesContract):
    """Recovery codes in memory."""


class TestFactorSessions(contracts.FactorSessionsContract):
    """Browsers with a second factor in memory."""


class TestPasskeys(contracts.PasskeysContract):
    """Passkeys in memory."""


class TestAgeClaims(contracts.AgeClaimsContract):
    """Age claims in memory."""


class TestDataKeys(contracts.DataKeysContract):
    """Keys of data subjects in memory."""


class TestWrappedKeys(contracts.WrappedKeysContract):
    """The same, by what wraps them."""


class TestDataset(contracts.DatasetContract):
    """A host's tables in memory."""


class TestSealedRows(contracts.SealedRowsContract):
    """A host's encrypted columns in memory."""


class TestCopiedRows(contracts.CopiedRowsContract):
    """A host's columns that are copies, in memory."""


class TestColumnJobs(contracts.ColumnJobsContract):
    """How far works are, in memory."""


class TestRuns(contracts.RunsContract):
    """Plans that are carried out, in memory."""


class TestHolds(contracts.HoldsContract):
    """Legal holds, in memory."""


class TestMinorReports(contracts.MinorReportsContract):
    """Reports that somebody is a minor, in memory."""


class TestGuardianConsents(contracts.GuardianConsentsContract):
    """What guardians are asked, in memory."""


class TestMarks(contracts.MarksContract):
    """Restrictions and objections, in memory."""


class TestErrands(contracts.ErrandsContract):
    """What is to be done in other places, in memory."""


class TestHappenings(contracts.HappeningsContract):
    """Events on which data goes, in memory."""


class TestArchive(contracts.ArchiveContract):
    """Rows that left their tables, in memory."""


class TestBookmarks(contracts.BookmarksContract):
    """Facts of which there is one each, in memory."""


class TestOutbox(contracts.MailContract):
    """The mail box in memory."""

    @pytest.fixture
    def mail(self) -> Outbox:
        """An empty mail box."""
        return Outbox()

    @pytest.fixture
    def sent(self, mail: Outbox) -> Callable[[], Sequence[Message]]:
        """What lies in it."""
        return lambda: mail.messages

    @pytest.fixture
    def broken(self, mail: Outbox) -> Callable[[], object]:
        """Puts it out of reach."""
        return lambda: setattr(mail, "down", True)


class TestSystemClock(contracts.ClockContract):
    """This machine's time."""

    @pytest.fixture
    def clock(self) -> SystemClock:
        """The clock of every site."""
        return SystemClock()


class TestFrozenClock(contracts.ClockContract):
    """The time that a test says."""

    @pytest.fixture
    def clock(self) -> FrozenClock:
        """A clock told the time in another zone."""
        return FrozenClock(MOMENT.astimezone(dt.timezone(dt.timedelta(hours=-6))))

    def test_it_moves_when_it_is_told(self, clock: FrozenClock) -> None:
        """And says what time it is then; before that it stands still."""
        assert clock.now() == clock.now() == MOMENT
        assert clock.tick(dt.timedelta(days=1)) == MOMENT + dt.timedelta(days=1) == clock.now()

    def test_it_needs_a_zone(self) -> None:
        """A naive moment is a mistake of the test."""
        with pytest.raises(ValueError, match="aware"):
            FrozenClock(MOMENT.replace(tzinfo=None))


class TestJurisdictions(contracts.JurisdictionsContract):
    """A resolver that reads one header of a proxy."""

    @pytest.fixture
    def jurisdictions(self) -> CountryHeader:
        """Such as a host may write."""
        return CountryHeader()


def test_stores_of_two_databases_share_nothing() -> None:
    """Each has its facts, its transactions and its name."""
    one, other = MemoryStores("one"), MemoryStores("other")
    with one.transactions.atomic():
        one.entries.add(ENTRY)
        other.transactions.outside()
    assert (one.name, one.entries.waiting(), other.name, other.entries.waiting()) == ("one", 1, "other", 0)


def test_a_moment_without_a_zone_is_a_mistake(stores: MemoryStores) -> None:
    """It is refused where it is made, not where it is read."""
    with pytest.raises(ValueError, match="time zone"):
        stores.entries.add(replace(ENTRY, at=MOMENT.replace(tzinfo=None)))
    assert stores.entries.waiting() == 0


def test_a_row_that_another_refers_to_is_not_deleted(stores: MemoryStores, people: MemoryPeople) -> None:
    """As in a database with foreign keys: the other goes first."""
    person = people.add_person("ada@example.com", "Ada", MOMENT)
    people.add_note(person, "one", MOMENT)
    everybody = Selection(label="Person", root="Person", keys=(person,))
    with pytest.raises(StoreError, match="Note"):
        stores.dataset.delete(everybody)
    assert stores.dataset.count(everybody) == 1
    assert stores.dataset.delete(Selection(label="Note", path="person", root="Person", keys=(person,))) == 1
    assert stores.dataset.delete(everybody) == 1


def test_a_path_leads_over_many_relations_and_into_json() -> None:
    """A many-to-many relation is a list of keys, and a soft reference may stand inside a JSON column."""
    tables = {
        "Person": MemoryTable([{"id": 1, "phone": "+502 1"}, {"id": 2, "phone": None}]),
        "Room": MemoryTable([{"id": 7, "members": [1, 2]}, {"id": 8, "members": [2]}], to={"members": "Person"}),
        "Event": MemoryTable([{"id": 9, "payload": {"sender": {"phone": "+502 1"}}}, {"id": 10, "payload": None}]),
    }
    count = MemoryStores(tables=tables).dataset.count
    assert count(Selection(label="Room", path="members", root="Person", keys=("1",))) == 1
    assert count(Selection(label="Room", path="members", root="Person", keys=("2",))) == 2
    by_phone = Match("payload.sender.phone", "Person.phone")
    assert count(Selection(label="Event", path=by_phone, root="Person", keys=("1",))) == 1
    assert count(Selection(label="Event", path=by_phone, root="Person", keys=("2",))) == 0


@pytest.mark.parametrize(
    ("written", "older"),
    [(dt.date(2026, 3, 27), 1), (dt.date(2026, 3, 28), 0), (dt.datetime(2026, 3, 28, 12), 1), (None, 0)],  # noqa: DTZ001
)
def test_a_column_may_hold_days_or_moments_without_a_zone(written: dt.date | None, older: int) -> None:
    """A day is over when the next begins in UTC; a moment without a zone is one of UTC; NULL is never before."""
    stores = MemoryStores(tables={"Note": MemoryTable([{"id": 1, "written": written}])})
    assert stores.dataset.count(Selection(label="Note", where=(Test("written", "before", MOMENT),))) == older


def test_a_table_that_is_not_there_is_named(stores: MemoryStores) -> None:
    """With those that are."""
    with pytest.raises(StoreError, match=r"(?s)'Nowhere'.*Person, Note, Reply"):
        stores.dataset.match("Nowhere", "email", "ada@example.com")


def test_another_thread_waits_for_the_end_of_a_transaction(stores: MemoryStores) -> None:
    """What a transaction has not finished is seen by nobody else."""
    with ThreadPoolExecutor(1) as pool:
        with stores.transactions.atomic():
            stores.entries.add(ENTRY)
            seen = pool.submit(stores.entries.unsealed, None, 9)
            stores.entries.add(replace(ENTRY, id="1" * 32))
        assert len(seen.result(60)) == 2
