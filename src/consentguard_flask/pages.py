"""Translates a Flask request for the core, and its answer back: one view for every route."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    has_request_context,
    make_response,
    render_template,
    request,
    send_file,
    session,
    stream_with_context,
)
from werkzeug.exceptions import RequestEntityTooLarge

import consentguard
from consentguard.guards import Guards
from consentguard.site import Site
from consentguard.web.answer import answer
from consentguard.web.languages import lookup, negotiate
from consentguard.web.links import Links, page_links
from consentguard.web.messages import FORM_LIMIT, Cookie, File, Inbound, Outbound
from consentguard.web.routes import READ, Route
from consentguard.web.table import PATTERNS
from consentguard.web.wellknown import ROUTES as WELL_KNOWN
from consentguard_flask.assurance import circumstances
from consentguard_flask.cookies import written
from consentguard_flask.people import sign_in, subject_of

NAME = "consentguard"
SHOWN = "consentguard_language"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Every method reaches the core, which says what each route allows, in both frameworks alike."""
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
    site = guards().of(request).site
    languages = site.policy.manifest.site.languages
    wanted = language or g.get(SHOWN, "")
    asked = request.headers.get("Accept-Language", "") if has_request_context() else ""
    return page_links(site, lookup([wanted], languages) or negotiate(asked, languages), url_for)


def guards() -> Guards:
    """The guards of the app that answers."""
    made: Guards = current_app.extensions[NAME]
    return made


def _view(route: Route) -> Callable[..., Response]:
    def respond(**params: str) -> Response:
        guard = guards().of(request)
        return respond_with(answer(route, guard, _inbound(guard.site, params)))

    return respond


def _inbound(site: Site, params: dict[str, str]) -> Inbound:
    return Inbound(
        method=request.method,
        params=params,
        query=request.args.to_dict(),
        headers=dict(request.headers),
        cookies=request.cookies,
        body=b"" if request.method in READ else _body(),
        address=request.remote_addr or "",
        secure=request.is_secure,
        subject=partial(subject_of, current_app, site, request),
        circumstances=circumstances(current_app._get_current_object(), site, request),  # type: ignore[attr-defined]
        sign_in=partial(sign_in, current_app),
        url_for=url_for,
    )


def _body() -> bytes:
    """What was sent, and no more of it than the core wants to see."""
    request.max_content_length = FORM_LIMIT
    try:
        sent = request.get_data()
    except RequestEntityTooLarge:
        return bytes(FORM_LIMIT + 1)
    # a hook of the app that read the form before us has left nothing of the body
    return sent or urlencode([*request.form.items(multi=True)]).encode()


def respond_with(outbound: Outbound) -> Response:
    """The core's answer as a response."""
    response = _content(outbound)
    response.headers.update(outbound.headers)
    set_cookies(response, outbound.cookies)
    response.vary.update(outbound.vary)
    if outbound.private:
        return response
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


def set_cookies(response: Response, cookies: Iterable[Cookie]) -> None:
    """Set or remove cookies as the core asks for them."""
    for cookie in cookies:
        response.headers.add("Set-Cookie", written(cookie, secure=request.is_secure))


def _content(outbound: Outbound) -> Response:
    """The answer without its headers; a bare 404 or 405 is the host's to say."""
    if outbound.redirect:
        return make_response(flask.redirect(outbound.redirect, 303))
    if outbound.json is not None:
        return make_response(flask.jsonify(outbound.json), outbound.status)
    if outbound.file:
        return _download(outbound.file)
    if outbound.template:
        setattr(g, SHOWN, outbound.language)
        return make_response(render_template(outbound.template, page=outbound.page), outbound.status)
    if outbound.status == 404:
        abort(404)
    return make_response("", outbound.status)


def _download(file: File) -> Response:
    if isinstance(file.content, bytes):
        return send_file(BytesIO(file.content), file.media_type, as_attachment=not file.shown, download_name=file.name)
    # the database's session belongs to the app's context, which would else end before the first piece is sent
    response = current_app.response_class(stream_with_context(file.content), mimetype=file.media_type)
    response.headers.set("Content-Disposition", "inline" if file.shown else "attachment", filename=file.name)
    return response


def add_well_known(app: Flask) -> None:
    """Answer at the well-known places of the app's root, but where it answers itself already."""
    taken = {rule.rule for rule in app.url_map.iter_rules()}
    for route in WELL_KNOWN:
        if f"/{route.path}" not in taken:
            app.add_url_rule(
                f"/{route.path}",
                f"{NAME}_{route.name}",
                _view(route),
                methods=METHODS,
                provide_automatic_options=False,
            )


def _exempt(*_: object) -> None:
    """Leave our forms to `consentguard.web.safety`, which guards them without a cookie.

    Here and not when the app is made: CSRFProtect may be set up after us, and asks for a token before any view.
    """
    if protection := current_app.extensions.get("csrf"):
        protection.exempt(blueprint)


def _blueprint() -> Blueprint:
    made = Blueprint(
        NAME,
        __name__,
        template_folder=str(_CORE / "templates"),
        static_folder=str(_CORE / "static" / NAME),
        static_url_path="/static",
    )
    made.url_value_preprocessor(_exempt)
    for pattern, route in PATTERNS:
        made.add_url_rule(
            f"/{pattern}", route.name, _VIEWS[route.name], methods=METHODS, provide_automatic_options=False
        )
    return made


_VIEWS = {route.name: _view(route) for _, route in PATTERNS}
blueprint = _blueprint()
