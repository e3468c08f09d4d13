"""The Django application: at start-up it checks the settings, the policy and the tags."""

from __future__ import annotations

from django.apps import AppConfig

from consentguard import cli


class ConsentGuardConfig(AppConfig):
    """consentguard in a Django site."""

    name = "consentguard_django"
    verbose_name = "Privacy"

    def ready(self) -> None:
        """Stop a site whose policy is wrong; `manage.py consentguard` says so itself, and `init` writes the first."""
        from consentguard_django import checks, conf  # noqa: F401 - not before the models, and checks registers itself

        if not cli.running():
            conf.check_startup()
