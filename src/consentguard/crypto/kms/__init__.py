"""Key management services: they wrap the secrets of a keyring under a key that never leaves them."""

from __future__ import annotations

from consentguard.crypto.kms.caching import CachingKms
from consentguard.crypto.kms.opening import GROUP, open_kms
from consentguard.crypto.kms.port import (
    Kms,
    KmsError,
    KmsRefusedError,
    KmsUnreachableError,
    associated_data,
    refused,
    unreachable,
)
from consentguard.crypto.kms.uri import KmsUri

__all__ = [
    "GROUP",
    "CachingKms",
    "Kms",
    "KmsError",
    "KmsRefusedError",
    "KmsUnreachableError",
    "KmsUri",
    "associated_data",
    "open_kms",
    "refused",
    "unreachable",
]
