"""What every store, mail, clock and resolver must do: one class of tests for each port, for yours to inherit.

    from consentguard.testing import contracts

    class TestTokens(contracts.TokensContract):
        \"\"\"Tokens in my store.\"\"\"

The fixtures that the tests ask for are described in the how-to guide "Write a store of your own".
"""

from __future__ import annotations

from consentguard.testing.contracts.ages import AgeClaimsContract
from consentguard.testing.contracts.base import Contract, People
from consentguard.testing.contracts.codes import RecoveryCodesContract
from consentguard.testing.contracts.columns import ColumnJobsContract, SealedRowsContract, Vault
from consentguard.testing.contracts.copies import CopiedRowsContract
from consentguard.testing.contracts.data_keys import DataKeysContract, WrappedKeysContract
from consentguard.testing.contracts.dataset import DatasetContract
from consentguard.testing.contracts.entries import EvidenceEntriesContract
from consentguard.testing.contracts.factors import AuthenticatorsContract
from consentguard.testing.contracts.guardians import GuardianConsentsContract
from consentguard.testing.contracts.keeping import ArchiveContract, BookmarksContract, HappeningsContract
from consentguard.testing.contracts.limits import HoldsContract, MarksContract
from consentguard.testing.contracts.minors import MinorReportsContract
from consentguard.testing.contracts.outside import FilesContract, LedgerContract
from consentguard.testing.contracts.passkeys import PasskeysContract
from consentguard.testing.contracts.requests import RightsRequestsContract
from consentguard.testing.contracts.seals import EvidenceSealsContract
from consentguard.testing.contracts.sessions import FactorSessionsContract
from consentguard.testing.contracts.suppressions import SuppressionsContract
from consentguard.testing.contracts.tokens import TokensContract
from consentguard.testing.contracts.transactions import TransactionsContract
from consentguard.testing.contracts.work import ErrandsContract, RunsContract
from consentguard.testing.contracts.world import ClockContract, JurisdictionsContract, MailContract
from consentguard.testing.races import Race

__all__ = [
    "AgeClaimsContract",
    "ArchiveContract",
    "AuthenticatorsContract",
    "BookmarksContract",
    "ClockContract",
    "ColumnJobsContract",
    "Contract",
    "CopiedRowsContract",
    "DataKeysContract",
    "DatasetContract",
    "ErrandsContract",
    "EvidenceEntriesContract",
    "EvidenceSealsContract",
    "FactorSessionsContract",
    "FilesContract",
    "GuardianConsentsContract",
    "HappeningsContract",
    "HoldsContract",
    "JurisdictionsContract",
    "LedgerContract",
    "MailContract",
    "MarksContract",
    "MinorReportsContract",
    "PasskeysContract",
    "People",
    "Race",
    "RecoveryCodesContract",
    "RightsRequestsContract",
    "RunsContract",
    "SealedRowsContract",
    "SuppressionsContract",
    "TokensContract",
    "TransactionsContract",
    "Vault",
    "WrappedKeysContract",
]
