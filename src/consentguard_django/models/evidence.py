"""What stands as proof: acts as they happened, and the chain over them."""

from __future__ import annotations

from typing import Any

from django.db import models

from consentguard.consent.record import ACT
from consentguard.roles import Role
from consentguard_django.append_only import SEEN, AppendOnly, AppendOnlyQuerySet
from consentguard_django.columns import DIGEST, ID, NAME, SUBJECT, Moment, Name, Text

PREFIXES = ("varchar_pattern_ops", "timestamptz_ops", "varchar_ops")
"""How PostgreSQL finds acts by their beginning, whatever the database's collation."""


class Decisions(models.Manager[Any]):
    """The entries that are records of consent."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Those of the one act."""
        return AppendOnlyQuerySet(self.model, using=self._db).filter(act=ACT)


class EvidenceEntry(AppendOnly):
    """An act as it happened: `consentguard.records.EvidenceEntry`."""

    id = Name(max_length=ID, primary_key=True)
    at = Moment()
    segment = Name(max_length=NAME)
    act = Name(max_length=NAME)
    subject = Name(max_length=SUBJECT, blank=True)
    version = Name(max_length=SUBJECT)
    details = Text()
    key_id = models.BigIntegerField()
    mac = Name(max_length=DIGEST)

    class Meta(AppendOnly.Meta):
        db_table = "consentguard_evidence_entry"
        verbose_name_plural = "evidence entries"
        permissions = (("verify_evidenceentry", "Can verify the evidence"),)
        indexes = (
            models.Index(fields=["at", "id"], name="consentguard_entry_at"),
            models.Index(fields=["subject", "id"], name="consentguard_entry_subject"),
            models.Index(fields=["act", "at", "id"], name="consentguard_entry_act", opclasses=PREFIXES),
        )

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class ConsentRecord(EvidenceEntry):
    """A choice as it was made: the entries of one act, and no table of its own."""

    objects = Decisions()  # type: ignore[assignment, misc]

    class Meta(AppendOnly.Meta):
        proxy = True

    def __str__(self) -> str:
        return f"consent {self.id}"


class EvidenceSeal(AppendOnly):
    """A link of the chain over the entries: `consentguard.records.Seal`. Its entry may be gone."""

    sequence = models.BigIntegerField(primary_key=True)
    entry = Name(max_length=ID, unique=True)
    previous = Name(max_length=DIGEST)
    hash = Name(max_length=DIGEST)
    at = Moment()

    class Meta(AppendOnly.Meta):
        db_table = "consentguard_evidence_seal"

    def __str__(self) -> str:
        return f"seal {self.sequence}"


class EvidenceCheckpoint(models.Model):
    """What is left of the seals that retention removed last: `consentguard.records.Checkpoint`."""

    sequence = models.BigIntegerField(primary_key=True)
    hash = Name(max_length=DIGEST)
    at = Moment()
    removed = models.BigIntegerField()
    key_id = models.BigIntegerField()
    mac = Name(max_length=DIGEST)

    class Meta:
        db_table = "consentguard_evidence_checkpoint"
        default_permissions = SEEN
        permissions = (
            *((f"{role}_privacy", f'Has the role "{role}" in privacy work') for role in Role),
            ("view_key", "Can view keys"),
            ("view_dataentry", "Can view the data map"),
            ("view_consentrate", "Can view how decisions about consent went"),
            ("view_consentversion", "Can view the versions of what visitors are asked"),
        )

    def __str__(self) -> str:
        return f"checkpoint {self.sequence}"
