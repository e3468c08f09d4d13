"""The screens that only show rows: consent records, age claims."""

from __future__ import annotations

from consentguard import screens
from consentguard_django.admin.base import RecordAdmin


class ConsentRecordAdmin(RecordAdmin):
    """Choices as they were made."""

    screen = screens.CONSENTS


class AgeClaimAdmin(RecordAdmin):
    """Outcomes of the age screen."""

    screen = screens.AGES
