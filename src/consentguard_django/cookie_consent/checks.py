"""System checks of a site that has django-cookie-consent installed beside us.

`consentguard.W030`: its middleware removes cookies too.
`consentguard.W031`: the site's cache can give the page of a visitor who accepted to others.
`consentguard.W032`: its own views still take choices that are on no record of ours.
`consentguard.W033`: its admin and the policy differ; asks the database.
`consentguard.W034`: a setting of its own names one of its views, which are not wired: Django's page for errors fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import NoReverseMatch, reverse

from consentguard.errors import ConsentGuardError
from consentguard_django import conf
from consentguard_django.cookie_consent import groups

CLEANS = "cookie_consent.middleware.CleanCookiesMiddleware"
CACHES = ("UpdateCacheMiddleware", "CacheMiddleware")
OURS = "consentguard_django.middleware.PrivacyMiddleware"


def register(tag: str) -> None:
    """Add the checks to Django's."""
    checks.register(check_middleware, tag)
    checks.register(check_urls, tag)
    checks.register(check_drafts, checks.Tags.database)


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """One middleware removes cookies, and no cache keeps a page that depends on one."""
    found: list[checks.CheckMessage] = []
    middleware = list(settings.MIDDLEWARE)
    if CLEANS in middleware:
        message = f"{CLEANS} removes cookies that PrivacyMiddleware answers for, and by its own groups."
        found.append(checks.Warning(message, hint="Remove it from MIDDLEWARE.", id="consentguard.W030"))
    if OURS not in middleware and any(path.rpartition(".")[2] in CACHES for path in middleware):
        message = "The filters of cookie_consent read a cookie and do not say so, so the site's cache may give the "
        message += "page of a visitor who accepted to one who did not."
        hint = f"Put {OURS} first in MIDDLEWARE: it keeps such pages out of the cache."
        found.append(checks.Warning(message, hint=hint, id="consentguard.W031"))
    return found


def check_urls(**_: Any) -> list[checks.CheckMessage]:
    """Choices are taken where they are recorded."""
    try:
        path = reverse("cookie_consent_accept")
    except NoReverseMatch:
        return list(_unwired())
    message = f"The views of cookie_consent answer at {path}: what they take is on no record, and no policy is asked."
    return [checks.Warning(message, hint='Remove include("cookie_consent.urls").', id="consentguard.W032")]


def _unwired() -> Iterator[checks.CheckMessage]:
    """Its settings name no view of its own: Django's page for errors shows every setting, and would fail itself."""
    try:
        str(getattr(settings, "COOKIE_CONSENT_SUCCESS_URL", ""))
    except NoReverseMatch:
        message = "COOKIE_CONSENT_SUCCESS_URL is a view of cookie_consent that is not wired, so that Django's page for "
        message += "errors cannot show the settings."
        yield checks.Warning(message, hint='Set COOKIE_CONSENT_SUCCESS_URL = "/".', id="consentguard.W034")


def check_drafts(databases: object = None, **_: Any) -> list[checks.CheckMessage]:
    """What people drafted in the admin is in the policy; asked only where Django lets checks ask a database."""
    if not databases:
        return []
    try:
        if conf.only_encrypts():
            return []
        found = groups.findings(conf.site().policy.manifest)
    except ConsentGuardError:
        return []  # which check_policy reports
    return [
        checks.Warning(f"{each.id} {each.where}: {each.message}", hint=each.hint, id="consentguard.W033")
        for each in found
    ]
