"""What stands as proof, append-only: choices and outcomes of age screens."""

from __future__ import annotations

from consentguard.records import EVERYONE, AgeClaim, ConsentRecord
from consentguard_django import models
from consentguard_django.stores.rows import Rows

NEWEST = ("-at", "-id")


class DjangoConsents:
    """`consentguard.ports.ConsentRecords`."""

    def __init__(self, alias: str) -> None:
        self._rows = Rows(alias, models.ConsentRecord, ConsentRecord)

    def add(self, record: ConsentRecord) -> None:
        """Keep a record."""
        self._rows.add(record)

    def find(self, id: str) -> ConsentRecord | None:  # noqa: A002 - the record's own word
        """The record with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def latest(self, subject: str) -> ConsentRecord | None:
        """The newest record of a pseudonym; None for EVERYONE."""
        return None if subject == EVERYONE else self._rows.first(self._rows.where(subject=subject).order_by(*NEWEST))


class DjangoAgeClaims:
    """`consentguard.ports.AgeClaims`."""

    def __init__(self, alias: str) -> None:
        self._rows = Rows(alias, models.AgeClaim, AgeClaim)

    def add(self, claim: AgeClaim) -> None:
        """Keep a claim."""
        self._rows.add(claim)

    def latest(self, subject: str) -> AgeClaim | None:
        """The newest claim of a pseudonym; None for EVERYONE."""
        return None if subject == EVERYONE else self._rows.first(self._rows.where(subject=subject).order_by(*NEWEST))
