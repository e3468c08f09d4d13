"""Outcomes of age screens, append-only."""

from __future__ import annotations

from consentguard.records import EVERYONE, AgeClaim
from consentguard_django import models
from consentguard_django.stores.rows import Rows


class DjangoAgeClaims:
    """`consentguard.ports.AgeClaims`."""

    def __init__(self, alias: str) -> None:
        self._rows = Rows(alias, models.AgeClaim, AgeClaim)

    def add(self, claim: AgeClaim) -> None:
        """Keep a claim."""
        self._rows.add(claim)

    def latest(self, subject: str) -> AgeClaim | None:
        """The newest claim of a pseudonym; None for EVERYONE."""
        rows = self._rows.where(subject=subject).order_by("-at", "-id")
        return None if subject == EVERYONE else self._rows.first(rows)
