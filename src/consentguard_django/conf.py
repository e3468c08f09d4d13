"""The guard of this Django site, made from the setting CONSENTGUARD when it is first asked for."""

from __future__ import annotations

import sys
from functools import cache
from traceback import walk_stack
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.core.signals import setting_changed
from django.utils.autoreload import BaseReloader

from consentguard.errors import ConsentGuardError, SettingsError
from consentguard.guard import Guard
from consentguard_django.host import DjangoHost


class StartupError(ConsentGuardError, ImproperlyConfigured):
    """The settings, the policy or a tag on a model is wrong, and the site does not start."""


@cache
def guard() -> Guard:
    """The guard of the settings in force.

    Raises StartupError when the settings, the policy or a tag are wrong.
    """
    try:
        if not apps.is_installed("consentguard"):
            raise SettingsError('"consentguard" is not in INSTALLED_APPS', hint='list it beside "consentguard_django"')
        made = Guard(DjangoHost())
        _ = made.data_map
    except ConsentGuardError as error:
        raise StartupError(f"consentguard: {error}") from error
    return made


def check_startup() -> None:
    """Stop start-up with one clear message when the settings, the policy or a tag are wrong.

    A command line prints the traceback of whatever `django.setup()` raises, so there the message is all that is
    shown; a server gets the error itself, and stops.
    """
    try:
        guard()
    except StartupError as error:
        if _set_up_by_command():
            sys.exit(str(error))
        raise


def watch(sender: BaseReloader, **_: Any) -> None:
    """Let the development server start anew when the policy or the record of its versions changes."""
    from consentguard.publish.versions import INDEX  # not loaded to start a server

    settings = guard().settings
    sender.extra_files |= {settings.manifest, settings.published / INDEX}


def _set_up_by_command() -> bool:
    """Whether manage.py or django-admin is setting Django up."""
    return any(frame.f_code is ManagementUtility.execute.__code__ for frame, _ in walk_stack(None))


def _forget(*, setting: str, **_: Any) -> None:
    """Make the guard anew when a test overrides a setting it was made from."""
    if setting in {"CONSENTGUARD", "BASE_DIR", "INSTALLED_APPS"}:
        guard.cache_clear()


setting_changed.connect(_forget)
