"""The privacy policy that a site keeps: one file that it enforces, publishes and keeps evidence for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentguard.datamap.tags import SELF, Match, not_personal, personal_data, register
    from consentguard.errors import ConsentGuardError, DataMapError, ManifestError, SettingsError
    from consentguard.findings import Finding
    from consentguard.guard import Guard
    from consentguard.guards import Guards
    from consentguard.manifest.load import Policy, load
    from consentguard.records import Place, SubjectRef
    from consentguard.site import Site

__all__ = [
    "SELF",
    "ConsentGuardError",
    "DataMapError",
    "Finding",
    "Guard",
    "Guards",
    "ManifestError",
    "Match",
    "Place",
    "Policy",
    "SettingsError",
    "Site",
    "SubjectRef",
    "load",
    "not_personal",
    "personal_data",
    "register",
]

_ROOMS = {
    "consentguard.datamap.tags": ("SELF", "Match", "not_personal", "personal_data", "register"),
    "consentguard.errors": ("ConsentGuardError", "DataMapError", "ManifestError", "SettingsError"),
    "consentguard.findings": ("Finding",),
    "consentguard.guard": ("Guard",),
    "consentguard.guards": ("Guards",),
    "consentguard.site": ("Site",),
    "consentguard.records": ("Place", "SubjectRef"),
    "consentguard.manifest.load": ("Policy", "load"),
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
