"""A second factor before pages: the middleware that keeps the policy's rule, and `step_up` before something grave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator

from consentguard.assurance import MAX_AGE
from consentguard.web.answer import PRIVATE
from consentguard.web.assurance import Browser
from consentguard.web.demands import GRAVE, Demand, is_open, seconds
from consentguard.web.messages import Cookie, Outbound
from consentguard_django import conf
from consentguard_django.addresses import APP
from consentguard_django.assurance import circumstances
from consentguard_django.people import sign_in, subject_of
from consentguard_django.views import respond_with, set_cookie, url_for

View = TypeVar("View", bound=Callable[..., Any])
GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
COOKIES = "consentguard_factor_cookies"
"""The attribute of a request that holds the cookies which its answer is to set."""
OPEN = "consentguard_open"
"""The attribute of a view that answers before a second factor was given."""
_SERVED = frozenset({"django.contrib.staticfiles.views", "django.views.static"})
"""Where the views are that serve files in development, without which a page has no style."""


class SecondFactorMiddleware:
    """Lets nobody on whom `twofactor.required_for` requires a second factor see a page before they gave it.

    It stands behind AuthenticationMiddleware, and behind that of whatever else the host knows people by. Who is
    authenticated later, as by a token that a view of an API reads, is seen by `step_up` alone.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)
            self.process_view = self._process_view_async
        else:
            self.process_view = self._process_view  # type: ignore[assignment]

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._async:
            return self._answer(request)
        return finish(request, cast(HttpResponseBase, self.get_response(request)))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        return finish(request, await cast("Awaitable[HttpResponseBase]", self.get_response(request)))

    def _process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        return None if _is_open(request, view) else _turned_away(request)

    async def _process_view_async(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        return None if _is_open(request, view) else await sync_to_async(_turned_away)(request)


def step_up(scope: str, max_age: dt.timedelta | float | None = None) -> Callable[[View], View]:
    """Ask before a view that whoever is signed in has given a second factor lately: `@step_up("payout", 300)`.

    For functions, asynchronous ones too, and for classes and their methods by `method_decorator`. `max_age` is in
    seconds or a timedelta, 15 minutes unless said; `scope` is what a program is told that it was refused. Who has no
    second factor, and need not have one, has to have signed in as lately. The database is asked each time. Raises
    ValueError for an age that nothing has.
    """
    age = seconds(max_age)

    def decorate(view: View) -> View:
        if isinstance(view, type):
            if getattr(view, "view_is_async", False):
                return cast(View, _asynchronous(view, scope, age))
            return cast(View, method_decorator(decorate, name="dispatch")(view))
        if iscoroutinefunction(view):

            @wraps(view)
            async def later(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
                refused = await sync_to_async(demand)(request, scope, age)
                return refused or await view(request, *args, **kwargs)

            return cast(View, later)

        @wraps(view)
        def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            return demand(request, scope, age) or view(request, *args, **kwargs)

        return cast(View, respond)

    return decorate


def _asynchronous(view: Any, scope: str, age: dt.timedelta) -> type:
    """A class of asynchronous handlers, whose `dispatch` is a plain function that returns a coroutine."""
    dispatch = view.dispatch

    @wraps(dispatch)
    async def asked_first(self: Any, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        refused = await sync_to_async(demand)(request, scope, age)
        return refused or await dispatch(self, request, *args, **kwargs)

    view.dispatch = asked_first
    return cast(type, view)


def without_second_factor(view: View) -> View:
    """Let a view answer before a second factor was given, such as one that signs somebody out."""
    setattr(view, OPEN, True)
    return view


def demand(request: HttpRequest, scope: str, max_age: dt.timedelta = MAX_AGE) -> HttpResponseBase | None:
    """What is answered to somebody who has not shown so lately who they are; None to somebody who has."""
    verdict = browser_of(request).step_up(max_age)
    return None if verdict == "ok" else respond_to(request, _demand(request).answer(verdict, scope))


def demand_for(request: HttpRequest, what: str) -> HttpResponseBase | None:
    """What is answered to staff who do something grave in the admin (`requests.approve`) without a fresh factor.

    None where they gave one, where it is not grave, and where the policy has no second factor.
    """
    scope = GRAVE.get(what)
    return demand(request, scope) if scope and offers(request) else None


def offers(request: HttpRequest) -> bool:
    """Whether the policy has a second factor at all; a site that only encrypts has no policy."""
    return not conf.only_encrypts() and conf.guard(request).site.policy.manifest.twofactor is not None


def require(request: HttpRequest) -> HttpResponseBase | None:
    """What is answered to somebody who gave no second factor, whatever the policy requires of them; else None."""
    known = browser_of(request)
    return _kept_out(request, replace(known, circumstances=replace(known.circumstances, required=lambda: True)))


def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with the cookies that `require` found it needs."""
    cookies: tuple[Cookie, ...] = getattr(request, COOKIES, ())
    for cookie in cookies:
        set_cookie(response, cookie, secure=request.is_secure())
    return response


def browser_of(request: HttpRequest) -> Browser:
    """What the request shows of a second factor; worked out once."""
    kept = getattr(request, "consentguard_browser", None)
    if kept is None:
        kept = Browser(
            guard=conf.guard(request),
            cookies=request.COOKIES,
            subject=lambda: subject_of(request),
            circumstances=circumstances(request),
        )
        request.consentguard_browser = kept  # type: ignore[attr-defined]
    return cast(Browser, kept)


def respond_to(request: HttpRequest, outbound: Outbound) -> HttpResponseBase:
    """An answer of the core's that no page of ours gives: nobody keeps it."""
    response = respond_with(request, outbound)
    for name, value in PRIVATE.items():
        response.headers[name] = value
    return response


def _demand(request: HttpRequest) -> Demand:
    return Demand(
        guard=conf.guard(request),
        method=request.method or "",
        path=request.get_full_path(),
        headers=request.headers,
        url_for=url_for,
        sign_in=sign_in,
    )


def _turned_away(request: HttpRequest) -> HttpResponseBase | None:
    return _kept_out(request, browser_of(request))


def _kept_out(request: HttpRequest, browser: Browser) -> HttpResponseBase | None:
    verdict, cookies = browser.admitted()
    if verdict != "ok":
        return respond_to(request, _demand(request).answer(verdict))
    setattr(request, COOKIES, cookies)
    return None


def _is_open(request: HttpRequest, view: Callable[..., Any]) -> bool:
    if getattr(view, OPEN, False) or view.__module__ in _SERVED:
        return True
    match = request.resolver_match
    name, ours = (match.view_name, match.app_names[-1:] == [APP]) if match else ("", False)
    return is_open(name, request.path, conf.guard(request).site.settings, ours=ours)
