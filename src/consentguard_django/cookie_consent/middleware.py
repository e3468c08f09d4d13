"""Takes over what a visitor answered in django-cookie-consent, so that nobody is asked again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

from consentguard.consent.imported import answered
from consentguard.cookies import CHOICE, REFUSAL
from consentguard.errors import ConsentGuardError
from consentguard.web.consent.decisions import asks, decide
from consentguard.web.frame import language_of
from consentguard.web.limits import client_key, is_within
from consentguard.web.messages import Cookie
from consentguard_django import conf
from consentguard_django.cookie_consent.answers import given
from consentguard_django.cookie_consent.options import cookie_name
from consentguard_django.views import inbound_of, set_cookie

SOURCE = "django-cookie-consent"
LIMIT = "600/hour"
"""How often one client may bring answers, as often as it may send a choice: each is an entry of the evidence."""
GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

_log = logging.getLogger("consentguard")


class ImportMiddleware:
    """Turns the old cookie of a visitor into our choice, recorded once, on the next page that they open.

    It stands right after PrivacyMiddleware, and goes when the old cookies have run out: a year after the last one was
    set, unless COOKIE_CONSENT_MAX_AGE says otherwise. It is the server that does this, on a GET, because no script can
    read the old cookie. Where the visitor was not asked about everything that the policy asks, nothing is taken over.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._async:
            return self._answer(request)
        cookies = _taken_over(request) if _brings_answers(request) else ()
        return _with(cookies, request, cast(HttpResponseBase, self.get_response(request)))

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        cookies = await sync_to_async(_taken_over)(request) if _brings_answers(request) else ()
        return _with(cookies, request, await cast("Awaitable[HttpResponseBase]", self.get_response(request)))


def _brings_answers(request: HttpRequest) -> bool:
    """Whether somebody opens a page with the old cookie alone: a picture or a script on it brings it too, at once."""
    cookies, headers = request.COOKIES, request.headers
    if cookie_name() not in cookies or CHOICE in cookies or REFUSAL in cookies:
        return False
    opened = headers.get("Sec-Fetch-Dest", "document") == "document" and "text/html" in headers.get("Accept", "")
    return request.method == "GET" and opened and "Sec-Purpose" not in headers


def _taken_over(request: HttpRequest) -> Sequence[Cookie]:
    """The cookies of the choice that was taken over; the request has it from now on, as if it had come with it.

    Whatever goes wrong costs the visitor nothing but the question.
    """
    try:
        cookies = _decided(request)
    except (ConsentGuardError, Error) as error:
        _log.error("the answers of an old cookie are not taken over: %s", type(error).__name__)
        return ()
    request.COOKIES.update({cookie.name: cookie.value for cookie in cookies if cookie.name == CHOICE})
    return cookies


def _decided(request: HttpRequest) -> Sequence[Cookie]:
    """Without an account: these are the answers of a browser, whoever is signed in there by now."""
    guard, inbound = conf.guard(request), replace(inbound_of(request, {}), subject=lambda: None)
    if not asks(guard.site):
        return ()
    policy = guard.site.consent_policy
    accepted = answered(policy, given(request, guard.clock.now()))
    if accepted is None or not is_within(LIMIT, guard.site, SOURCE, client_key(guard.site, inbound.address)):
        return ()
    guard.stores.transactions.outside()
    language = language_of(guard.site, inbound) or guard.site.policy.manifest.site.languages[0]
    return decide(guard, inbound, accepted, policy=policy.id, method="import", component=SOURCE, language=language)[1]


def _with(cookies: Sequence[Cookie], request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    for cookie in cookies:
        set_cookie(response, cookie, secure=request.is_secure())
    if cookies:
        patch_cache_control(response, private=True)  # no cache gives one visitor's choice to another
    return response
