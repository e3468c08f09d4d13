"""The cookie of django-cookie-consent: what a visitor once answered there, and our choices in its words."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from cookie_consent.cache import all_cookie_groups
from cookie_consent.models import CookieGroup
from cookie_consent.util import parse_cookie_str, set_cookie_dict_to_response
from django.db import Error
from django.http import HttpRequest, HttpResponseBase

from consentguard.consent import ConsentError, allows
from consentguard.cookies import Choice
from consentguard.guard import Guard
from consentguard.web.privacy import jurisdiction_of
from consentguard_django import conf
from consentguard_django.cookie_consent.groups import name_of
from consentguard_django.cookie_consent.options import cookie_name, declined

_log = logging.getLogger("consentguard")


def given(request: HttpRequest, now: dt.datetime) -> Mapping[str, bool]:
    """What the visitor answered, by service: yes or no, and nothing of a group where the cookie has no answer that
    counts.

    Nobody signed it. So an acceptance counts only where it has the form that the package writes: the moment of the
    newest cookie that was shown, not in the future, and not older than the newest cookie that the group has now.
    """
    said = parse_cookie_str(dict.get(request.COOKIES, cookie_name(), ""))
    found = {}
    for varname, group in all_cookie_groups().items():
        value = said.get(varname)
        if value == declined():
            found[name_of(varname)] = False
        elif value is not None and _accepts(value, group, now):
            found[name_of(varname)] = True
    return found


def mirror(request: HttpRequest, response: HttpResponseBase, kept: str) -> None:
    """Say on a response in that package's cookie what `cg_choice` says in `kept`, for the templates that read it.

    A database that does not answer costs the mirror, and not the choice, which is on record by now.
    """
    guard = conf.guard(request)
    choice = guard.cookies.choice(kept)
    if choice is None:
        return
    try:
        groups = all_cookie_groups()
    except Error as error:
        _log.error("the cookie of django-cookie-consent is not set: %s", type(error).__name__)
        return
    said = {name: _said(request, guard, choice, group) for name, group in groups.items()}
    set_cookie_dict_to_response(response, {name: value for name, value in said.items() if value is not None})


def _said(request: HttpRequest, guard: Guard, choice: Choice, group: CookieGroup) -> str | None:
    """A group's version where the choice allows it, the word for declined where it does not; None where the policy
    does not know the group, and so nobody was asked.
    """
    site = guard.site
    place = jurisdiction_of(site, request.headers, request.META.get("REMOTE_ADDR", ""))
    try:
        allowed = allows(site.consent_policy, site.to_choose(place), name_of(group.varname), lambda: choice)
    except ConsentError:
        return None
    version: str = group.get_version() if allowed else declined()
    return version


def _accepts(value: str, group: CookieGroup, now: dt.datetime) -> bool:
    shown, newest = _moment(value), _moment(group.get_version())
    return shown is not None and newest is not None and newest <= shown <= now


def _moment(text: str) -> dt.datetime | None:
    """A moment as the package writes it: of the site's own zone where it names none."""
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
