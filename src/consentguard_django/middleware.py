"""`request.privacy` on every request: who it is about and what they chose, worked out when it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from consentguard.web.privacy import Privacy
from consentguard_django.visit import DjangoVisit

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class PrivacyMiddleware:
    """Attaches `request.privacy`, and tells caches when an answer depends on it.

    It stands first in MIDDLEWARE, so that whatever the others answer passes through it, and so that each of them can
    read `request.privacy`.
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
        privacy = _attached(request)
        response = cast(HttpResponseBase, self.get_response(request))
        if privacy.varies:
            _keep_private(response)
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        privacy = _attached(request)
        response = await cast("Awaitable[HttpResponseBase]", self.get_response(request))
        if privacy.varies:
            _keep_private(response)
        return response


def _attached(request: HttpRequest) -> Privacy:
    privacy = Privacy(DjangoVisit(request))
    request.privacy = privacy  # type: ignore[attr-defined]
    return privacy


def _keep_private(response: HttpResponseBase) -> None:
    patch_vary_headers(response, ["Cookie"])
    if "no-store" not in response.headers.get("Cache-Control", ""):
        patch_cache_control(response, private=True)
