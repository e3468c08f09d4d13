"""What stands as proof, append-only: choices and outcomes of age screens, in memory."""

from __future__ import annotations

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import EVERYONE, AgeClaim, ConsentRecord


class MemoryConsentRecords:
    """`consentguard.ports.ConsentRecords` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._records = Shelf[str, ConsentRecord](journal)

    def add(self, record: ConsentRecord) -> None:
        """Keep a record."""
        self._records.add(record.id, record)

    def find(self, id: str) -> ConsentRecord | None:  # noqa: A002 - the port's own word
        """The record with this id."""
        return self._records.get(id)

    def latest(self, subject: str) -> ConsentRecord | None:
        """The newest record of a pseudonym."""
        theirs = [each for each in self._records.all() if each.subject == subject != EVERYONE]
        return max(theirs, key=lambda record: (record.at, record.id), default=None)


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
