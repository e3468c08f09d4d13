"""The guards of this Django project, made from the setting CONSENTGUARD when they are first asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from traceback import walk_stack
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.utils.autoreload import BaseReloader

from consentguard.errors import ConsentGuardError, SettingsError
from consentguard.findings import Finding
from consentguard.guard import Guard
from consentguard.guards import Guards, install_without_policy, options_of
from consentguard.settings import Settings
from consentguard.site import Site
from consentguard_django.factor_rules import check_rules
from consentguard_django.host import DjangoHost


class StartupError(ConsentGuardError, ImproperlyConfigured):
    """The settings, the policy or a tag on a model is wrong, and the site does not start."""


@cache
def guards() -> Guards:
    """The guards of the settings in force.

    Raises StartupError when the settings, the policy or a tag are wrong.
    """
    with _stopping():
        if not apps.is_installed("consentguard"):
            raise SettingsError('"consentguard" is not in INSTALLED_APPS', hint='list it beside "consentguard_django"')
        made = Guards(DjangoHost())
        for each in made.sites.values():
            _ = each.data_map
            check_rules(each)
        made.install()
    return made


def guard(request: HttpRequest) -> Guard:
    """The guard that a request belongs to."""
    return guards().of(request)


def site() -> Site:
    """The project's first site, or only one."""
    return guards().site()


def only_encrypts() -> bool:
    """Whether the site has no policy, and lists this app alone: for encrypted columns and their keys, and no page.

    Raises StartupError where a setting is wrong.
    """
    with _stopping():
        host = DjangoHost()
        manifest = Settings.of(options_of(host), host.root()).manifest
    return not apps.is_installed("consentguard") and not manifest.exists()


def findings_without_policy() -> list[Finding]:
    """What is to be said of a site that only encrypts. Raises SettingsError."""
    from consentguard.datamap.sealed import one_dump  # for commands: a server that starts checks nothing here

    host = DjangoHost()
    return list(one_dump(host.sealed_columns(), Settings.of(options_of(host), host.root()).data_keys))


def check_startup() -> None:
    """Stop start-up with one clear message when the settings, the policy or a tag are wrong. Else encrypted columns
    have their keyring and their data keys.

    A command line prints the traceback of whatever `django.setup()` raises, so there the message is all that is
    shown; a server gets the error itself, and stops.
    """
    try:
        if only_encrypts():
            install_without_policy(DjangoHost())
        else:
            guards()
    except StartupError as error:
        if _set_up_by_command():
            sys.exit(str(error))
        raise


def watch(sender: BaseReloader, **_: Any) -> None:
    """Let the development server start anew when a policy or the record of its versions changes."""
    from consentguard.publish.versions import INDEX  # not loaded to start a server

    sites = {} if only_encrypts() else guards().sites
    for each in sites.values():
        sender.extra_files |= {each.settings.manifest, each.settings.published / INDEX}


@contextmanager
def _stopping() -> Iterator[None]:
    """Whatever is wrong stops the site."""
    try:
        yield
    except ConsentGuardError as error:
        raise StartupError(f"consentguard: {error}") from error


def _set_up_by_command() -> bool:
    """Whether manage.py or django-admin is setting Django up."""
    return any(frame.f_code is ManagementUtility.execute.__code__ for frame, _ in walk_stack(None))


def _forget(*, setting: str, **_: Any) -> None:
    """Make the guards anew when a test overrides a setting it was made from."""
    if setting in {"CONSENTGUARD", "BASE_DIR", "INSTALLED_APPS"}:
        guards.cache_clear()


setting_changed.connect(_forget)
