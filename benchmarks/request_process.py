"""Serves one page through the middleware and without it by turns; prints both medians (µs a request).

`django`, `async` and `flask` serve a trivial page of a small site; `unified_inbox` and `sms_gateway` a page of an
example site. It stops where a request through the middleware sends SQL that the one without does not.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import sites
from benchmarks.harness import interleave, timed

EXAMPLES = Path(__file__).resolve().parent.parent / "example_projects"
ROUNDS = 201
REQUESTS = 20
Work = Callable[[], object]
Sent = Callable[[Work], int]
"""How many SQL statements a piece of work sends."""


class Nobody:
    """What the pages of the example sites read of a visitor who has not chosen, at no cost: for the baseline."""

    needs_choice = True

    def allows(self, purpose: str) -> bool:
        return False


def django(folder: Path) -> tuple[Work, Work, Sent]:
    """A trivial view of a Django site that has no other middleware."""
    sites.django(folder, sqlite(folder))
    return *_django("/page", "clinic.example.com"), sent_by_django


def asynchronous(folder: Path) -> tuple[Work, Work, Sent]:
    """A trivial async view, served over ASGI."""
    sites.django(folder, sqlite(folder))
    from django.conf import settings
    from django.core.handlers.asgi import ASGIHandler
    from django.test import override_settings

    runner = asyncio.Runner()

    def serving(*middleware: str) -> Work:
        with override_settings(MIDDLEWARE=[*middleware, *settings.MIDDLEWARE]):
            app = ASGIHandler()
        return lambda: runner.run(_ask_often(app))

    return serving(sites.OURS), serving(), sent_by_django


def unified_inbox(folder: Path, page: str) -> tuple[Work, Work, Sent]:
    """A page of the Django example site, with its own middleware around."""
    sys.path.insert(0, str(EXAMPLES / "unified_inbox"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "unified_inbox.settings"
    os.environ["UNIFIED_INBOX_DB"] = str(folder / "db.sqlite3")
    import django
    from django.conf import settings
    from django.http import HttpRequest

    settings.DEBUG = False
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != sites.OURS]
    django.setup()
    HttpRequest.privacy = Nobody()  # type: ignore[attr-defined]
    return *_django(page, "localhost"), sent_by_django


def flask(folder: Path) -> tuple[Work, Work, Sent]:
    """A trivial view of a Flask app with consentguard, and of the same app without it."""
    database = f"sqlite:///{folder / 'db.sqlite3'}"
    ours, baseline = sites.flask(folder, database), sites.flask(folder, database, without=True)
    host = "clinic.example.com"
    return wsgi(ours, "/page", host), wsgi(baseline, "/page", host), sent_by_sqlalchemy


def sms_gateway(folder: Path, page: str) -> tuple[Work, Work, Sent]:
    """A page of the Flask example site, which logs each access in its database."""
    sys.path.insert(0, str(EXAMPLES / "sms_gateway"))
    os.environ["SMS_GATEWAY_DB"] = str(folder / "site.sqlite3")
    from flask.ctx import _AppCtxGlobals

    from sms_gateway import create_app

    ours = create_app()
    ours.test_cli_runner().invoke(args=["init-db"])
    with patch("consentguard_flask.middleware.attach", lambda app: None):
        baseline = create_app()
    baseline.app_ctx_globals_class = type("Globals", (_AppCtxGlobals,), {"privacy": Nobody()})
    return wsgi(ours, page, "localhost"), wsgi(baseline, page, "localhost"), sent_by_sqlalchemy


def _django(page: str, host: str) -> tuple[Work, Work]:
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    baseline = WSGIHandler()
    with override_settings(MIDDLEWARE=[sites.OURS, *settings.MIDDLEWARE]):
        ours = WSGIHandler()
    return wsgi(ours, page, host), wsgi(baseline, page, host)


def wsgi(app: Any, page: str, host: str, **more: str) -> Work:
    """One request as a server hands it over: no client of a test, whose own work would hide ours."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": page,
        "QUERY_STRING": "",
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }

    def start(status: str, headers: object, _: object = None) -> None:
        if not status.startswith("200"):
            sys.exit(f"{page} answered {status}")

    def ask() -> None:
        body: Iterable[bytes] = app({**environ, "wsgi.input": io.BytesIO()}, start)
        for _ in body:
            pass
        body.close()  # type: ignore[attr-defined]

    return ask


def scope(host: str, cookie: str = "") -> dict[str, Any]:
    """A request for the page of an async site, as ASGI has it."""
    sent = [(b"cookie", cookie.encode())] if cookie else []
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/page-async",
        "raw_path": b"/page-async",
        "query_string": b"",
        "headers": [(b"host", host.encode()), *sent],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
    }


async def _ask_often(app: Any) -> None:
    """As many requests in one loop as the others make one by one."""
    asked = scope("clinic.example.com")
    for _ in range(REQUESTS):
        await _ask_once(app, asked)


def _ask_once(app: Any, scope: dict[str, Any]) -> Coroutine[Any, Any, None]:
    begun = False

    async def receive() -> dict[str, Any]:
        nonlocal begun
        if begun:
            await asyncio.Event().wait()  # the client stays until it is answered
        begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            sys.exit(f"the async page answered {message['status']}")

    whole: Coroutine[Any, Any, None] = app(dict(scope), receive, send)
    return whole


def sqlite(folder: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}


def sent_by_django(work: Work) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def sent_by_sqlalchemy(work: Work) -> int:
    import sqlalchemy as sa

    sent: list[object] = []

    def note(*told: object) -> None:
        sent.append(told[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    work()
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return len(sent)


SITES: dict[str, Callable[..., tuple[Work, Work, Sent]]] = {
    "django": django,
    "async": asynchronous,
    "flask": flask,
    "unified_inbox": unified_inbox,
    "sms_gateway": sms_gateway,
}


def main(name: str, *page: str) -> None:
    """Measure one page."""
    with tempfile.TemporaryDirectory() as scratch:
        ours, baseline, sent = SITES[name](Path(scratch), *page)
        ours(), baseline()  # what is made for the first request alone
        more = sent(ours) - sent(baseline)
        if more or (not page and sent(ours)):
            sys.exit(f"a request through the middleware sends {more} statements more")
        times = 1 if name == "async" else REQUESTS
        pair = interleave(timed(ours, times), timed(baseline, times), ROUNDS)
    each = 1000 * times / REQUESTS
    print(pair.ours * each, pair.baseline * each, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
