"""Flask-Login tells that somebody has signed in: what their browser refuses by itself is taken down."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request

from consentguard.web.consent.signals import signed_in
from consentguard_flask.pages import guards
from consentguard_flask.people import subject_of


def connect(app: Flask) -> None:
    """Listen for the app's sign-ins, where Flask-Login is installed."""
    try:
        from flask_login.signals import user_logged_in  # which an app without accounts does not have
    except ModuleNotFoundError:
        return
    user_logged_in.connect(_signed_in, app)


def _signed_in(app: Flask, **_: Any) -> None:
    """Outside a request, as in a test of the app's, nobody's browser says anything."""
    if not has_request_context():
        return
    signed_in(
        lambda: guards().of(request),
        dict(request.headers),
        request.remote_addr or "",
        lambda guard: subject_of(app, guard.site, request),
    )
