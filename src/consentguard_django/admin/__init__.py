"""The screens of Django's admin: registered with its default site, and with any other by `register`."""

from __future__ import annotations

from django.contrib import admin

from consentguard_django import models
from consentguard_django.admin.consent import ConsentRate, ConsentVersion, RatesAdmin, VersionsAdmin
from consentguard_django.admin.desks import (
    ErrandAdmin,
    GuardianConsentAdmin,
    HoldAdmin,
    MarkAdmin,
    MinorReportAdmin,
    Retention,
    RetentionAdmin,
    RunAdmin,
)
from consentguard_django.admin.evidence import EvidenceAdmin
from consentguard_django.admin.factors import AuthenticatorAdmin
from consentguard_django.admin.records import AgeClaimAdmin, ConsentRecordAdmin
from consentguard_django.admin.requests import RightsRequestAdmin
from consentguard_django.admin.tables import DataEntry, DataMapAdmin, Key, KeysAdmin

__all__ = ["register"]


def register(site: admin.AdminSite) -> None:
    """Add our screens to an admin site of the host's own. Raises AlreadyRegistered where they are there."""
    site.register(models.ConsentRecord, ConsentRecordAdmin)
    site.register(ConsentRate, RatesAdmin)
    site.register(ConsentVersion, VersionsAdmin)
    site.register(models.RightsRequest, RightsRequestAdmin)
    site.register(models.MinorReport, MinorReportAdmin)
    site.register(models.GuardianConsent, GuardianConsentAdmin)
    site.register(models.Hold, HoldAdmin)
    site.register(models.Errand, ErrandAdmin)
    site.register(models.Mark, MarkAdmin)
    site.register(Retention, RetentionAdmin)
    site.register(models.Run, RunAdmin)
    site.register(models.EvidenceEntry, EvidenceAdmin)
    site.register(models.Authenticator, AuthenticatorAdmin)
    site.register(models.AgeClaim, AgeClaimAdmin)
    site.register(Key, KeysAdmin)
    site.register(DataEntry, DataMapAdmin)


register(admin.site)
