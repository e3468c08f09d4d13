"""Where the pages of consentguard stand in a Django site, in whatever namespace it has included them."""

from __future__ import annotations

from functools import cache

from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse
from django.utils import translation

from consentguard.errors import SettingsError

APP = "consentguard"
"""The name of our URLs, which is also that of their namespace where the site gives them no other."""


def path_to(name: str, **params: str) -> str:
    """The path of a page outside of a request. Raises SettingsError where the site has not included ours."""
    try:
        # below `i18n_patterns` the path begins with a language: the one that the page is in
        with translation.override(params.get("language") or translation.get_language()):
            return reverse(f"{namespace()}:{name}", kwargs=params)
    except NoReverseMatch as error:
        hint = 'add path("privacy/", include("consentguard_django.urls")) to the site\'s urls'
        raise SettingsError(f"the site has no address for the page {name}", hint=hint) from error


def namespace() -> str:
    """The full name of the namespace that holds our URLs, such as `legal:consentguard`."""
    return _namespace(get_resolver(get_urlconf())) or APP


@cache
def _namespace(resolver: URLResolver) -> str:
    """The name of the namespace below a resolver; empty where none is ours. Every link of a page asks."""
    for name, (_, inner) in resolver.namespace_dict.items():
        if inner.app_name == APP:
            return name
        if deeper := _namespace(inner):
            return f"{name}:{deeper}"
    return ""
