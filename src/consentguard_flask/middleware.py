"""`g.privacy` on every request, and the cookies of every response: what is not allowed does not leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, current_app, has_request_context, request
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import dump_header, parse_cache_control_header

from consentguard.consent.gate import name_of
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.records import SubjectRef
from consentguard.tombstones.standby import REFUSAL, RETRY_AFTER
from consentguard.web.circumstances import Circumstances
from consentguard.web.gate import Refused, SetCookie, judged
from consentguard.web.privacy import Privacy
from consentguard_flask.assurance import circumstances
from consentguard_flask.cookies import written
from consentguard_flask.people import subject_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SET_COOKIE = "set-cookie"
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

    def secure(self) -> bool:
        """Whether the request came over TLS."""
        return self.request.is_secure

    def circumstances(self) -> Circumstances:
        """How they signed in."""
        return circumstances(self.app, self.guard().site, self.request)

    def vary(self) -> None:
        """Flask has no cache of answers of its own; `_private` tells the others."""

    def subject(self) -> SubjectRef | None:
        """Who is signed in."""
        return subject_of(self.app, self.guard().site, self.request)


def attach(app: Flask) -> None:
    """Give every request of the app a `g.privacy`, tell caches when an answer depends on it, and look at each cookie.

    No hook runs for a request that does not read it. What the app answers is seen in `wsgi_app`, because a hook after
    the request would miss the cookies of the session and of Flask-Login, and whatever an extension answers itself.
    """
    own: Any = type(app.app_ctx_globals_class.__name__, (app.app_ctx_globals_class,), {"privacy": property(_privacy)})
    app.app_ctx_globals_class = own
    app.wsgi_app = _watched(app, app.wsgi_app)  # type: ignore[assignment,method-assign]  # as Flask's own pages show it


def _privacy(_: object) -> Privacy:
    """The Privacy of the request. Raises RuntimeError outside of one."""
    return _privacy_of(current_app._get_current_object(), request.environ)  # type: ignore[attr-defined]


def _privacy_of(app: Flask, environ: WSGIEnvironment) -> Privacy:
    if KEY not in environ:
        real: Any = request
        # what answers in front of the app, such as another app under a path of this one, has no request of the app
        asked = real._get_current_object() if has_request_context() else app.request_class(environ)
        environ[KEY] = Privacy(FlaskVisit(app, asked))
    privacy: Privacy = environ[KEY]
    return privacy


_REFUSAL = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(REFUSAL.encode()))),
    ("Retry-After", str(RETRY_AFTER)),
    ("Cache-Control", "no-store"),
]


def _refused(app: Flask, guards: Guards, environ: WSGIEnvironment) -> bool:
    """Whether the site's database is a copy that was put back, and answers nobody yet."""
    with app.app_context():
        return guards.refuses(app.request_class(environ))


def _watched(app: Flask, inner: WSGIApplication) -> WSGIApplication:
    def watched(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        guards: Guards | None = app.extensions.get("consentguard")
        if guards is not None and guards.may_refuse and _refused(app, guards, environ):
            start_response("503 Service Unavailable", _REFUSAL)
            return [REFUSAL.encode()]
        answering = _Answering(app, environ, start_response)
        body = inner(environ, answering.start)
        answering.end()
        return body

    return watched


class _Answering:
    """One answer on its way out: what caches must know is added to it, and what must not leave is taken out."""

    __slots__ = ("_app", "_environ", "_over", "_refused", "_start_response")

    def __init__(self, app: Flask, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self._app = app
        self._environ = environ
        self._start_response = start_response
        self._refused: Refused | None = None
        self._over = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        """`start_response` as the app gets it."""
        privacy: Privacy | None = self._environ.get(KEY)
        told = headers
        if privacy is not None and privacy.varies:
            secure = self._environ["wsgi.url_scheme"] == "https"
            told = [*_private(headers), *(("Set-Cookie", written(each, secure=secure)) for each in privacy.kept)]
        cookies = [value for name, value in told if name.lower() == SET_COOKIE]
        if cookies:
            told = self._allowed(told, cookies)
        return self._start_response(status, told, exc_info) if exc_info else self._start_response(status, told)

    def end(self) -> None:
        """Take down what was refused: now that the app's own request is over, and its session of the database too."""
        self._over = True
        if self._refused is not None:
            self._refused.take_down()

    def _allowed(self, headers: list[tuple[str, str]], cookies: list[str]) -> list[tuple[str, str]]:
        sent: list[SetCookie] = [(name_of(value), partial(str, value)) for value in cookies]
        self._refused = judged(_privacy_of(self._app, self._environ), sent, self._route)
        if self._refused is None:
            return headers
        if self._over:  # an app that begins to answer only when its body is read
            self.end()
        places, withheld = count(), self._refused.withheld
        return [pair for pair in headers if pair[0].lower() != SET_COOKIE or next(places) not in withheld]

    def _route(self) -> str:
        """The pattern of the address, which holds nothing of what a visitor asked for; empty where no view answered."""
        rule = request.url_rule if has_request_context() else None
        return rule.rule if rule else ""


def _private(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer that depends on a cookie of ours."""
    vary, control = _joined(headers, "vary"), _joined(headers, "cache-control")
    if {"cookie", "*"}.isdisjoint(part.strip().lower() for part in vary.split(",")):
        vary = f"{vary}, Cookie" if vary else "Cookie"
    told = [pair for pair in headers if pair[0].lower() not in ("vary", "cache-control")]
    return [*told, ("Vary", vary), ("Cache-Control", _not_shared(control) if control else "private")]


def _joined(headers: list[tuple[str, str]], wanted: str) -> str:
    return ", ".join(value for name, value in headers if name.lower() == wanted)


def _not_shared(control: str) -> str:
    parsed = parse_cache_control_header(control, cls=ResponseCacheControl)
    if not parsed.no_store:
        parsed.public, parsed.private = False, True
    return dump_header(parsed)
