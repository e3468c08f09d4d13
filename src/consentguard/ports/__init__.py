"""What the core asks of its surroundings: stores of facts, the host's rows, mail, time, and where people are."""

from __future__ import annotations

from consentguard.ports.columns import (
    ColumnJobs,
    DataKeys,
    SealedRow,
    SealedRows,
    SealedTable,
    Swap,
    WrappedKeys,
)
from consentguard.ports.inner import Macs, Pseudonyms, Renewed, Resealer, Sealer, Shredder, Signer, SubjectKeys, Witness
from consentguard.ports.stores import (
    AgeClaims,
    Authenticators,
    ConsentRecords,
    Dataset,
    EvidenceEntries,
    EvidenceSeals,
    InsideTransactionError,
    RecoveryCodes,
    RightsRequests,
    StoreError,
    Stores,
    Tokens,
    Transactions,
)
from consentguard.ports.world import Clock, Jurisdictions, Mail, MailError

__all__ = [
    "AgeClaims",
    "Authenticators",
    "Clock",
    "ColumnJobs",
    "ConsentRecords",
    "DataKeys",
    "Dataset",
    "EvidenceEntries",
    "EvidenceSeals",
    "InsideTransactionError",
    "Jurisdictions",
    "Macs",
    "Mail",
    "MailError",
    "Pseudonyms",
    "RecoveryCodes",
    "Renewed",
    "Resealer",
    "RightsRequests",
    "SealedRow",
    "SealedRows",
    "SealedTable",
    "Sealer",
    "Shredder",
    "Signer",
    "StoreError",
    "Stores",
    "SubjectKeys",
    "Swap",
    "Tokens",
    "Transactions",
    "Witness",
    "WrappedKeys",
]
