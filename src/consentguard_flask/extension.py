"""The Flask extension: checks the policy at start-up, and gives the app its pages, links and commands."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.cli import NoAppException

from consentguard.errors import ConsentGuardError
from consentguard.guards import Guards
from consentguard.host import own_command
from consentguard_flask import age, commands, consent, middleware, second_factor, signals
from consentguard_flask.assurance import check_rules
from consentguard_flask.host import FlaskHost
from consentguard_flask.pages import NAME, add_well_known, blueprint, privacy_links


class StartupError(ConsentGuardError, NoAppException):  # type: ignore[misc]  # both call their text `message`
    """The configuration, the policy or a tag is wrong, and the app does not start.

    A NoAppException, which Flask's commands show as one message and without a traceback.
    """


class ConsentGuard:
    """The privacy policy of a Flask app. One extension may serve several apps, each with a policy of its own.

    `db` is what the models hang on: a Flask-SQLAlchemy object, a declarative base, a registry or a MetaData.
    """

    def __init__(self, app: Flask | None = None, db: Any = None, *, url_prefix: str = "/privacy") -> None:
        """Raises StartupError, when an app is given, as `init_app` does."""
        self.db = db
        self.url_prefix = url_prefix
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, db: Any = None) -> None:
        """Check the app's policy; add the pages, `privacy_links()` for templates, `g.privacy`, and
        `flask consentguard`.

        Call it once the models are imported. Raises StartupError when the configuration, the policy or a tag is
        wrong. `app.extensions["consentguard"]` holds the app's `Guards`.
        """
        host = FlaskHost(app, self.db if db is None else db)
        _check_place(app, self.url_prefix)
        app.register_blueprint(blueprint, url_prefix=self.url_prefix)
        add_well_known(app)
        signals.connect(app)
        middleware.attach(app)
        app.add_template_global(privacy_links)
        consent.attach(app)
        second_factor.attach(app)
        age.attach(app)
        app.cli.add_command(commands.group(NAME, host))
        try:
            app.extensions[NAME] = _start(app, host)
        except ConsentGuardError as error:
            # one of our commands reports it itself, or mends it: `init` writes the first policy
            if not own_command():
                raise StartupError(f"consentguard: {error}") from error


def _check_place(app: Flask, url_prefix: str) -> None:
    """Refuse what is no path, and a place where the pages would hide the app's own, or be hidden by them."""
    if url_prefix and not url_prefix.startswith("/"):
        raise StartupError(
            f"consentguard: url_prefix is {url_prefix!r}, which is no path",
            hint=f'begin it with a slash: "/{url_prefix}"',
        )
    if not url_prefix.strip("/"):
        raise StartupError(
            f"consentguard: url_prefix is {url_prefix!r}, where the app's own first page and static files are",
            hint='give the pages a place of their own, such as url_prefix="/privacy"',
        )
    if NAME in app.blueprints:
        raise StartupError(
            f'consentguard: the app has a blueprint "{NAME}" already',
            hint="call ConsentGuard once for an app, or give your own blueprint another name",
        )


def _start(app: Flask, host: FlaskHost) -> Guards:
    host.databases()  # a session that changes something before a page of ours is asked must be watched by then
    guards = Guards(host)
    guards.install()
    for site in guards.sites.values():
        check_rules(site)

    def check_tags() -> None:
        for site in guards.sites.values():
            _ = site.data_map

    if any(table.own for table in host.tables()):
        check_tags()
    else:
        # no model is imported yet, and Flask has no later moment of start-up: a wrong tag then answers every
        # request with an error, before anything is served
        app.before_request(check_tags)
    return guards
