"""Who may see a screen and act on it: the site says so, and without its word nobody may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from flask import Response, abort, current_app, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from consentguard.guard import Guard
from consentguard.roles import Role, allowed
from consentguard.web.staff import refused
from consentguard_flask.pages import NAME, guards
from consentguard_flask.people import subject_of

CARRY_OUT = "requests.carry_out"
"""To carry out rights requests, and to send the mails about them that are owed."""
APPROVE = "requests.approve"
"""To approve the plan of a rights request, and to release a copy."""
VERIFY = "evidence.verify"
"""To have the whole evidence verified."""

Accessible = Callable[[str], bool]
Refuse = Callable[[], ResponseReturnValue]
Who = Callable[[], str]


def nobody(_: str) -> bool:
    """The rule of a site that gave none."""
    return False


def unnamed() -> str:
    """The name of whoever is signed in, where the site does not tell it."""
    return ""


def refuse() -> NoReturn:
    """403, in the app's own manner."""
    abort(403)


def has_role(role: Role) -> bool:
    """Whether whoever sent the request has a role: the setting `may` says so, and without it nobody has."""
    guard = _guard()
    told = guard and guard.site.settings.may
    return bool(told and told(request, role))


def take_down(what: str) -> None:
    """Leave evidence that whoever is signed in was refused a screen or an act; without it they are refused as well."""
    if guard := _guard():
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        refused(guard, what, subject_of(app, guard.site, request))


def _guard() -> Guard | None:
    """The guard of the request; None in an app that has no `ConsentGuard`, where nobody may do anything."""
    return guards().of(request) if NAME in current_app.extensions else None


@dataclass(frozen=True, slots=True)
class Access:
    """The site's rule, its answer to whoever may not, and the name of whoever is signed in."""

    accessible: Accessible
    refuse: Refuse
    who: Who = unnamed

    def may(self, what: str) -> bool:
        """Whether whoever sent the request may see a screen or do something."""
        return allowed(what, self.accessible, has_role)

    def turn_away(self, what: str) -> Response:
        """What the site answers whoever may not; a 403 leaves evidence. Raises HTTPException."""
        try:
            answer = make_response(self.refuse())
        except Forbidden:
            take_down(what)
            raise
        if answer.status_code == Forbidden.code:
            take_down(what)
        return answer
