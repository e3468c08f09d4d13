"""Who has a second factor in another app of a Django site: allauth's, or a device of django-otp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from consentguard_django.stores.portions import portions
from consentguard_django.stores.selecting import fitting
from consentguard_django.stores.transactions import told

ALLAUTH, OTP = "django-allauth", "django-otp"
RECOVERY = "otp_static"
"""The app of django-otp whose devices are codes to recover by."""


def factors(database: str, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """By package, those of these users who have a factor there; what can be no key has none. Raises StoreError."""
    return {name: _owners(database, users, rows) for name, rows in _kept()}


def _kept() -> Iterator[tuple[str, Iterable[QuerySet[Any]]]]:
    """Each installed package, and the rows of its factors that are in force."""
    if apps.is_installed("allauth.mfa"):
        from allauth.mfa.models import Authenticator

        yield ALLAUTH, [Authenticator._base_manager.exclude(type=Authenticator.Type.RECOVERY_CODES)]
    if apps.is_installed("django_otp"):
        from django_otp import device_classes

        kinds = [kind for kind in device_classes() if kind._meta.app_label != RECOVERY]
        yield OTP, [kind._base_manager.filter(confirmed=True) for kind in kinds]


def _is_in_range(key: object) -> bool:
    """Whether the column of users' keys can hold this; a database may fail at a number that is too large for it."""
    try:
        get_user_model()._meta.pk.run_validators(key)
    except ValidationError:
        return False
    return True


def _owners(database: str, users: Sequence[str], rows: Iterable[QuerySet[Any]]) -> frozenset[str]:
    keys = [key for key in fitting(get_user_model(), users) if _is_in_range(key)]
    with told(database):
        return frozenset(
            str(key)
            for each in rows
            for some in portions(keys)
            for key in each.using(database).filter(user_id__in=some).values_list("user_id", flat=True)
        )
