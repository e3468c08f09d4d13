"""Re-encryption of whole columns while a site serves: keys are rotated, columns go in and come out."""

from __future__ import annotations

from consentguard.reencryption.conversion import Conversion, Progress
from consentguard.reencryption.pairs import Pair, Way, named_pair
from consentguard.reencryption.refusals import Refusal
from consentguard.reencryption.rotation import Keys, Rotated, Rotation, State, written
from consentguard.reencryption.tables import ColumnError, EncryptedTable, named
from consentguard.reencryption.uses import uses

__all__ = [
    "ColumnError",
    "Conversion",
    "EncryptedTable",
    "Keys",
    "Pair",
    "Progress",
    "Refusal",
    "Rotated",
    "Rotation",
    "State",
    "Way",
    "named",
    "named_pair",
    "uses",
    "written",
]
