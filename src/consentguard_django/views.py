"""Translates a Django request for the core, and its answer back: one view for every route."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.db import connections, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt

from consentguard.cookies import CHOICE
from consentguard.web.answer import answer
from consentguard.web.messages import FORM_LIMIT, Cookie, File, Inbound, Outbound
from consentguard.web.routes import READ, Route
from consentguard_django import conf
from consentguard_django.addresses import namespace
from consentguard_django.assurance import circumstances
from consentguard_django.people import sign_in, subject_of


class SeeOther(HttpResponseRedirect):
    """After a form the browser asks for a page: with 302 some clients would send the form again."""

    status_code = 303


def view(route: Route) -> Callable[..., HttpResponseBase]:
    """The Django view of a route.

    Without Django's token check, since `consentguard.web.safety` guards forms without a cookie; and outside of the
    transaction that ATOMIC_REQUESTS would put around it, whose end could undo a counted attempt.
    """

    def respond(request: HttpRequest, **params: str) -> HttpResponseBase:
        return respond_with(request, answer(route, conf.guard(request), inbound_of(request, params)))

    for alias in connections:
        respond = transaction.non_atomic_requests(using=alias)(respond)
    return csrf_exempt(respond)


def url_for(name: str, /, *, within: str = "", **params: str) -> str:
    """`consentguard.web.messages.UrlFor` in Django's words; `within` names one of several places that ours stand in."""
    if name == "static":
        return static(f"consentguard/{params['path']}")
    if name == "home":
        return get_script_prefix()
    return reverse(f"{within or namespace()}:{name}", kwargs=params)


def inbound_of(request: HttpRequest, params: dict[str, str]) -> Inbound:
    """A request as the core sees it."""
    match = request.resolver_match
    return Inbound(
        method=request.method or "",
        params=params,
        query=request.GET.dict(),
        headers={**request.headers, "Accept-Language": ",".join(languages_of(request))},
        cookies=request.COOKIES,
        body=b"" if request.method in READ else _body(request),
        address=request.META.get("REMOTE_ADDR", ""),
        secure=request.is_secure(),
        subject=partial(subject_of, request),
        circumstances=circumstances(request),
        sign_in=sign_in,
        url_for=partial(url_for, within=match.namespace if match else ""),
    )


def languages_of(request: HttpRequest) -> Iterator[str]:
    """What the visitor reads: first what the site's LocaleMiddleware found by path, cookie or browser, if any."""
    if hasattr(request, "LANGUAGE_CODE"):
        yield request.LANGUAGE_CODE
    yield request.headers.get("Accept-Language", "")


def _body(request: HttpRequest) -> bytes:
    """What was sent, and no more of it than the core wants to see. Raises BadRequest when it breaks off."""
    try:
        return request.read(FORM_LIMIT + 1)
    except OSError as error:
        raise BadRequest("the request's body cannot be read") from error


def respond_with(request: HttpRequest, outbound: Outbound) -> HttpResponseBase:
    """The core's answer as a response. Raises Http404, which the host answers in its own manner."""
    response = _content(request, outbound)
    for name, value in outbound.headers.items():
        response.headers[name] = value
    for cookie in outbound.cookies:
        set_cookie(response, cookie, secure=request.is_secure())
    _mirror(request, response, outbound)
    patch_vary_headers(response, outbound.vary)
    if outbound.vary and hasattr(request, "LANGUAGE_CODE"):
        patch_vary_headers(response, ["Cookie"])  # which may hold the language that the visitor chose
    if outbound.private or not isinstance(response, HttpResponse):
        return response
    if _reads_visitor(request):
        patch_cache_control(response, private=True)
        return response
    # over the whole page, because the host's layout changes too
    set_response_etag(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _content(request: HttpRequest, outbound: Outbound) -> HttpResponseBase:
    """The answer without its headers. Raises Http404, which the host answers in its own manner."""
    if outbound.redirect:
        return SeeOther(outbound.redirect)
    if outbound.json is not None:
        return JsonResponse(outbound.json, status=outbound.status, safe=False)
    if outbound.file:
        return _download(request, outbound.file)
    if outbound.template:
        # the site's own layout around our text speaks the page's language too
        with translation.override(outbound.language):
            text = render_to_string(outbound.template, {"page": outbound.page}, request)
        return HttpResponse(text, status=outbound.status)
    if outbound.status == 404:
        raise Http404
    return HttpResponse(status=outbound.status)


def _download(request: HttpRequest, file: File) -> HttpResponseBase:
    disposition = content_disposition_header(as_attachment=not file.shown, filename=file.name)
    facts = {"content_type": file.media_type, "headers": {"Content-Disposition": disposition}}
    if isinstance(file.content, bytes):
        return HttpResponse(file.content, **facts)
    pieces = _awaited(file.content) if isinstance(request, ASGIRequest) else file.content
    return StreamingHttpResponse(pieces, **facts)


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces one by one, each made in the thread that the database is used in.

    Of an iterator that is not asynchronous Django would make all of them before it sends the first.
    """
    following = sync_to_async(partial(next, pieces, b""), thread_sensitive=True)
    while piece := await following():
        yield piece


def set_cookie(response: HttpResponseBase, cookie: Cookie, *, secure: bool) -> None:
    """Set or remove a cookie as the core asks for it."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        secure=secure,
        httponly=cookie.http_only,
        samesite=cookie.same_site,
        domain=cookie.domain or None,
    )


def _mirror(request: HttpRequest, response: HttpResponseBase, outbound: Outbound) -> None:
    """Where django-cookie-consent is installed, its cookie says what ours says."""
    kept = next((cookie.value for cookie in outbound.cookies if cookie.name == CHOICE), "")
    if kept and apps.is_installed("cookie_consent"):
        from consentguard_django.cookie_consent.answers import mirror  # that app's models

        mirror(request, response, kept)


def _reads_visitor(request: HttpRequest) -> bool:
    """Whether the site's layout looked at who is signed in, wrote a form's token, or showed a message that waited.

    No proxy may keep such a page.
    """
    session, messages = getattr(request, "session", None), getattr(request, "_messages", None)
    looked, told = session is not None and session.accessed, messages is not None and messages.used
    return bool(looked or told or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"))
