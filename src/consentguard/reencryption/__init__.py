"""Re-encryption of whole columns while a site serves: keys are rotated, columns go in and come out."""

from __future__ import annotations

from consentguard.reencryption.rotation import Keys, Rotated, Rotation, State, written
from consentguard.reencryption.tables import ColumnError, EncryptedTable, Refusal, named
from consentguard.reencryption.uses import uses

__all__ = [
    "ColumnError",
    "EncryptedTable",
    "Keys",
    "Refusal",
    "Rotated",
    "Rotation",
    "State",
    "named",
    "uses",
    "written",
]
