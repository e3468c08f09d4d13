"""The frozen facts that cross a port: who, what was decided, what was asked for, what happened."""

from __future__ import annotations

from consentguard.records.people import EVERYONE, Place, SubjectRef, new_id
from consentguard.records.proofs import (
    AgeClaim,
    AgeOutcome,
    Checkpoint,
    ConsentMethod,
    ConsentRecord,
    EvidenceEntry,
    Seal,
    Tally,
)
from consentguard.records.requests import (
    CHANGING,
    OWED,
    Authenticator,
    FactorState,
    Message,
    Owed,
    RequestState,
    RightsRequest,
    Token,
    TokenPurpose,
)
from consentguard.records.rows import LAST_DATA_KEY, ColumnJob, DataKey, DataKeyState, NewDataKey, Selection

__all__ = [
    "CHANGING",
    "EVERYONE",
    "LAST_DATA_KEY",
    "OWED",
    "AgeClaim",
    "AgeOutcome",
    "Authenticator",
    "Checkpoint",
    "ColumnJob",
    "ConsentMethod",
    "ConsentRecord",
    "DataKey",
    "DataKeyState",
    "EvidenceEntry",
    "FactorState",
    "Message",
    "NewDataKey",
    "Owed",
    "Place",
    "RequestState",
    "RightsRequest",
    "Seal",
    "Selection",
    "SubjectRef",
    "Tally",
    "Token",
    "TokenPurpose",
    "new_id",
]
