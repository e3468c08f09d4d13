"""Consentguard's own tables: each column is the field of that name of a record."""

from __future__ import annotations

from consentguard_django.models.evidence import ConsentRecord, EvidenceCheckpoint, EvidenceEntry, EvidenceSeal
from consentguard_django.models.limits import Hold, Mark
from consentguard_django.models.minors import GuardianConsent, MinorReport
from consentguard_django.models.people import (
    AgeClaim,
    Authenticator,
    DataKey,
    FactorEpoch,
    FactorSession,
    Passkey,
    RecoveryCode,
)
from consentguard_django.models.requests import RightsRequest, Suppression, Token
from consentguard_django.models.work import ArchivedRow, ArchivedSubject, Bookmark, ColumnJob, Errand, Happening, Run

__all__ = [
    "AgeClaim",
    "ArchivedRow",
    "ArchivedSubject",
    "Authenticator",
    "Bookmark",
    "ColumnJob",
    "ConsentRecord",
    "DataKey",
    "Errand",
    "EvidenceCheckpoint",
    "EvidenceEntry",
    "EvidenceSeal",
    "FactorEpoch",
    "FactorSession",
    "GuardianConsent",
    "Happening",
    "Hold",
    "Mark",
    "MinorReport",
    "Passkey",
    "RecoveryCode",
    "RightsRequest",
    "Run",
    "Suppression",
    "Token",
]
