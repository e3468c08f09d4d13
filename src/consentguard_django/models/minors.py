"""People who are too young: reports about them, and what their guardians were asked."""

from __future__ import annotations

from django.db import models

from consentguard_django.append_only import SEEN
from consentguard_django.columns import ID, SUBJECT, WORD, Moment, Name, Sealed, Text


class MinorReport(models.Model):
    """A report that a data subject is a minor: `consentguard.records.MinorReport`."""

    id = Name(max_length=ID, primary_key=True)
    state = Name(max_length=WORD)
    source = Name(max_length=WORD)
    received_at = Moment()
    due_at = Moment()
    subject = Name(max_length=SUBJECT, blank=True)
    details = Sealed()
    confirmed_by = Text()
    decided_at = Moment(null=True, blank=True)
    closed_at = Moment(null=True, blank=True)
    request = Name(max_length=ID, blank=True)
    reminded = models.IntegerField(default=0)

    class Meta:
        db_table = "consentguard_minor_report"
        default_permissions = SEEN
        permissions = (
            ("add_minorreport", "Can report that a data subject is a minor"),
            ("confirm_minorreport", "Can confirm that a data subject is a minor"),
            ("reject_minorreport", "Can reject reports that a data subject is a minor"),
        )
        indexes = (
            models.Index(fields=["state", "due_at", "id"], name="consentguard_minor_state"),
            models.Index(fields=["subject", "received_at", "id"], name="consentguard_minor_subject"),
        )

    def __str__(self) -> str:
        return f"report {self.id}"


class GuardianConsent(models.Model):
    """What a parent or guardian was asked for a child: `consentguard.records.GuardianConsent`."""

    id = Name(max_length=ID, primary_key=True)
    state = Name(max_length=WORD)
    asked_at = Moment()
    expires_at = Moment()
    subject = Name(max_length=SUBJECT)
    child = Sealed()
    contact = Sealed()
    language = Name(max_length=WORD)
    scopes = Text()
    method = Name(max_length=WORD, blank=True)
    answered_at = Moment(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    closed_at = Moment(null=True, blank=True)
    owed_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_guardian_consent"
        default_permissions = SEEN
        permissions = (("verify_guardianconsent", "Can say that a guardian's proof was seen"),)
        indexes = (
            models.Index(fields=["state", "expires_at", "id"], name="consentguard_guardian_state"),
            models.Index(fields=["subject", "asked_at", "id"], name="consentguard_guardian_child"),
            models.Index(fields=["owed_at", "id"], name="consentguard_guardian_owed"),
        )

    def __str__(self) -> str:
        return f"guardian consent {self.id}"
