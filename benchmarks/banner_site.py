"""One page, served bare, with our banner, and with each peer's: what is measured differs in that alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, render_template_string, send_from_directory
from flask_sqlalchemy import SQLAlchemy
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.banner_peers import PEERS
from consentguard.crypto.keyring import Keyring
from consentguard_flask import ConsentGuard

BARE, OURS = "bare", "consentguard"
POLICY = """
manifest = 1
[controller]
name = "Example Shop"
contact = "privacy@shop.example.com"
[cookies.session]
names = ["session", "cg_choice"]
essential = true
[cookies.counter]
names = ["_ga", "_ga_*"]
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Example Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
HEAD</head><body>BODY
<nav>{% for n in range(20) %}<a href="/{{ n }}">Link {{ n }}</a> {% endfor %}</nav>
<main><h1>Example Shop</h1>{% for n in range(40) %}<p>Paragraph {{ n }} of the text that this page is read for.</p>
{% endfor %}</main>FOOT</body></html>"""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """The site with what `fetch` has unpacked into the folder; its address."""
    server = make_server("127.0.0.1", 0, Flask("off"), threaded=True, request_handler=_Quiet)
    address = f"http://127.0.0.1:{server.server_port}"
    server.app = _app(folder, address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(folder: Path, address: str) -> Flask:
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    Keyring.generate().write(folder / "consentguard.keys")
    app = Flask("shop", root_path=str(folder), static_folder=None)
    app.config.update(
        CONSENTGUARD_KEYRING=folder / "consentguard.keys",
        CONSENTGUARD_BASE_URL=address,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'site.sqlite3'}",
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    db = SQLAlchemy(app)
    ConsentGuard(app, db)
    with app.app_context():
        db.create_all()
    pages = {
        BARE: _page("", "", ""),
        OURS: _page("{{ consent_head() }}", "{{ consent_banner() }}", ""),
        **{peer.package: _page(peer.head, "", f"{{% raw %}}{peer.foot}{{% endraw %}}") for peer in PEERS},
    }
    app.add_url_rule("/page/<name>", "page", lambda name: render_template_string(pages[name]))
    app.add_url_rule(
        "/<package>/<path:file>", "peer", lambda package, file: send_from_directory(folder / package, file)
    )
    return app


def _page(head: str, top: str, foot: str) -> str:
    return PAGE.replace("HEAD", head).replace("BODY", top).replace("FOOT", foot)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the figures are what is printed."""
