"""Patients, whose sealed values the admin masks, and what was noted at their visits."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models

from consentguard import personal_data
from consentguard_django.fields import Encrypted

DAY = dt.date(2026, 11, 21)


@personal_data(
    "visits", subjects={"member": "member"}, anchors={"visited": "seen_on"}, not_personal={"ward": "a place"}
)
class Patient(models.Model):
    """Somebody with a file of each kind of value."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    ward = models.CharField(max_length=20)
    seen_on = models.DateField(default=DAY)
    phone = Encrypted(models.CharField("phone number", max_length=40, help_text="With the country's code"))
    email = Encrypted(models.EmailField(null=True, blank=True))
    born_on = Encrypted(models.DateField(null=True, blank=True))
    operated_at = Encrypted(models.DateTimeField(null=True, blank=True))
    weight = Encrypted(models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True))
    smokes = Encrypted(models.BooleanField(default=False))
    blood = Encrypted(models.CharField(max_length=2, choices=[("0", "zero"), ("ab", "AB")], default="0"))
    findings = Encrypted(models.JSONField(default=dict, blank=True))
    insurer = Encrypted(models.CharField(max_length=40, blank=True, default=""), bound_to={"member": "member_id"})

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"Patient {self.pk}"


@personal_data("visits", subjects={"member": "patient.member"}, anchors={"visited": "patient.seen_on"})
class Remark(models.Model):
    """What was noted at a visit."""

    patient = models.ForeignKey(Patient, models.CASCADE)
    day = models.DateField(default=DAY)
    text = Encrypted(models.TextField(blank=True, default=""))

    def __str__(self) -> str:
        return f"Remark {self.pk}"


class Named(models.Model):
    """Its name is sealed, and stands in every title."""

    name = Encrypted(models.CharField(max_length=20))

    class Meta:
        managed = False

    def __str__(self) -> Any:
        return self.name
