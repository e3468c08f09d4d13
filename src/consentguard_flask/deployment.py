"""What the configuration says of how a Flask app is served and kept, for `check --deploy`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consentguard.deployment import CookieFlags, Deployment, Hasher, Link, link_of
from consentguard_flask.databases import DEFAULT, Bound

KINDS = {"postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
CALLED = {"any_host": "TRUSTED_HOSTS", "redirects": "force_https", "hsts": "strict_transport_security"}


def deployment(app: Flask, databases: Mapping[str, Bound]) -> Deployment:
    """The configuration in force. What Flask-Talisman does about TLS is known, what a proxy does is not."""
    config, talisman = app.config, _talisman(app)
    sends = talisman is not None and talisman.strict_transport_security
    fallbacks = enumerate(config.get("SECRET_KEY_FALLBACKS") or ())
    return Deployment(
        debug=app.debug,
        secrets={"SECRET_KEY": config["SECRET_KEY"] or ""}
        | {f"SECRET_KEY_FALLBACKS[{number}]": each for number, each in fallbacks},
        any_host=not config.get("TRUSTED_HOSTS"),
        redirects=bool(talisman.force_https) if talisman else None,
        hsts=None if talisman is None else int(talisman.strict_transport_security_max_age) if sends else 0,
        cookies=tuple(_cookies(app, talisman)),
        hasher=_hasher(app),
        links=tuple(_links(app, databases)),
        called=CALLED,
    )


def _talisman(app: Flask) -> Any:
    """The Flask-Talisman of the app, which registers its methods and nothing else; None where there is none."""
    owners = (getattr(each, "__self__", None) for each in app.before_request_funcs.get(None, ()))
    return next((owner for owner in owners if type(owner).__module__.startswith("flask_talisman")), None)


def _cookies(app: Flask, talisman: Any) -> Iterator[CookieFlags]:
    """That of sessions, and that by which Flask-Login remembers somebody."""
    forced = bool(talisman and talisman.session_cookie_secure)  # which it sets on the first request
    yield _flags(app, "SESSION_COOKIE", secure=forced)
    if hasattr(app, "login_manager"):
        yield _flags(app, "REMEMBER_COOKIE")


def _flags(app: Flask, name: str, *, secure: bool = False) -> CookieFlags:
    said = app.config
    return CookieFlags(
        settings=name,
        secure=secure or bool(said.get(f"{name}_SECURE")),
        http_only=bool(said.get(f"{name}_HTTPONLY", True)),
        same_site=str(said.get(f"{name}_SAMESITE") or ""),
    )


def _hasher(app: Flask) -> Hasher:
    """As Flask-Security has it; what else an app hashes passwords with stands in its code."""
    algorithm = app.config.get("SECURITY_PASSWORD_HASH") if "security" in app.extensions else None
    return Hasher(algorithm=str(algorithm or ""), setting="SECURITY_PASSWORD_HASH" if algorithm else "")


def _links(app: Flask, databases: Mapping[str, Bound]) -> Iterator[Link]:
    for name, bound in databases.items():
        url = bound.engine.url
        options = {**_arguments(bound.engine), **_said(app, name)}
        if found := link_of(name, KINDS.get(url.get_backend_name(), ""), url.host or "", options, os.environ):
            yield found


def _arguments(engine: sa.Engine) -> Mapping[str, Any]:
    """What the URL makes of the driver's arguments."""
    arguments: Mapping[str, Any] = engine.dialect.create_connect_args(engine.url)[1]
    return arguments


def _said(app: Flask, name: str) -> Mapping[str, Any]:
    """The arguments that the configuration adds: for the app's own database, or for a bind."""
    binds = app.config.get("SQLALCHEMY_BINDS") or {}
    own = app.config.get("SQLALCHEMY_ENGINE_OPTIONS") or {}
    options = own if name == DEFAULT else binds.get(name)
    return (options.get("connect_args") or {}) if isinstance(options, Mapping) else {}
