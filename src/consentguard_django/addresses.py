"""Where the pages of consentguard stand in a Django site, outside of a request."""

from __future__ import annotations

from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils import translation

from consentguard.errors import SettingsError

APP = "consentguard"


def path_to(name: str, **params: str) -> str:
    """The path of a page, in whatever namespace the site has included ours.

    Raises SettingsError where it has not included them at all.
    """
    try:
        # below `i18n_patterns` the path begins with a language: the one that the page is in
        with translation.override(params.get("language") or translation.get_language()):
            return reverse(f"{_namespace(get_resolver()) or APP}:{name}", kwargs=params)
    except NoReverseMatch as error:
        hint = 'add path("privacy/", include("consentguard_django.urls")) to the site\'s urls'
        raise SettingsError(f"the site has no address for the page {name}", hint=hint) from error


def _namespace(resolver: URLResolver) -> str:
    """The full name of the namespace that holds our URLs, such as `legal:consentguard`; empty where none does."""
    for name, (_, inner) in resolver.namespace_dict.items():
        if inner.app_name == APP:
            return name
        if deeper := _namespace(inner):
            return f"{name}:{deeper}"
    return ""
