"""Work that goes on until it is done: runs, errands, events, archived rows, bookmarks, works on columns."""

from __future__ import annotations

from django.db import models

from consentguard_django.append_only import SEEN
from consentguard_django.columns import DIGEST, ID, LABEL, NAME, SUBJECT, WORD, Moment, Name, Sealed, Text, Texts


class Run(models.Model):
    """A plan as it is carried out: `consentguard.records.Run`."""

    id = Name(max_length=ID, primary_key=True)
    kind = Name(max_length=WORD)
    about = Name(max_length=NAME, blank=True)
    digest = Name(max_length=DIGEST)
    plan = Sealed()
    state = Name(max_length=WORD)
    step = models.IntegerField()
    last_key = Text(blank=True)
    counts = Text()
    started_at = Moment()
    beat_at = Moment()
    ended_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_run"
        default_permissions = SEEN
        permissions = (
            ("view_retention", "Can view what retention removes"),
            ("accept_retention", "Can accept what a rule of retention removes"),
            ("run_retention", "Can have retention remove what is due"),
        )
        indexes = (
            models.Index(fields=["kind", "state", "started_at", "id"], name="consentguard_run_state"),
            models.Index(fields=["kind", "started_at", "id"], name="consentguard_run_started"),
            models.Index(fields=["about", "started_at", "id"], name="consentguard_run_about"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Errand(models.Model):
    """Something to be done in another place: `consentguard.records.Errand`."""

    id = Name(max_length=ID, primary_key=True)
    about = Name(max_length=NAME)
    kind = Name(max_length=WORD)
    target = Name(max_length=LABEL)
    hand = Name(max_length=WORD)
    payload = Sealed()
    state = Name(max_length=WORD)
    tries = models.IntegerField()
    made_at = Moment()
    next_at = Moment()
    due_on = models.DateField(null=True, blank=True)
    done_at = Moment(null=True, blank=True)
    by = Name(max_length=LABEL, blank=True)
    proof = Text(blank=True)

    class Meta:
        db_table = "consentguard_errand"
        default_permissions = SEEN
        permissions = (("settle_errand", "Can say that an errand is done"),)
        indexes = (
            models.Index(fields=["state", "hand", "next_at", "id"], name="consentguard_errand_due"),
            models.Index(fields=["about", "id"], name="consentguard_errand_about"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.target} {self.id}"


class Happening(models.Model):
    """That an event of the policy happened: `consentguard.records.Happening`."""

    id = Name(max_length=ID, primary_key=True)
    event = Name(max_length=NAME)
    scope = Name(max_length=NAME)
    key = Name(max_length=LABEL)
    at = Moment()
    due_at = Moment()
    hides = models.BooleanField()
    done_at = Moment(null=True, blank=True)

    class Meta:
        db_table = "consentguard_happening"
        default_permissions = SEEN
        indexes = (models.Index(fields=["done_at", "due_at", "id"], name="consentguard_happening_due"),)

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class ArchivedRow(models.Model):
    """A row that left its table: `consentguard.records.ArchivedRow`."""

    id = Name(max_length=ID, primary_key=True)
    label = Name(max_length=LABEL)
    key = Text()
    subjects = Texts()
    archived_at = Moment()
    until = Moment(null=True, blank=True)
    content = Sealed()

    class Meta:
        db_table = "consentguard_archived_row"
        default_permissions = SEEN
        indexes = (models.Index(fields=["until", "id"], name="consentguard_archived_until"),)

    def __str__(self) -> str:
        return f"{self.label} {self.id}"


class ArchivedSubject(models.Model):
    """That an archived row is about a pseudonym: how it is found, where it is about several."""

    id = models.BigAutoField(primary_key=True)
    row = Name(max_length=ID)
    subject = Name(max_length=SUBJECT)

    class Meta:
        db_table = "consentguard_archived_subject"
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["subject", "row"], name="consentguard_archived_once"),)
        indexes = (models.Index(fields=["row"], name="consentguard_archived_of"),)

    def __str__(self) -> str:
        return f"archived row {self.row}"


class Bookmark(models.Model):
    """A fact of which there is one: `consentguard.records.Bookmark`."""

    name = Name(max_length=LABEL, primary_key=True)
    value = Text(blank=True)
    at = Moment()

    class Meta:
        db_table = "consentguard_bookmark"
        default_permissions = SEEN

    def __str__(self) -> str:
        return str(self.name)


class ColumnJob(models.Model):
    """How far a work on a whole column or table is: `consentguard.records.ColumnJob`."""

    name = Name(max_length=LABEL, primary_key=True)
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
