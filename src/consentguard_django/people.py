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
from django.utils.timezone import is_naive, make_aware

from consentguard.records import SubjectRef
from consentguard.web import people
from consentguard_django import conf


def subject_of(request: HttpRequest) -> SubjectRef | None:
    """The data subject who sent the request: the setting `subject` says who, else Django's authentication."""
    return people.subject_of(conf.guard(request).site, request, lambda: _signed_in(request))


def signed_in_at(request: HttpRequest) -> dt.datetime | None:
    """Since when: the setting `signed_in_at` says it, else the user's own `last_login`."""
    return people.signed_in_at(conf.guard(request).site, request, lambda: _last_login(request))


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


def _last_login(request: HttpRequest) -> dt.datetime | None:
    at: dt.datetime | None = getattr(getattr(request, "user", None), "last_login", None)
    return make_aware(at) if at is not None and is_naive(at) else at


def _signed_in(request: HttpRequest) -> tuple[str, object]:
    if not apps.is_installed("django.contrib.auth"):
        return "", None
    user = getattr(request, "user", None)
    key = user.pk if user is not None and user.is_authenticated else None
    return get_user_model()._meta.db_table, key
