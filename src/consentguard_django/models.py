"""Consentguard's own tables: each column is the field of that name of a record."""

from __future__ import annotations

from typing import Any

from django.db import models

from consentguard.consent.record import ACT
from consentguard_django.append_only import SEEN, AppendOnly, AppendOnlyQuerySet
from consentguard_django.columns import Moment, Name, Sealed, Text

ID = 32
DIGEST = 64
WORD = 40
SUBJECT = 64
NAME = 100
JOB = 200
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
            ("view_key", "Can view keys"),
            ("view_dataentry", "Can view the data map"),
            ("view_consentrate", "Can view how decisions about consent went"),
            ("view_consentversion", "Can view the versions of what visitors are asked"),
        )

    def __str__(self) -> str:
        return f"checkpoint {self.sequence}"


class Suppression(models.Model):
    """An address that no mail of a purpose goes to any more, by its keyed pseudonym."""

    id = models.BigAutoField(primary_key=True)
    address = Name(max_length=SUBJECT)
    purpose = Name(max_length=NAME)
    at = Moment()

    class Meta:
        db_table = "consentguard_suppression"
        default_permissions = SEEN
        constraints = (models.UniqueConstraint(fields=["address", "purpose"], name="consentguard_suppression_once"),)

    def __str__(self) -> str:
        return f"suppression {self.pk}"


class RightsRequest(models.Model):
    """What somebody asked for, and how far it is: `consentguard.records.RightsRequest`."""

    id = Name(max_length=ID, primary_key=True)
    right = Name(max_length=WORD)
    state = Name(max_length=WORD)
    received_at = Moment()
    due_on = models.DateField()
    language = Name(max_length=WORD)
    jurisdiction = Name(max_length=WORD, blank=True)
    contact = Sealed()
    contact_ref = Name(max_length=SUBJECT)
    owes = Name(max_length=WORD, blank=True)
    confirmed_at = Moment(null=True, blank=True)
    closed_at = Moment(null=True, blank=True)
    outcome = Text(blank=True)

    class Meta:
        db_table = "consentguard_rights_request"
        default_permissions = SEEN
        permissions = (("carry_out_rightsrequest", "Can carry out rights requests"),)
        indexes = (
            models.Index(fields=["state", "due_on", "id"], name="consentguard_request_state"),
            models.Index(fields=["owes", "received_at", "id"], name="consentguard_request_owing"),
            models.Index(fields=["contact_ref", "id"], name="consentguard_request_contact"),
        )

    def __str__(self) -> str:
        return f"{self.right} {self.id}"


class Token(models.Model):
    """A token that somebody holds, by its digest: `consentguard.records.Token`."""

    digest = Name(max_length=DIGEST, primary_key=True)
    purpose = Name(max_length=WORD)
    about = Name(max_length=NAME)
    expires_at = Moment()
    used_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_token"
        default_permissions = SEEN
        indexes = (
            models.Index(fields=["about", "purpose"], name="consentguard_token_about"),
            models.Index(fields=["expires_at"], name="consentguard_token_expires"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} token about {self.about}"


class Authenticator(models.Model):
    """A second factor: `consentguard.records.Authenticator`."""

    id = Name(max_length=ID, primary_key=True)
    subject = Name(max_length=SUBJECT)
    kind = Name(max_length=WORD)
    state = Name(max_length=WORD)
    secret = Sealed()
    created_at = Moment()
    last_step = models.BigIntegerField()
    failures = models.IntegerField()
    next_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_authenticator"
        default_permissions = SEEN
        verbose_name = "second factor"
        indexes = (
            models.Index(fields=["subject", "created_at", "id"], name="consentguard_factor_subject"),
            models.Index(fields=["state", "id"], name="consentguard_factor_state"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class RecoveryCode(models.Model):
    """A code that replaces a second factor once, by its keyed digest."""

    id = models.BigAutoField(primary_key=True)
    subject = Name(max_length=SUBJECT)
    digest = Name(max_length=DIGEST)
    used_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_recovery_code"
        default_permissions = SEEN
        constraints = (models.UniqueConstraint(fields=["subject", "digest"], name="consentguard_recovery_once"),)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class AgeClaim(AppendOnly):
    """The outcome of an age screen: `consentguard.records.AgeClaim`."""

    id = Name(max_length=ID, primary_key=True)
    at = Moment()
    subject = Name(max_length=SUBJECT, blank=True)
    threshold = models.IntegerField()
    outcome = Name(max_length=WORD)
    method = Name(max_length=WORD)
    assurance = Name(max_length=WORD)
    version = Name(max_length=SUBJECT)
    recheck_on = models.DateField(null=True, blank=True)

    class Meta(AppendOnly.Meta):
        db_table = "consentguard_age_claim"
        indexes = (
            models.Index(fields=["subject", "at", "id"], name="consentguard_age_subject"),
            models.Index(fields=["outcome", "id"], name="consentguard_age_outcome"),
        )

    def __str__(self) -> str:
        return f"age claim {self.id}"


class DataKey(models.Model):
    """A data subject's key, wrapped, or what is left of a destroyed one: `consentguard.records.DataKey`."""

    id = models.AutoField(primary_key=True)  # of 32 bits, since a sealed value names it in so many
    state = Name(max_length=WORD)
    created_at = Moment(null=True, blank=True)
    subject = Name(max_length=SUBJECT, null=True, blank=True)
    key_id = models.BigIntegerField(null=True, blank=True)
    wrapped = Sealed(null=True, blank=True)
    destroyed_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "consentguard_data_key"
        default_permissions = SEEN
        constraints = (models.UniqueConstraint(fields=["subject"], name="consentguard_key_subject"),)
        indexes = (models.Index(fields=["key_id", "id"], name="consentguard_key_wrapper"),)

    def __str__(self) -> str:
        return f"data key {self.pk}"


class ColumnJob(models.Model):
    """How far a work on a whole column or table is: `consentguard.records.ColumnJob`."""

    name = Name(max_length=JOB, primary_key=True)
    goal = Text()
    phase = Name(max_length=WORD)
    last_key = Text(blank=True)
    done = models.BigIntegerField()
    at = Moment()

    class Meta:
        db_table = "consentguard_column_job"
        default_permissions = SEEN

    def __str__(self) -> str:
        return str(self.name)
