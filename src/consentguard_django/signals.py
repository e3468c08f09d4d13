"""Django tells that somebody has signed in: their session notes when, and what their browser refuses is taken down."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from consentguard.web.consent.signals import signed_in
from consentguard.web.people import subject_of
from consentguard_django import conf
from consentguard_django.people import SIGNED_IN_AT


def connect() -> None:
    """Listen for sign-ins."""
    user_logged_in.connect(_signed_in, dispatch_uid="consentguard")


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """`request` is None where a host's own code signs somebody in without one."""
    if request is None:
        return
    if hasattr(request, "session"):
        request.session[SIGNED_IN_AT] = timezone.now().timestamp()
    signed_in(
        lambda: conf.guard(request),
        request.headers,
        request.META.get("REMOTE_ADDR", ""),
        lambda guard: subject_of(guard.site, request, lambda: (user._meta.db_table, user.pk)),
    )
