"""Sends the form of a rights request to a small site on PostgreSQL; prints how many statements it takes.

First without BEGIN, COMMIT and SAVEPOINT, then with them: as libpq writes down what goes over the wire, so that
nothing that a framework sends on its own is missed.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import sites
from benchmarks.databases import django_database

PAGE = "/privacy/requests"
SENT = re.compile(r'\t(?:Query|Parse)\t (?:"[^"]*" )?"(?P<sql>[^"]*)"')
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def django(folder: Path, url: str) -> tuple[Callable[[str], int], Any]:
    """What sends the form in the Django site, and its connection."""
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
        return client.post(PAGE, _form(address), headers=headers, secure=True).status_code

    return send, connection.connection


def flask(folder: Path, url: str) -> tuple[Callable[[str], int], Any]:
    """What sends the form in the Flask app, and its connection: the only one of its pool."""
    app = sites.flask(folder, url)
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        db.create_all()
        with db.engine.connect() as held:
            connection = held.connection.driver_connection
    client = app.test_client()

    def send(address: str) -> int:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": sites.URL}
        return client.post(PAGE, data=_form(address), headers=headers, base_url=sites.URL).status_code

    return send, connection


def _form(address: str) -> dict[str, str]:
    return {"right": "access", "email": address}


def main(framework: str, url: str) -> None:
    """Count."""
    from psycopg.pq import Trace

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        send, connection = {"django": django, "flask": flask}[framework](folder, url)
        assert send("first@example.org") == 303  # what is asked once in a process
        with (folder / "wire").open("w+") as wire:
            connection.pgconn.trace(wire.fileno())
            connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
            assert send("second@example.org") == 303
            connection.pgconn.untrace()
            sent = [match["sql"] for match in SENT.finditer("\t" + (folder / "wire").read_text())]
    print(sum(not sql.startswith(CONTROL) for sql in sent), len(sent), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
