"""How somebody signed in to a Flask app: what Flask-Login's session and the host say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from flask import Flask, Request, session

from consentguard.assurance import Evidence, rules
from consentguard.assurance.rules import EVERYONE
from consentguard.errors import SettingsError
from consentguard.site import Site
from consentguard.web.circumstances import UNKNOWN, Circumstances
from consentguard_flask.people import SIGN_IN, signed_in_at, subject_of

FRESH = "_fresh"
"""Where Flask-Login says that the session began with a password, and not with the cookie that remembers somebody."""


def circumstances(app: Flask, site: Site, request: Request) -> Circumstances:
    """What is known of a request's sign-in. Nothing is asked before it matters."""
    return Circumstances(
        sign_in=lambda: str(session.get(SIGN_IN, UNKNOWN)),
        signed_in_at=partial(_signed_in_at, app, site, request),
        elsewhere=partial(_elsewhere, site, request),
        required=partial(is_required, app, site, request),
    )


def is_required(app: Flask, site: Site, request: Request) -> bool:
    """Whether the policy requires a second factor of who is signed in."""
    rule, told = site.policy.manifest.twofactor, site.settings.has_role
    if rule is None or not rule.required_for:
        return False
    if EVERYONE in rule.required_for and subject_of(app, site, request) is not None:
        return True
    return told is not None and any(told(request, str(each)) for each in rules(rule.required_for))


def check_rules(site: Site) -> None:
    """Raises SettingsError where the policy names people, and nobody says who they are."""
    rule = site.policy.manifest.twofactor
    named = [str(each) for each in rules(rule.required_for if rule else ()) if str(each) != EVERYONE]
    if named and site.settings.has_role is None:
        message = f"twofactor.required_for names {', '.join(named)}, and the app does not say who they are"
        raise SettingsError(message, hint="give a function of the request and such a name in the setting has_role")


def _signed_in_at(app: Flask, site: Site, request: Request) -> dt.datetime | None:
    """Not of a session that began with Flask-Login's cookie to remember somebody: nobody gave anything then."""
    if hasattr(app, "login_manager") and session.get(FRESH) is False:
        return None
    return signed_in_at(site, request)


def _elsewhere(site: Site, request: Request) -> Iterator[Evidence]:
    told = site.settings.factor_evidence
    if told is not None:
        yield from told(request)
