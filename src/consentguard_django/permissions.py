"""The permission to see sealed values, which `migrate` makes for each model that has some, beside Django's own."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.db import router
from django.db.models.signals import post_migrate

from consentguard.masking import UNMASK
from consentguard_django.fields import Encrypted


def offer() -> None:
    """Make them after each `migrate`; only the first call of a process does anything."""
    post_migrate.connect(_make, dispatch_uid="consentguard_django.permissions")


def _make(app_config: AppConfig, using: str, apps: Any = installed, **_: Any) -> None:
    if not installed.is_installed("django.contrib.auth"):
        return
    try:
        permissions, types = apps.get_model("auth.Permission"), apps.get_model("contenttypes.ContentType")
    except LookupError:
        return  # a `migrate` of some apps, which stops before those of Django
    if not router.allow_migrate_model(using, permissions):
        return
    for model in app_config.get_models():
        options = model._meta
        if any(isinstance(each, Encrypted) for each in options.concrete_fields):
            kind = types.objects.db_manager(using).get_for_model(model, for_concrete_model=False)
            permissions.objects.using(using).get_or_create(
                content_type=kind,
                codename=f"{UNMASK}_{options.model_name}",
                defaults={"name": f"Can see sealed values of {options.verbose_name_raw}"},
            )
