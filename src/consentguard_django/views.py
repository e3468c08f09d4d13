"""Translates a Django request for the core, and its answer back: one view for every route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag
from django.views.decorators.http import require_http_methods

from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import Route
from consentguard_django import conf

NAMESPACE = "consentguard"


def view(route: Route) -> Callable[..., HttpResponseBase]:
    """The Django view of a route."""

    @require_http_methods(list(route.methods))
    def respond(request: HttpRequest, **params: str) -> HttpResponseBase:
        guard = conf.guard(request)
        if not route.enabled(guard.site):
            raise Http404
        return _response(request, route.endpoint(guard, _inbound(request, params)))

    return respond


def url_for(name: str, /, *, namespace: str = NAMESPACE, **params: str) -> str:
    """`consentguard.web.messages.UrlFor` in Django's words."""
    if name == "static":
        return static(f"consentguard/{params['path']}")
    if name == "home":
        return get_script_prefix()
    return reverse(f"{namespace}:{name}", kwargs=params)


def _inbound(request: HttpRequest, params: dict[str, str]) -> Inbound:
    match = request.resolver_match
    return Inbound(
        method=request.method or "",
        params=params,
        query=request.GET.dict(),
        headers={**request.headers, "Accept-Language": ",".join(_languages(request))},
        url_for=partial(url_for, namespace=match.namespace if match else NAMESPACE),
    )


def _languages(request: HttpRequest) -> Iterator[str]:
    """What the visitor reads: first what the site's LocaleMiddleware found by path, cookie or browser, if any."""
    if hasattr(request, "LANGUAGE_CODE"):
        yield request.LANGUAGE_CODE
    yield request.headers.get("Accept-Language", "")


def _response(request: HttpRequest, outbound: Outbound) -> HttpResponseBase:
    if not outbound.template:
        raise Http404
    # the site's own layout around our text speaks the page's language too
    with translation.override(outbound.language):
        text = render_to_string(outbound.template, {"page": outbound.page}, request)
    response = HttpResponse(text, status=outbound.status, headers=outbound.headers)
    patch_vary_headers(response, outbound.vary)
    if outbound.vary and hasattr(request, "LANGUAGE_CODE"):
        patch_vary_headers(response, ["Cookie"])  # which may hold the language that the visitor chose
    if _reads_visitor(request):
        patch_cache_control(response, private=True)
        return response
    # over the whole page, because the host's layout changes too
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _reads_visitor(request: HttpRequest) -> bool:
    """Whether the site's layout looked at who is signed in, wrote a form's token, or showed a message that waited.

    No proxy may keep such a page.
    """
    session, messages = getattr(request, "session", None), getattr(request, "_messages", None)
    looked, told = session is not None and session.accessed, messages is not None and messages.used
    return bool(looked or told or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))
