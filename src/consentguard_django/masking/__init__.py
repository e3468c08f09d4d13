"""Sealed values in Django's admin: masked, shown to whoever may see them and says why, and never saved as a mask."""

from consentguard_django.masking.admin import SealedAdminMixin as SealedAdminMixin
