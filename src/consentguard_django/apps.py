"""The Django application: at start-up it checks the settings, the policy and the tags."""

from __future__ import annotations

import sys
from contextlib import suppress

from django.apps import AppConfig, apps
from django.utils.autoreload import autoreload_started

from consentguard.errors import ConsentGuardError
from consentguard.guards import install_without_policy
from consentguard.host import own_command


class ConsentGuardConfig(AppConfig):
    """consentguard in a Django site."""

    name = "consentguard_django"
    verbose_name = "Privacy"

    def ready(self) -> None:
        """Stop a site whose policy is wrong; `manage.py consentguard` says so itself, and `init` writes the first."""
        from consentguard_django import checks, conf  # not before the models
        from consentguard_django.host import DjangoHost

        if "consentguard_django.fields" in sys.modules:  # as models with encrypted columns have it
            from consentguard_django import permissions

            permissions.offer()
        checks.register()
        if apps.is_installed("consentguard") and apps.is_installed("django.contrib.auth"):
            from consentguard_django import signals  # brings models, which must be there

            signals.connect()
        autoreload_started.connect(conf.watch)
        if apps.is_installed("consentguard"):
            from consentguard_django import purposes  # with a policy, which declares them

            purposes.install()
        if not own_command():
            conf.check_startup()
            return
        with suppress(ConsentGuardError):  # which the command itself meets and reports
            install_without_policy(DjangoHost())
