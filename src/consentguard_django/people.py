"""Who is signed in to a Django site."""

from __future__ import annotations

import datetime as dt

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch

from consentguard.records import SubjectRef
from consentguard.web import people
from consentguard_django import conf

SIGNED_IN_AT = "consentguard_signed_in_at"
"""What a session calls the moment that its user signed in, in seconds since 1970."""

SIGN_IN = "consentguard_sign_in"
"""What a session calls the chance that tells its sign-in apart from every other."""


def subject_of(request: HttpRequest) -> SubjectRef | None:
    """The data subject who sent the request: the setting `subject` says who, else Django's authentication."""
    return people.subject_of(conf.guard(request).site, request, lambda: _signed_in(request))


def signed_in_at(request: HttpRequest) -> dt.datetime | None:
    """Since when: the setting `signed_in_at` says it, else the session does.

    The user's `last_login` does not: a sign-in elsewhere would make an old session pass for new.
    """
    return people.signed_in_at(conf.guard(request).site, request, lambda: since(request))


def since(request: HttpRequest) -> dt.datetime | None:
    """Since when Django's user is signed in, as `signals` noted it; None for nobody, and a session from before.

    For the setting `signed_in_at`, where the setting `subject` goes by Django's user.
    """
    if not getattr(getattr(request, "user", None), "is_authenticated", False) or not hasattr(request, "session"):
        return None
    at = request.session.get(SIGNED_IN_AT)
    return dt.datetime.fromtimestamp(at, dt.UTC) if isinstance(at, int | float) else None


def sign_in() -> str:
    """Where to: LOGIN_URL, which may be the name of a view; empty for one that does not exist."""
    try:
        return resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return ""


def reference(request: HttpRequest, who: SubjectRef | Model | str | None) -> SubjectRef | str | None:
    """The data subject whose row `who` is, where it is one; an e-mail address or a reference as it is."""
    if not isinstance(who, Model):
        return who
    return people.reference(conf.guard(request).site, who._meta.db_table, who.pk)


def _signed_in(request: HttpRequest) -> tuple[str, object]:
    if not apps.is_installed("django.contrib.auth"):
        return "", None
    user = getattr(request, "user", None)
    key = user.pk if user is not None and user.is_authenticated else None
    return get_user_model()._meta.db_table, key
