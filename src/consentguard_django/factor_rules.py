"""Of whom the policy requires a second factor, by Django's users, groups and permissions."""

from __future__ import annotations

from django.apps import apps
from django.http import HttpRequest

from consentguard.assurance import Rule, rules
from consentguard.assurance.rules import EVERYONE
from consentguard.errors import SettingsError
from consentguard.site import Site

_ROLES = {EVERYONE: "is_authenticated", "staff": "is_staff", "superuser": "is_superuser"}
"""Roles that Django's own user has an attribute for."""


def requires(site: Site, request: HttpRequest) -> bool:
    """Whether it requires one of who is signed in. Groups and permissions are asked of the database."""
    rule = site.policy.manifest.twofactor
    return rule is not None and any(_holds(request, site, each) for each in rules(rule.required_for))


def check_rules(site: Site) -> None:
    """Raises SettingsError for a rule that names nothing that this site knows."""
    manifest = site.policy.manifest
    for rule in rules(manifest.twofactor.required_for if manifest.twofactor else ()):
        if rule.kind == "role" and rule.name not in _ROLES and site.settings.has_role is None:
            message = f"twofactor.required_for names the role {rule.name!r}, which Django does not know"
            raise SettingsError(
                message, hint=f"say who has it in the setting has_role, or use one of {', '.join(_ROLES)}"
            )
        if rule.kind == "permission" and not apps.is_installed("django.contrib.auth"):
            raise SettingsError(f"twofactor.required_for names {rule}, and there is no django.contrib.auth to know it")
        label = rule.name.partition(".")[0]
        if rule.kind == "permission" and label not in {config.label for config in apps.get_app_configs()}:
            raise SettingsError(f"twofactor.required_for names {rule}", hint=f"no installed app is labelled {label!r}")


def _holds(request: HttpRequest, site: Site, rule: Rule) -> bool:
    user = getattr(request, "user", None)
    if site.settings.has_role is not None and site.settings.has_role(request, str(rule)):
        return True
    if user is None or not user.is_authenticated:
        return False
    if rule.kind == "permission":
        return bool(user.has_perm(rule.name))
    if rule.kind == "group":
        groups = getattr(user, "groups", None)
        return groups is not None and bool(groups.filter(name=rule.name).exists())
    return bool(getattr(user, _ROLES.get(rule.name, ""), False))
