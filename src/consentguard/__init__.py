"""The privacy policy that a site keeps: one file that it enforces, publishes and keeps evidence for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentguard.consent import ConsentError, MethodError, OutdatedError, PreTickedError
    from consentguard.consent.errors import CookieRefusedError
    from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError, UnknownKeyError
    from consentguard.crypto.keyring import Keyring, KeyringError
    from consentguard.datamap.tags import SELF, Match, not_personal, personal_data, register
    from consentguard.errors import ConsentGuardError, ConsentMissingError, DataMapError, ManifestError, SettingsError
    from consentguard.findings import Finding
    from consentguard.guard import Guard
    from consentguard.guards import Guards
    from consentguard.manifest.load import Policy, load
    from consentguard.ports import StoreError
    from consentguard.records import Place, SubjectRef
    from consentguard.restriction.errors import (
        OutsidePurposeError,
        ProhibitedPurposeError,
        PurposeError,
        PurposeLimitationError,
        RestrictionError,
        UndeclaredPurposeError,
    )
    from consentguard.restriction.purposes import current_purpose, purpose
    from consentguard.site import Site
    from consentguard.unsubscribe import UnsubscribedError
    from consentguard.web.privacy import Privacy

__all__ = [
    "SELF",
    "ConsentError",
    "ConsentGuardError",
    "ConsentMissingError",
    "CookieRefusedError",
    "DataMapError",
    "DecryptionError",
    "ErasedError",
    "Finding",
    "Guard",
    "Guards",
    "Keyring",
    "KeyringError",
    "ManifestError",
    "Match",
    "MethodError",
    "OutdatedError",
    "OutsidePurposeError",
    "Place",
    "Policy",
    "PreTickedError",
    "Privacy",
    "ProhibitedPurposeError",
    "PurposeError",
    "PurposeLimitationError",
    "RestrictionError",
    "SettingsError",
    "Site",
    "StoreError",
    "SubjectRef",
    "TamperedError",
    "UndeclaredPurposeError",
    "UnknownKeyError",
    "UnsubscribedError",
    "current_purpose",
    "load",
    "not_personal",
    "personal_data",
    "purpose",
    "register",
]

_ROOMS = {
    "consentguard.consent": ("ConsentError", "MethodError", "OutdatedError", "PreTickedError"),
    "consentguard.consent.errors": ("CookieRefusedError",),
    "consentguard.crypto.errors": ("DecryptionError", "ErasedError", "TamperedError", "UnknownKeyError"),
    "consentguard.crypto.keyring": ("Keyring", "KeyringError"),
    "consentguard.datamap.tags": ("SELF", "Match", "not_personal", "personal_data", "register"),
    "consentguard.errors": (
        "ConsentGuardError",
        "ConsentMissingError",
        "DataMapError",
        "ManifestError",
        "SettingsError",
    ),
    "consentguard.findings": ("Finding",),
    "consentguard.guard": ("Guard",),
    "consentguard.guards": ("Guards",),
    "consentguard.manifest.load": ("Policy", "load"),
    "consentguard.ports": ("StoreError",),
    "consentguard.records": ("Place", "SubjectRef"),
    "consentguard.restriction.errors": (
        "OutsidePurposeError",
        "ProhibitedPurposeError",
        "PurposeError",
        "PurposeLimitationError",
        "RestrictionError",
        "UndeclaredPurposeError",
    ),
    "consentguard.restriction.purposes": ("current_purpose", "purpose"),
    "consentguard.site": ("Site",),
    "consentguard.unsubscribe": ("UnsubscribedError",),
    "consentguard.web.privacy": ("Privacy",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing consentguard costs next to nothing."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
