"""Sends a rights request, or a visitor's decision, to a small site on PostgreSQL; prints how many statements it takes.

First without BEGIN, COMMIT and SAVEPOINT, then with them: as libpq writes down what goes over the wire, so that
nothing that a framework sends on its own is missed.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks import sites
from benchmarks.databases import django_database

PAGES = {"request": "/privacy/requests", "decision": "/privacy/api/choice"}
SENT = re.compile(r'\t(?:Query|Parse)\t (?:"[^"]*" )?"(?P<sql>[^"]*)"')
DONE = (200, 303)
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def django(folder: Path, url: str, what: str) -> tuple[Callable[[str], int], Any]:
    """What sends it in the Django site, and its connection."""
    sites.django(folder, django_database(url))
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.MIDDLEWARE = [sites.OURS]
    call_command("migrate", verbosity=0)
    connection.ensure_connection()
    from django.test import Client

    client = Client()
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": sites.URL, "Host": sites.URL.partition("://")[2]}

    def send(address: str) -> int:
        body, kind = _body(what, address)
        return client.post(PAGES[what], body, content_type=kind, headers=headers, secure=True).status_code

    return send, connection.connection


def flask(folder: Path, url: str, what: str) -> tuple[Callable[[str], int], Any]:
    """What sends it in the Flask app, and its connection: the only one of its pool."""
    app = sites.flask(folder, url)
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        db.create_all()
        with db.engine.connect() as held:
            connection = held.connection.driver_connection
    client = app.test_client()

    def send(address: str) -> int:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": sites.URL}
        body, kind = _body(what, address)
        sent = client.post(PAGES[what], data=body, content_type=kind, headers=headers, base_url=sites.URL)
        return sent.status_code

    return send, connection


def _body(what: str, address: str) -> tuple[str, str]:
    """What is sent, and its type; a decision is one of nobody's."""
    if what == "decision":
        return json.dumps({"accepted": [], "nonce": secrets.token_hex(16), "method": "reject"}), "application/json"
    return urlencode({"right": "access", "email": address}), "application/x-www-form-urlencoded"


def main(framework: str, url: str, what: str) -> None:
    """Count."""
    from psycopg.pq import Trace

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        send, connection = {"django": django, "flask": flask}[framework](folder, url, what)
        assert send("first@example.org") in DONE  # what is asked once in a process
        with (folder / "wire").open("w+") as wire:
            connection.pgconn.trace(wire.fileno())
            connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
            assert send("second@example.org") in DONE
            connection.pgconn.untrace()
            sent = [match["sql"] for match in SENT.finditer("\t" + (folder / "wire").read_text())]
    print(sum(not sql.startswith(CONTROL) for sql in sent), len(sent), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
