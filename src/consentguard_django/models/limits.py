"""What limits the use and the deletion of personal data: legal holds, restrictions and objections."""

from __future__ import annotations

from django.db import models

from consentguard_django.append_only import SEEN
from consentguard_django.columns import ID, LABEL, NAME, WORD, Moment, Name, Text, Texts


class Hold(models.Model):
    """A legal hold: `consentguard.records.Hold`. A data subject is two columns."""

    id = Name(max_length=ID, primary_key=True)
    reason = Text()
    author = Name(max_length=LABEL)
    placed_at = Moment()
    review_on = models.DateField()
    subject_kind = Name(max_length=NAME, blank=True)
    subject_key = Name(max_length=LABEL, blank=True)
    label = Name(max_length=LABEL, blank=True)
    keys = Texts(blank=True)
    columns = Texts(blank=True)
    released_at = Moment(null=True, blank=True)
    released_by = Name(max_length=LABEL, blank=True)

    class Meta:
        db_table = "consentguard_hold"
        default_permissions = SEEN
        permissions = (("add_hold", "Can place legal holds"), ("release_hold", "Can release legal holds"))
        verbose_name = "legal hold"
        indexes = (models.Index(fields=["released_at", "placed_at", "id"], name="consentguard_hold_force"),)

    def __str__(self) -> str:
        return f"hold {self.id}"


class Mark(models.Model):
    """A restriction or an objection: `consentguard.records.Mark`. A data subject is two columns."""

    id = Name(max_length=ID, primary_key=True)
    kind = Name(max_length=WORD)
    at = Moment()
    subject_kind = Name(max_length=NAME, blank=True)
    subject_key = Name(max_length=LABEL, blank=True)
    category = Name(max_length=NAME, blank=True)
    label = Name(max_length=LABEL, blank=True)
    key = Name(max_length=LABEL, blank=True)
    purpose = Name(max_length=NAME, blank=True)
    until = Moment(null=True, blank=True)
    lifted_at = Moment(null=True, blank=True)
    request = Name(max_length=ID, blank=True)

    class Meta:
        db_table = "consentguard_mark"
        default_permissions = SEEN
        permissions = (("lift_mark", "Can lift restrictions and objections"),)
        verbose_name = "restriction or objection"
        verbose_name_plural = "restrictions and objections"
        indexes = (
            models.Index(fields=["subject_kind", "subject_key", "at", "id"], name="consentguard_mark_subject"),
            # what a query of the site's own looks for, row by row
            models.Index(fields=["label", "key"], name="consentguard_mark_row"),
            models.Index(fields=["lifted_at", "at", "id"], name="consentguard_mark_force"),
            models.Index(fields=["lifted_at", "until", "id"], name="consentguard_mark_ending"),
            models.Index(fields=["kind", "lifted_at", "at", "id"], name="consentguard_mark_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
