"""The small Flask site of the browser's tests of consent."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template_string, request
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy

from consentguard_flask import ConsentGuard
from tests.browser.consent_sites import GATED, MAILS, options, page, policy, values


def app(folder: Path, port: int) -> Flask:
    """The site with its tables."""
    site = Flask("shop", root_path=str(folder))
    site.config.update(
        SECRET_KEY="shop",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'site.sqlite3'}",
        MAIL_BACKEND="file",
        MAIL_FILE_PATH=str(folder / MAILS),
        **{f"CONSENTGUARD_{key.upper()}": value for key, value in options(folder, port).items()},
    )
    Mail(site)
    db = SQLAlchemy(site)
    ConsentGuard(site, db)
    with site.app_context():
        db.create_all()

    def shown(content: str, **more: Any) -> Response:
        language = request.accept_languages.best_match(["en", "ar"]) or "en"
        told = values(port, language)
        response = Response(render_template_string(page("flask", content), **told, **more))
        response.headers["Content-Security-Policy"] = policy(told["nonce"], port)
        response.vary.add("Accept-Language")
        return response

    site.add_url_rule("/", "home", lambda: shown(GATED))
    site.add_url_rule("/other", "other", lambda: shown("<p>Another page.</p>"))
    site.add_url_rule(
        "/reads",
        "reads",
        lambda: shown("<p id=told>{{{{ told }}}}</p>", told="allowed" if g.privacy.allows("analytics") else "refused"),
    )
    return site
