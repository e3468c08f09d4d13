"""Django tells that somebody has signed in: their session notes when, and what their browser refuses is taken down."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone

from consentguard.cookies import FACTOR
from consentguard.errors import ConsentGuardError
from consentguard.web.consent.signals import signed_in
from consentguard.web.people import subject_of
from consentguard_django import conf
from consentguard_django.people import SIGN_IN, SIGNED_IN_AT

_log = logging.getLogger("consentguard")


def connect() -> None:
    """Listen for sign-ins."""
    user_logged_in.connect(_signed_in, dispatch_uid="consentguard")
    user_logged_out.connect(_signed_out, dispatch_uid="consentguard")


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """`request` is None where a host's own code signs somebody in without one."""
    if request is None:
        return
    if hasattr(request, "session"):
        request.session[SIGNED_IN_AT] = timezone.now().timestamp()
        request.session[SIGN_IN] = secrets.token_urlsafe(16)
    signed_in(
        lambda: conf.guard(request),
        request.headers,
        request.META.get("REMOTE_ADDR", ""),
        lambda guard: subject_of(guard.site, request, lambda: (user._meta.db_table, user.pk)),
    )


def _signed_out(request: HttpRequest | None, **_: Any) -> None:
    """The session of the second factor ends with the sign-in; a device that is remembered stays so."""
    token = request.COOKIES.get(FACTOR) if request is not None else None
    if request is None or not token:
        return
    try:
        conf.guard(request).sessions.leave(token)
    except ConsentGuardError as error:
        _log.error("the session of a second factor could not be ended: %s", error)
