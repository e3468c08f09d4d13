"""What is kept of a person: second factors, the outcome of an age screen, and the key of what is sealed."""

from __future__ import annotations

from django.db import models

from consentguard_django.append_only import SEEN, AppendOnly
from consentguard_django.columns import DIGEST, ID, LABEL, NAME, SUBJECT, WORD, Moment, Name, Sealed


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
        permissions = (("reset_authenticator", "Can take second factors away"),)
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


class FactorSession(models.Model):
    """A browser in which somebody gave a second factor: `consentguard.records.FactorSession`."""

    id = Name(max_length=ID, primary_key=True)
    digest = Name(max_length=DIGEST)
    subject = Name(max_length=SUBJECT)
    factor = Name(max_length=DIGEST)
    method = Name(max_length=WORD)
    verified_at = Moment()
    seen_on = models.DateField()
    expires_at = Moment()
    remembered = models.BooleanField()
    label = Name(max_length=NAME, blank=True)
    sign_in = Name(max_length=DIGEST, blank=True)
    epoch = Name(max_length=ID, blank=True)

    class Meta:
        db_table = "consentguard_factor_session"
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=["digest"], name="consentguard_session_digest"),)
        indexes = (models.Index(fields=["subject", "verified_at", "id"], name="consentguard_session_subject"),)

    def __str__(self) -> str:
        return f"session {self.id}"


class FactorEpoch(models.Model):
    """Since which moment a subject's sessions count, by an id that each of them bears."""

    subject = Name(max_length=SUBJECT, primary_key=True)
    epoch = Name(max_length=ID)

    class Meta:
        db_table = "consentguard_factor_epoch"
        default_permissions = ()

    def __str__(self) -> str:
        return f"epoch {self.epoch}"


class Passkey(models.Model):
    """A public key to prove a second factor with: `consentguard.records.Passkey`."""

    id = Name(max_length=DIGEST, primary_key=True)
    subject = Name(max_length=SUBJECT)
    credential = Sealed()
    public_key = Sealed()
    sign_count = models.BigIntegerField()
    created_at = Moment()
    transports = Name(max_length=NAME, blank=True)
    name = Name(max_length=LABEL, blank=True)
    last_used_on = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "consentguard_passkey"
        default_permissions = SEEN
        indexes = (models.Index(fields=["subject", "created_at", "id"], name="consentguard_passkey_subject"),)

    def __str__(self) -> str:
        return f"passkey {self.id}"


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
