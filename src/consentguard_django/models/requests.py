"""What somebody asked for or was given: requests, tokens, and addresses that no mail goes to."""

from __future__ import annotations

from django.db import models

from consentguard_django.append_only import SEEN
from consentguard_django.columns import DIGEST, ID, LABEL, NAME, REF, SUBJECT, WORD, Moment, Name, Sealed, Text


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
    channel = Name(max_length=WORD)
    identity = Name(max_length=WORD, blank=True)
    subject = Name(max_length=REF, blank=True)
    details = Sealed()
    owes = Name(max_length=WORD, blank=True)
    confirmed_at = Moment(null=True, blank=True)
    closed_at = Moment(null=True, blank=True)
    extended_on = models.DateField(null=True, blank=True)
    paused_at = Moment(null=True, blank=True)
    reminded = models.IntegerField(default=0)
    plan = Name(max_length=DIGEST, blank=True)
    approved_by = Text()
    assigned = Name(max_length=LABEL, blank=True)
    denial = Name(max_length=WORD, blank=True)
    outcome = Text(blank=True)

    class Meta:
        db_table = "consentguard_rights_request"
        default_permissions = SEEN
        permissions = (
            ("carry_out_rightsrequest", "Can carry out rights requests"),
            ("approve_rightsrequest", "Can approve the plan of a rights request"),
            ("refuse_rightsrequest", "Can refuse rights requests"),
            ("extend_rightsrequest", "Can extend the time to answer rights requests"),
            ("assign_rightsrequest", "Can assign rights requests"),
            ("review_export_rightsrequest", "Can review an export before it is released"),
            ("enter_rightsrequest", "Can take down rights requests of people who phoned or wrote"),
            ("verify_rightsrequest", "Can say who sent a rights request"),
        )
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
