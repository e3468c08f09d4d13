"""What stands as proof, append-only: outcomes of age screens, in memory."""

from __future__ import annotations

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import EVERYONE, AgeClaim


class MemoryAgeClaims:
    """`consentguard.ports.AgeClaims` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._claims = Shelf[str, AgeClaim](journal)

    def add(self, claim: AgeClaim) -> None:
        """Keep a claim."""
        self._claims.add(claim.id, claim)

    def latest(self, subject: str) -> AgeClaim | None:
        """The newest claim of a pseudonym."""
        theirs = [each for each in self._claims.all() if each.subject == subject != EVERYONE]
        return max(theirs, key=lambda claim: (claim.at, claim.id), default=None)
