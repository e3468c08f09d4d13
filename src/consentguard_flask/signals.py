"""Flask-Login tells that somebody has signed in: the session notes when, and what the browser refuses is taken down."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from typing import Any

from flask import Flask, has_request_context, request, session

from consentguard.cookies import FACTOR
from consentguard.errors import ConsentGuardError
from consentguard.web.consent.signals import signed_in
from consentguard_flask.pages import guards
from consentguard_flask.people import SIGN_IN, SIGNED_IN_AT, subject_of

_log = logging.getLogger("consentguard")


def connect(app: Flask) -> None:
    """Listen for the app's sign-ins, where Flask-Login is installed."""
    try:
        # which an app without accounts does not have
        from flask_login.signals import (
            user_loaded_from_cookie,
            user_logged_in,
            user_logged_out,
            user_login_confirmed,
        )
    except ModuleNotFoundError:
        return
    user_logged_in.connect(_signed_in, app)
    user_login_confirmed.connect(_confirmed, app)
    user_loaded_from_cookie.connect(_came_back, app)
    user_logged_out.connect(_signed_out, app)


def _signed_in(app: Flask, **_: Any) -> None:
    """Outside a request, as in a test of the app's, nobody's browser says anything."""
    if not has_request_context():
        return
    session[SIGN_IN] = secrets.token_urlsafe(16)
    _confirmed()
    signed_in(
        lambda: guards().of(request),
        dict(request.headers),
        request.remote_addr or "",
        lambda guard: subject_of(app, guard.site, request),
    )


def _confirmed(*_: Any, **__: Any) -> None:
    """Somebody gave their password, as they signed in or anew."""
    session[SIGNED_IN_AT] = dt.datetime.now(dt.UTC).timestamp()


def _came_back(*_: Any, **__: Any) -> None:
    """A session that began with the cookie which remembers somebody is a sign-in of its own; nobody gave anything."""
    session[SIGN_IN] = secrets.token_urlsafe(16)
    session.pop(SIGNED_IN_AT, None)


def _signed_out(*_: Any, **__: Any) -> None:
    """The session of the second factor ends with the sign-in; a device that is remembered stays so."""
    if not has_request_context():
        return
    session.pop(SIGN_IN, None)
    session.pop(SIGNED_IN_AT, None)
    token = request.cookies.get(FACTOR)
    if not token:
        return
    try:
        guards().of(request).sessions.leave(token)
    except ConsentGuardError as error:
        _log.error("the session of a second factor could not be ended: %s", error)
