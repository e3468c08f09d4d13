"""What the staff may do in Django's admin, by permissions and roles; and that an attempt beyond them is taken down."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase

from consentguard import roles
from consentguard.errors import ConsentGuardError
from consentguard.roles import Role
from consentguard_django import conf
from consentguard_django.people import subject_of

View = Callable[..., HttpResponseBase]
APP = "consentguard_django"


class RefusedError(PermissionDenied):
    """Somebody of the staff may not see a screen or do something: `what` it is, by its name in the core."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


def may(request: HttpRequest, what: str, permission: str) -> bool:
    """Whether the user may see a screen or do something: by its own permission, or by a role that brings it."""
    user = request.user
    return roles.allowed(
        what,
        lambda _: user.has_perm(permission),
        lambda role: user.has_perm(f"{APP}.{role}_privacy") or _is_told(request, role),
    )


def taken_down(view: View) -> View:
    """The view, whose refusals are evidence: outside of ATOMIC_REQUESTS, whose end would undo what has to stay."""

    @wraps(view)
    def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except RefusedError as refusal:
            _take_down(request, refusal.what)
            raise

    for alias in connections:
        respond = transaction.non_atomic_requests(using=alias)(respond)
    return respond


def _is_told(request: HttpRequest, role: Role) -> bool:
    """Whether the setting `may` says so; a site without a policy, which only encrypts, has none."""
    try:
        told = conf.guard(request).site.settings.may
    except ConsentGuardError:
        return False
    return bool(told and told(request, role))


def _take_down(request: HttpRequest, what: str) -> None:
    from consentguard.web.staff import refused  # brings the counting of attempts, which few requests need

    try:
        guard, who = conf.guard(request), subject_of(request)
    except ConsentGuardError:
        return  # a site without a policy, which only encrypts and has no evidence
    refused(guard, what, who)
