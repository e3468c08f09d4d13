"""`request.privacy` on every request, and the cookies of every response: what is not allowed does not leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from consentguard.consent.gate import name_of
from consentguard.errors import SettingsError
from consentguard.tombstones.standby import REFUSAL, RETRY_AFTER
from consentguard.web.gate import Refused, SetCookie, judged
from consentguard.web.privacy import Privacy
from consentguard_django import conf
from consentguard_django.views import set_cookie
from consentguard_django.visit import DjangoVisit

CACHE_CONTROL = "Cache-Control"
SET_COOKIE = "Set-Cookie"
GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class PrivacyMiddleware:
    """Attaches `request.privacy`, tells caches when an answer depends on it, and looks at each cookie that is set.

    It stands first in MIDDLEWARE, so that whatever the others answer passes through it, and so that each of them can
    read `request.privacy`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._watch = _companion()
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._async:
            return self._answer(request)
        if conf.guards().may_refuse and conf.guards().refuses(request):
            return _refusal()
        privacy = self._attached(request)
        response = cast(HttpResponseBase, self.get_response(request))
        refused = _finished(request, response, privacy)
        if refused is not None:
            refused.take_down()
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if conf.guards().may_refuse and await sync_to_async(conf.guards().refuses)(request):
            return _refusal()
        privacy = self._attached(request)
        response = await cast("Awaitable[HttpResponseBase]", self.get_response(request))
        refused = _finished(request, response, privacy)
        if refused is not None and refused.is_news:
            await sync_to_async(refused.take_down)()
        return response

    def _attached(self, request: HttpRequest) -> Privacy:
        privacy = Privacy(DjangoVisit(request))
        request.privacy = privacy  # type: ignore[attr-defined]
        if self._watch is not None:
            self._watch(request, privacy)
        return privacy


def privacy_of(request: HttpRequest) -> Privacy:
    """The request's Privacy. Raises SettingsError without the middleware, for nobody would see to its answer."""
    privacy: Privacy | None = getattr(request, "privacy", None)
    if privacy is None:
        hint = 'put "consentguard_django.middleware.PrivacyMiddleware" first in MIDDLEWARE'
        raise SettingsError("requests have no `privacy`", hint=hint)
    return privacy


def _refusal() -> HttpResponse:
    """The answer while the site's database is a copy that was put back."""
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(REFUSAL, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def _companion() -> Callable[[HttpRequest, Privacy], None] | None:
    """What notices that a page reads the cookie of django-cookie-consent, where that is installed."""
    if not apps.is_installed("cookie_consent"):
        return None
    from consentguard_django.cookie_consent.watch import watch  # that app's settings

    return watch


def _finished(request: HttpRequest, response: HttpResponseBase, privacy: Privacy) -> Refused | None:
    """Tell caches what they must know, and take out of the response what must not leave."""
    if privacy.varies:
        keep_private(response)
    for cookie in privacy.kept:
        set_cookie(response, cookie, secure=request.is_secure())
    raw = response.headers.get(SET_COOKIE)
    if raw is None and not response.cookies:
        return None
    cookies: list[SetCookie] = [(name, morsel.OutputString) for name, morsel in response.cookies.items()]
    if raw is not None:
        cookies.append((name_of(raw), partial(str, raw)))
    refused = judged(privacy, cookies, partial(_route, request))
    if refused is not None:
        _withhold(response, refused.withheld)
    return refused


def _withhold(response: HttpResponseBase, withheld: Collection[int]) -> None:
    names = list(response.cookies)
    for place in withheld:
        if place < len(names):
            del response.cookies[names[place]]
        else:
            del response.headers[SET_COOKIE]


def _route(request: HttpRequest) -> str:
    """The pattern of the address, which holds nothing of what a visitor asked for; empty where no view answered."""
    return request.resolver_match.route if request.resolver_match else ""


def keep_private(response: HttpResponseBase) -> None:
    """Tell caches that an answer is one visitor's own: no shared one keeps it, and no other cookies get it."""
    patch_vary_headers(response, ["Cookie"])
    control = response.headers.get(CACHE_CONTROL)
    if control is None:
        response.headers[CACHE_CONTROL] = "private"  # as Django would write it, which reads it first
    elif "no-store" not in control:
        patch_cache_control(response, private=True)
