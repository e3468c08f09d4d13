"""Who is signed in to a Flask app: Flask-Login's current user, where the app has Flask-Login."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, Request

from consentguard.records import SubjectRef
from consentguard.site import Site
from consentguard.web import people


def subject_of(app: Flask, site: Site, request: Request) -> SubjectRef | None:
    """The data subject who sent the request: the setting `subject` says who, else Flask-Login."""
    return people.subject_of(site, request, lambda: _signed_in(app))


def _signed_in(app: Flask) -> tuple[str, object]:
    if not hasattr(app, "login_manager"):
        return "", None
    from flask_login import current_user  # only where the app has it

    if not current_user or not current_user.is_authenticated:
        return "", None
    user = current_user._get_current_object()
    row: Any = sa.inspect(user, raiseerr=False)
    if row is None or row.identity is None:
        return "", user.get_id()
    # not get_id(): some apps, such as those with Flask-Security, sign people in by another key than the table's own
    return row.mapper.local_table.name, row.identity[0]
