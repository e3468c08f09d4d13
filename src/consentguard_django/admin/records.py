"""The screens that only show rows: consent records, second factors, age claims."""

from __future__ import annotations

from consentguard import screens
from consentguard_django.admin.base import RecordAdmin


class ConsentRecordAdmin(RecordAdmin):
    """Choices as they were made."""

    screen = screens.CONSENTS


class AuthenticatorAdmin(RecordAdmin):
    """Who has a second factor: its state, never its secret or a code."""

    screen = screens.FACTORS


class AgeClaimAdmin(RecordAdmin):
    """Outcomes of the age screen."""

    screen = screens.AGES
