"""Since when somebody is signed in to a Flask app, and where to: as the core asks for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from flask_login import LoginManager

from consentguard_flask.pages import _inbound
from tests.flask.test_doors import User, make_app

AT = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)


def test_what_flask_does_not_know_the_setting_says(tmp_path: Path) -> None:
    """Without Flask-Login there is no moment; one that the site keeps without a zone is of UTC."""
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


def test_an_app_that_knows_no_moment_confirms_by_mail(tmp_path: Path) -> None:
    """One without Flask-Login, which says who is signed in and not since when: nothing is given out at once."""
    app, db = make_app(tmp_path)
    site = app.extensions["consentguard"].site()
    site.settings = replace(site.settings, subject=lambda _: "1")
    with app.app_context():
        db.session.add(User(id=1, email="ada@example.org", joined_at=AT))
        db.session.commit()
    client, sent = app.test_client(), {"Sec-Fetch-Site": "same-origin"}
    answer = client.post("/privacy/en/account/rights/access", headers=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/privacy/en/account?done=mailed")
    [mail] = app.extensions["mailman"].outbox
    assert mail.to == ["ada@example.org"]
    refused = client.post("/privacy/second-factor/setup", data={"answer": "start"}, headers=sent)
    assert (refused.status_code, refused.json["action"]) == (403, "sign_in")


def test_who_is_told_that_nothing_says_since_when(tmp_path: Path) -> None:
    """An app that names who is signed in itself, where the policy has second factors; not once it says when."""
    app, _ = make_app(tmp_path)
    site = app.extensions["consentguard"].site()
    for settings, told in (
        (site.settings, False),
        (replace(site.settings, subject=lambda _: "1"), True),
        (replace(site.settings, subject=lambda _: "1", signed_in_at=lambda _: AT), False),
        (replace(site.settings, subject=lambda _: "1", factor_evidence=lambda _: ()), False),
    ):
        site.settings = settings
        found = [each for each in site.findings() if each.id == "P-SIGNED-IN-AT"]
        assert [each.severity for each in found] == ["warning"] * told
