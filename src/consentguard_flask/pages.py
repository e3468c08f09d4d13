"""Translates a Flask request for the core, and its answer back: one view for every route."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    has_request_context,
    make_response,
    render_template,
    request,
    session,
)

import consentguard
from consentguard.guards import Guards
from consentguard.web.languages import lookup, negotiate
from consentguard.web.links import Links, page_links
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import ROUTES, Route

NAME = "consentguard"
SHOWN = "consentguard_language"
_CORE = Path(consentguard.__file__).parent


def url_for(name: str, /, **params: str) -> str:
    """`consentguard.web.messages.UrlFor` in Flask's words."""
    if name == "static":
        return flask.url_for(f"{NAME}.static", filename=params["path"])
    if name == "home":
        return f"{request.root_path}/"
    values: dict[str, Any] = {**params}
    return flask.url_for(f"{NAME}.{name}", **values)


def privacy_links(language: str = "") -> Links:
    """Links to the privacy pages for a site's own templates, in `language`, or else that of the privacy page around
    them, or else the visitor's.

    `{{ privacy_links() }}` writes a list; a loop over it leaves the markup to the template: each has `url` and `label`.
    """
    site = _guards().of(request).site
    languages = site.policy.manifest.site.languages
    wanted = language or g.get(SHOWN, "")
    asked = request.headers.get("Accept-Language", "") if has_request_context() else ""
    return page_links(site, lookup([wanted], languages) or negotiate(asked, languages), url_for)


def _guards() -> Guards:
    guards: Guards = current_app.extensions[NAME]
    return guards


def _view(route: Route) -> Callable[..., Response]:
    def respond(**params: str) -> Response:
        guard = _guards().of(request)
        if not route.enabled(guard.site):
            abort(404)
        return _response(route.endpoint(guard, _inbound(params)))

    return respond


def _inbound(params: dict[str, str]) -> Inbound:
    return Inbound(
        method=request.method,
        params=params,
        query=request.args.to_dict(),
        headers=dict(request.headers),
        url_for=url_for,
    )


def _response(outbound: Outbound) -> Response:
    if not outbound.template:
        abort(outbound.status)
    setattr(g, SHOWN, outbound.language)
    text = render_template(outbound.template, page=outbound.page)
    response = make_response(text, outbound.status, outbound.headers)
    response.vary.update(outbound.vary)
    if session or session.modified:
        # the site's layout may greet this visitor, hold the token of a form, or have shown the last message of a
        # session that is empty now: no proxy may keep such a page
        response.cache_control.public = False
        response.cache_control.private = True
        return response
    # over the whole page, because the host's layout changes too
    response.add_etag()
    response.make_conditional(request)
    return response


def _blueprint() -> Blueprint:
    made = Blueprint(
        NAME,
        __name__,
        template_folder=str(_CORE / "templates"),
        static_folder=str(_CORE / "static" / NAME),
        static_url_path="/static",
    )
    for route in ROUTES:
        view = _view(route)
        for pattern in route.patterns:
            made.add_url_rule(f"/{pattern}", route.name, view, methods=route.methods)
    return made


blueprint = _blueprint()
