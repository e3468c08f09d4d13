"""A second factor before views: what keeps the policy's rule on each request, and `step_up` before something grave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request

from consentguard.assurance import MAX_AGE
from consentguard.guard import Guard
from consentguard.web.answer import PRIVATE
from consentguard.web.assurance import Browser
from consentguard.web.demands import GRAVE, Demand, is_open, seconds
from consentguard.web.messages import Outbound
from consentguard_flask.pages import NAME, respond_with, set_cookies, url_for
from consentguard_flask.people import sign_in

View = TypeVar("View", bound=Callable[..., Any])
COOKIES = "consentguard_factor_cookies"
"""What `g` calls the cookies that the answer is to set."""
OPEN = "consentguard_open"
"""The attribute of a view that answers before a second factor was given."""


def attach(app: Flask) -> None:
    """Let nobody on whom `twofactor.required_for` requires a second factor see a view before they gave it."""
    app.before_request(_turned_away)
    app.after_request(_finished)


def step_up(scope: str, max_age: dt.timedelta | float | None = None) -> Callable[[View], View]:
    """Ask before a view that whoever is signed in has given a second factor lately: `@step_up("payout", 300)`.

    It stands below `@app.route`. `max_age` is in seconds or a timedelta, 15 minutes unless said; `scope` is what a
    program is told that it was refused. Who has no second factor, and need not have one, has to have signed in as
    lately. The database is asked each time. Raises ValueError for an age that nothing has.
    """
    age = seconds(max_age)

    def decorate(view: View) -> View:
        @wraps(view)
        def respond(*args: object, **kwargs: object) -> Any:
            refused = demand(scope, age)
            return refused if refused is not None else current_app.ensure_sync(view)(*args, **kwargs)

        return cast(View, respond)

    return decorate


def without_second_factor(view: View) -> View:
    """Let a view answer before a second factor was given, such as one that signs somebody out."""
    setattr(view, OPEN, True)
    return view


def demand(scope: str, max_age: dt.timedelta = MAX_AGE) -> Response | None:
    """What is answered to somebody who has not shown so lately who they are; None to somebody who has."""
    verdict = _browser().step_up(max_age)
    return None if verdict == "ok" else _answered(_demand().answer(verdict, scope))


def demand_for(what: str) -> Response | None:
    """What is answered to staff who do something grave in the admin (`requests.approve`) without a fresh factor.

    None where they gave one, where it is not grave, and where the policy has no second factor.
    """
    scope = GRAVE.get(what)
    if scope is None or _guard().site.policy.manifest.twofactor is None:
        return None
    return demand(scope)


def _guard() -> Guard:
    """The request's own, found once."""
    guard: Guard = g.privacy.guard
    return guard


def _browser() -> Browser:
    browser: Browser = g.privacy.browser
    return browser


def _demand() -> Demand:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Demand(
        guard=_guard(),
        method=request.method,
        path=request.full_path.removesuffix("?"),
        headers=dict(request.headers),
        url_for=url_for,
        sign_in=lambda: sign_in(app),
    )


def _turned_away() -> Response | None:
    if not _is_required_of_anybody() or _is_open():
        return None
    verdict, cookies = _browser().admitted()
    if verdict != "ok":
        return _answered(_demand().answer(verdict))
    setattr(g, COOKIES, cookies)
    return None


def _is_required_of_anybody() -> bool:
    rule = _guard().site.policy.manifest.twofactor
    return rule is not None and bool(rule.required_for)


def _is_open() -> bool:
    """Also an address that no view answers: the app says so itself."""
    if request.endpoint is None:
        return True
    view, settings = current_app.view_functions.get(request.endpoint), _guard().site.settings
    ours = request.blueprint == NAME
    return getattr(view, OPEN, False) or is_open(request.endpoint, request.path, settings, ours=ours)


def _answered(outbound: Outbound) -> Response:
    response = respond_with(outbound)
    response.headers.update(PRIVATE)
    return response


def _finished(response: Response) -> Response:
    set_cookies(response, g.get(COOKIES, ()))
    return response
