"""A cookie of the core's as the header that sets it."""

from __future__ import annotations

from werkzeug.http import dump_cookie

from consentguard.web.messages import Cookie


def written(cookie: Cookie, *, secure: bool) -> str:
    """The value of `Set-Cookie`; with `max_age` 0 it removes the cookie."""
    return dump_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        secure=secure,
        httponly=cookie.http_only,
        samesite=cookie.same_site,
        domain=cookie.domain or None,
    )
