"""Who is signed in to a Flask app: Flask-Login's current user, where the app has Flask-Login."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, session, url_for

from consentguard.consent import ConsentError
from consentguard.records import SubjectRef
from consentguard.site import Site
from consentguard.web import people
from consentguard_flask.sessions import USER

SIGN_IN = "consentguard_sign_in"
"""What a session calls the chance that tells its sign-in apart from every other."""
SIGNED_IN_AT = "consentguard_signed_in_at"
"""What it calls the moment in which the password was given, in seconds since 1970. A copied cookie only gets older."""


def subject_of(app: Flask, site: Site, request: Request) -> SubjectRef | None:
    """The data subject who sent the request: the setting `subject` says who, else Flask-Login."""
    return people.subject_of(site, request, lambda: _signed_in(app))


def signed_in_at(site: Site, request: Request) -> dt.datetime | None:
    """Since when: the setting `signed_in_at` says it, else the session does."""
    return people.signed_in_at(site, request, lambda: since(request))


def since(_: Request) -> dt.datetime | None:
    """Since when Flask-Login's user is signed in, as `signals` noted it; None for nobody, and a session from before.

    For the setting `signed_in_at`, where the setting `subject` goes by Flask-Login's user.
    """
    at = session.get(SIGNED_IN_AT) if USER in session else None
    return dt.datetime.fromtimestamp(at, dt.UTC) if isinstance(at, int | float) else None


def sign_in(app: Flask) -> str:
    """Where to: the view that Flask-Login's manager leads to, where there is one."""
    view = getattr(getattr(app, "login_manager", None), "login_view", None)
    return url_for(view) if view in app.view_functions else ""


def reference(site: Site, who: object) -> SubjectRef | str | None:
    """The data subject whose row `who` is, where it is one that was flushed; an address or a reference as it is."""
    if who is None or isinstance(who, (SubjectRef, str)):
        return who
    found = _row_of(who)
    if found is None:
        raise ConsentError(
            f"a {type(who).__name__} is no data subject yet", hint="flush its session first, so that its row has a key"
        )
    return people.reference(site, *found)


def _row_of(who: Any) -> tuple[str, object] | None:
    """The table and the primary key of a row; None for what is none, or has no key yet."""
    row: Any = sa.inspect(who, raiseerr=False)
    if row is None or row.identity is None:
        return None
    return row.mapper.local_table.name, row.identity[0]


def _signed_in(app: Flask) -> tuple[str, object]:
    if not hasattr(app, "login_manager"):
        return "", None
    from flask_login import current_user  # only where the app has it

    if not current_user or not current_user.is_authenticated:
        return "", None
    user = current_user._get_current_object()
    # not get_id(): some apps, such as those with Flask-Security, sign people in by another key than the table's own
    return _row_of(user) or ("", user.get_id())
