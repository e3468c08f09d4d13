"""The sms_gateway example site: an SMS and payment gateway with a customer console and a staff admin."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from consentguard_flask import ConsentGuard
from sms_gateway import admin, cli, config, formats, security, views
from sms_gateway.extensions import csrf, db, login_manager, mail, turn_on_foreign_keys


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the site; `overrides` replaces configuration values (a test's database path, say)."""
    app = Flask(__name__)
    app.config.from_mapping(config.defaults(app.instance_path))
    app.config.from_mapping(overrides or {})
    config.prepare_storage(app)
    db.init_app(app)
    turn_on_foreign_keys(app)
    login_manager.init_app(app)
    csrf.init_app(app)
    mail.init_app(app)
    for blueprint in views.BLUEPRINTS:
        app.register_blueprint(blueprint)
    admin.init_app(app)
    security.init_app(app)
    formats.init_app(app)
    cli.init_app(app)
    ConsentGuard(app, db)
    return app
