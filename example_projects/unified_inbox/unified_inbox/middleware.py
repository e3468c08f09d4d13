"""Middleware of the site: the content security policy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let pages load from this site alone, and run inline scripts that bear their nonce.

    (Django has this built in from 6.0; the site also runs on 5.2.)
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        nonce = getattr(request, "csp_nonce", "")
        policy = f"default-src 'self'; script-src 'self' 'nonce-{nonce}'" if nonce else "default-src 'self'"
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware
