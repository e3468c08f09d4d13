"""`g.privacy` on every request: who it is about and what they chose, worked out when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, current_app, request
from werkzeug.datastructures import Headers, ResponseCacheControl
from werkzeug.http import dump_header, parse_cache_control_header

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.privacy import Privacy
from consentguard_flask.people import subject_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEY = "consentguard.privacy"
"""Where a request's environment keeps its Privacy: there the request ends, which `g` may outlive in a test."""


@dataclass(frozen=True, slots=True)
class FlaskVisit:
    """`consentguard.web.privacy.Visit` in Flask's words."""

    app: Flask
    request: Request

    def guard(self) -> Guard:
        """The guard that the request belongs to."""
        guard: Guard = self.app.extensions["consentguard"].of(self.request)
        return guard

    def headers(self) -> Mapping[str, str]:
        """The request's headers."""
        return dict(self.request.headers)

    def cookies(self) -> Mapping[str, str]:
        """The cookies that the browser sent."""
        return self.request.cookies

    def address(self) -> str:
        """The address that the connection came from, or that ProxyFix put there for a proxy."""
        return self.request.remote_addr or ""

    def subject(self) -> SubjectRef | None:
        """Who is signed in."""
        return subject_of(self.app, self.guard().site, self.request)


def attach(app: Flask) -> None:
    """Give every request of the app a `g.privacy`, and tell caches when an answer depends on it.

    No hook runs for a request that does not read it. What the app answers is seen in `wsgi_app`, because a hook after
    the request would miss the cookies of the session and of Flask-Login, and whatever an extension answers itself.
    """
    own: Any = type(app.app_ctx_globals_class.__name__, (app.app_ctx_globals_class,), {"privacy": property(_privacy)})
    app.app_ctx_globals_class = own
    app.wsgi_app = _watched(app.wsgi_app)  # type: ignore[assignment,method-assign]  # as Flask's own pages show it


def _privacy(_: object) -> Privacy:
    """The Privacy of the request. Raises RuntimeError outside of one."""
    environ = request.environ
    if KEY not in environ:
        real: Any = request
        environ[KEY] = Privacy(FlaskVisit(current_app._get_current_object(), real._get_current_object()))  # type: ignore[attr-defined]
    privacy: Privacy = environ[KEY]
    return privacy


def _watched(inner: WSGIApplication) -> WSGIApplication:
    def watched(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            privacy = environ.get(KEY)
            told = _private(headers) if privacy is not None and privacy.varies else headers
            return start_response(status, told, exc_info) if exc_info else start_response(status, told)

        return inner(environ, start)

    return watched


def _private(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer that depends on a cookie of ours."""
    told = Headers(headers)
    vary = [part.strip() for line in told.getlist("Vary") for part in line.split(",") if part.strip()]
    if not {"cookie", "*"}.intersection(part.lower() for part in vary):
        told["Vary"] = ", ".join([*vary, "Cookie"])
    control = parse_cache_control_header(told.get("Cache-Control"), cls=ResponseCacheControl)
    if not control.no_store:
        control.public, control.private = False, True
        told["Cache-Control"] = dump_header(control)
    return told.to_wsgi_list()
