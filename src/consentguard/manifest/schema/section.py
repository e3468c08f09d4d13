"""The base of every table of the manifest, and the condition that many of them share."""

from __future__ import annotations

from msgspec import Struct

from consentguard.manifest.vocabulary import PlanName, Region


class Section(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every table of the manifest: frozen, and an unknown key is a mistake."""


class When(Section, frozen=True):
    """For whom an entry holds; an empty list means everyone."""

    jurisdiction: list[Region] = []
    plan: list[PlanName] = []
