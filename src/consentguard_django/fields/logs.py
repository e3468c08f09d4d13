"""What django-auditlog writes down of a change, with the mask for each sealed value, however a model is registered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import signals

NOTHING = (None, "None")
"""NULL, as the package writes it."""


def watch() -> None:
    """Look at every entry of its log before it is saved, where the package is installed."""
    if apps.is_installed("auditlog"):
        entries = getattr(settings, "AUDITLOG_LOGENTRY_MODEL", "auditlog.LogEntry")
        signals.pre_save.connect(_mask, sender=entries, dispatch_uid="consentguard_django.fields.logs")


def _mask(instance: Any, **_: Any) -> None:
    from consentguard_django.fields.field import Encrypted  # which stands above this file

    model, changes = instance.content_type.model_class(), instance.changes
    for field in model._meta.concrete_fields if model and changes else ():
        if isinstance(field, Encrypted) and field.name in changes:
            changes[field.name] = _masked(changes[field.name])


def _masked(values: Iterable[Any]) -> list[Any]:
    from consentguard.masking import MASK  # brings the data map, which a field alone does not need

    return [value if value in NOTHING else MASK for value in values]
