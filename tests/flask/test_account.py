"""Since when somebody is signed in to a Flask app, and where to: as the core asks for it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flask_login import LoginManager

from consentguard_flask.pages import _inbound
from tests.flask.test_doors import make_app

AT = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)


def test_what_flask_does_not_know_the_setting_says(tmp_path: Path) -> None:
    """Flask-Login keeps no moment; one that the site keeps without a zone is of UTC."""
    app, _ = make_app(tmp_path)
    site = app.extensions["consentguard"].site()
    with app.test_request_context("/privacy/en/account"):
        asked = _inbound(site, {})
        assert (asked.circumstances.signed_in_at(), asked.sign_in()) == (None, "")
    app.config["CONSENTGUARD_SIGNED_IN_AT"] = lambda _: AT.replace(tzinfo=None)
    site = app.extensions["consentguard"].site().__class__(site.host)
    with app.test_request_context("/privacy/en/account"):
        assert _inbound(site, {}).circumstances.signed_in_at() == AT


def test_flask_login_says_where_to_sign_in(tmp_path: Path) -> None:
    """Its manager's view, if it has one."""
    app, _ = make_app(tmp_path)
    app.add_url_rule("/login", "login", lambda: "")
    manager = LoginManager(app)
    site = app.extensions["consentguard"].site()
    with app.test_request_context("/privacy/en/account"):
        assert _inbound(site, {}).sign_in() == ""
        manager.login_view = "login"
        assert _inbound(site, {}).sign_in() == "/login"
