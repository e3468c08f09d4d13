"""Every store of one database, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from consentguard.memory.columns import MemoryColumnJobs, MemorySealedRows
from consentguard.memory.copies import MemoryCopiedRows
from consentguard.memory.data_keys import KeyTable, MemoryDataKeys, MemoryWrappedKeys
from consentguard.memory.dataset import MemoryDataset
from consentguard.memory.evidence import MemoryEvidenceEntries, MemoryEvidenceSeals, Segment
from consentguard.memory.factors import MemoryAuthenticators, MemoryRecoveryCodes
from consentguard.memory.journal import Journal
from consentguard.memory.limits import MemoryHolds, MemoryMarks
from consentguard.memory.minors import MemoryGuardianConsents, MemoryMinorReports
from consentguard.memory.passkeys import MemoryPasskeys
from consentguard.memory.proofs import MemoryAgeClaims
from consentguard.memory.requests import MemoryRightsRequests, MemoryTokens
from consentguard.memory.sessions import MemoryFactorSessions
from consentguard.memory.suppressions import MemorySuppressions
from consentguard.memory.tables import MemoryTable
from consentguard.memory.work import MemoryArchive, MemoryBookmarks, MemoryErrands, MemoryHappenings, MemoryRuns


class MemoryStores:
    """`consentguard.ports.Stores` in memory, for one process: its threads may share one.

    A transaction keeps other threads waiting until it ends. `name` is that of the evidence segment; `tables` are
    the host's, by their labels.
    """

    def __init__(self, name: str = "default", tables: Mapping[str, MemoryTable] | None = None) -> None:
        journal = Journal()
        segment = Segment(journal)
        self.name = name
        self.transactions = MemoryTransactions(journal)
        self.entries = MemoryEvidenceEntries(segment)
        self.seals = MemoryEvidenceSeals(segment)
        self.suppressions = MemorySuppressions(journal)
        self.requests = MemoryRightsRequests(journal)
        self.tokens = MemoryTokens(journal)
        self.authenticators = MemoryAuthenticators(journal)
        self.recovery_codes = MemoryRecoveryCodes(journal)
        self.factor_sessions = MemoryFactorSessions(journal)
        self.passkeys = MemoryPasskeys(journal)
        self.age_claims = MemoryAgeClaims(journal)
        self.minor_reports = MemoryMinorReports(journal)
        self.guardian_consents = MemoryGuardianConsents(journal)
        keys = KeyTable(journal)
        self.data_keys = MemoryDataKeys(keys)
        self.wrapped_keys = MemoryWrappedKeys(keys)
        self.dataset = MemoryDataset(journal, tables or {})
        self.sealed_rows = MemorySealedRows(journal, tables or {})
        self.copied_rows = MemoryCopiedRows(journal, tables or {})
        self.column_jobs = MemoryColumnJobs(journal)
        self.runs = MemoryRuns(journal)
        self.holds = MemoryHolds(journal)
        self.marks = MemoryMarks(journal)
        self.errands = MemoryErrands(journal)
        self.happenings = MemoryHappenings(journal)
        self.archive = MemoryArchive(journal)
        self.bookmarks = MemoryBookmarks(journal)

    def __repr__(self) -> str:
        """The name alone."""
        return f"MemoryStores({self.name!r})"


class MemoryTransactions:
    """`consentguard.ports.Transactions` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def atomic(self) -> AbstractContextManager[None]:
        """All of the block or nothing."""
        return self._journal.atomic()

    def outside(self) -> None:
        """Raises InsideTransactionError inside a transaction."""
        self._journal.outside()
