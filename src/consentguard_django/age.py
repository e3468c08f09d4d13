"""Views for those who are old enough: `@age_required` on functions, coroutines and classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from consentguard.web.age.gate import turned_away
from consentguard.web.messages import Inbound
from consentguard_django.middleware import keep_private, privacy_of
from consentguard_django.views import languages_of, respond_with, url_for

__all__ = ["age_required"]

Viewed = TypeVar("Viewed", bound=Callable[..., Any])


def age_required(view: Viewed) -> Viewed:
    """Keep a view for those who have the age that the policy asks for.

    Whoever has not said it is led to the question and back, whoever is too young reads so with 403; a program gets 403
    with JSON. What is answered is kept by no shared cache. Works on functions, coroutine functions and classes of
    views. The view raises AgeError where the policy has nobody asked, so that it is never open by mistake.
    """
    if isinstance(view, type):
        guarded = view
        guarded.dispatch = _guarded(view.dispatch, 1, is_async=view.view_is_async)  # type: ignore[attr-defined]
        return guarded
    return _guarded(view, 0, is_async=iscoroutinefunction(view))  # type: ignore[return-value]


def _guarded(view: Callable[..., Any], place: int, *, is_async: bool) -> Callable[..., Any]:
    """A view whose request is its argument at this place."""
    if is_async:

        @wraps(view)
        async def answer(*args: Any, **params: Any) -> HttpResponseBase:
            request = args[place]
            refused = await sync_to_async(_refused)(request)
            return refused or _private(await view(*args, **params))

    else:

        @wraps(view)
        def answer(*args: Any, **params: Any) -> HttpResponseBase:
            return _refused(args[place]) or _private(view(*args, **params))

    return answer


def _refused(request: HttpRequest) -> HttpResponseBase | None:
    inbound = Inbound(
        method="GET",
        headers={**request.headers, "Accept-Language": ",".join(languages_of(request))},
        url_for=url_for,
    )
    outbound = turned_away(privacy_of(request), inbound, request.get_full_path())
    return respond_with(request, outbound) if outbound else None


def _private(response: HttpResponseBase) -> HttpResponseBase:
    keep_private(response)
    return response
