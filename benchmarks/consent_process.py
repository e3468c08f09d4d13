"""Serves one page with our middleware, without, and (in Django) with django-cookie-consent's, by turns; prints the
fastest rounds (µs a request).

The visitor has accepted half of the groups, and the page sets a cookie that the policy declares as essential.
`middleware` reads no consent; `check` and `checks` ask about one group and twenty times about several; `async` is a
trivial async view over ASGI. It stops where a request of ours sends SQL or asks Django's cache.
"""

from __future__ import annotations

import asyncio
import gc
import secrets
import sys
import tempfile
import time
import types
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.request_process import Work, _ask_once, scope, wsgi
from benchmarks.sites import OURS, URL
from consentguard.crypto.keyring import Keyring

ROUNDS = 101
REQUESTS = 20
HOST = "clinic.example.com"
PEER = "cookie_consent"
PEERS = f"{PEER}.middleware.CleanCookiesMiddleware"
STARTED = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What `django-admin startproject` writes."""
TEMPLATE = """<!doctype html><title>{{ title }}</title><main>
{% for line in lines %}<p>{{ line }}{% if line in marked %}<b>!</b>{% endif %}</p>
{% endfor %}</main>"""
LENGTH = {"django": 100, "flask": 400}
"""Lines of the page: about a third of a millisecond in both, as small pages of real sites take."""


def main(site: str, case: str, size: str) -> None:
    """Measure one page of one site."""
    groups, cookies = map(int, size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        works = {"django": django, "flask": flask}[site](Path(scratch), case, groups, cookies)
        for work in works:
            work()  # what is made for the first request alone
        figures = [[measured(work) for work in works] for _ in range(ROUNDS)]
    for column in zip(*figures, strict=True):
        print(min(column) * 1e6 / REQUESTS)  # whatever else the machine does only adds to it


def measured(work: Work) -> float:
    """Seconds of the processor that REQUESTS requests take: others on the machine are no matter."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        work()
        return time.process_time() - start
    finally:
        gc.enable()


def policy(groups: int, cookies: int) -> str:
    """Groups of cookies, half of them named by patterns."""
    text = (
        f'manifest = 1\ncontroller = {{ name = "Clinic", contact = "privacy@{HOST}" }}\n'
        f'site = {{ languages = ["en"], base_url = "{URL}" }}\n[purposes.care]\n'
        '[cookies.needed]\npurpose = "care"\nnames = ["basket", "session*", "csrftoken"]\nessential = true\n'
    )
    for group in range(groups):
        names = [f"g{group}_c{each}{'_*' if each % 2 else ''}" for each in range(cookies)]
        text += f'[purposes.g{group}]\nbasis = "consent"\n[cookies.s{group}]\npurpose = "g{group}"\nnames = {names}\n'
    return text


def shown(site: str) -> dict[str, object]:
    """What the page's template is filled with."""
    return {"title": "A page", "lines": [f"Line {each}" for each in range(LENGTH[site])], "marked": {"Line 3"}}


def asked(case: str, groups: int) -> list[str]:
    """The groups that the view asks about."""
    return {"check": ["g0"], "checks": [f"g{each % groups}" for each in range(20)]}.get(case, [])


def prepared(folder: Path, groups: int, cookies: int) -> dict[str, str]:
    """Write the policy and the keys; the options that name them."""
    (folder / "privacy.toml").write_text(policy(groups, cookies), "utf-8")
    Keyring.generate().write(folder / "site.keys")
    return {"manifest": str(folder / "privacy.toml"), "keyring": str(folder / "site.keys"), "cookies": "strip"}


def chosen(site: Any, groups: int) -> str:
    """The cookie of a visitor who accepted the first half of the groups."""
    from consentguard.cookies import CHOICE
    from consentguard.records import ConsentRecord

    now, asks = site.clock.now(), site.consent_policy
    record = ConsentRecord(
        id=secrets.token_hex(16),
        at=now,
        subject="",
        version="",
        policy=asks.digest,
        accepted=tuple(f"g{each}" for each in range(groups // 2)),
        refused=(),
        language="en",
        jurisdiction="",
        method="save",
        component="banner",
        gpc=False,
        until=asks.until(now),
    )
    return f"{CHOICE}={site.cookies.keep_choice(record).value}"


def django(folder: Path, case: str, groups: int, cookies: int) -> list[Work]:
    """Three handlers of one site."""
    import django as framework
    from django.conf import settings
    from django.template import engines

    options = prepared(folder, groups, cookies)
    urls: Any = types.ModuleType("consent_urls")
    sys.modules["consent_urls"] = urls
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=[HOST],
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
            "consentguard",
            "consentguard_django",
            PEER,
        ],
        MIDDLEWARE=[] if case == "async" else STARTED,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF="consent_urls",
        CONSENTGUARD=options,
    )
    framework.setup()
    theirs = _peer(groups, cookies)
    from django.http import HttpRequest, HttpResponse
    from django.urls import path

    page, shown_lines = engines["django"].from_string(TEMPLATE), shown("django")

    def answering(ask: Callable[[Any, str], object]) -> Callable[[HttpRequest], HttpResponse]:
        names = asked(case, groups)

        def view(request: HttpRequest) -> HttpResponse:
            for name in names:
                ask(request, name)
            response = HttpResponse(page.render(shown_lines, request))
            response.set_cookie("basket", "1")
            return response

        return view

    async def trivial(request: HttpRequest) -> HttpResponse:
        return HttpResponse("A page that needs nothing.")

    from cookie_consent.util import get_cookie_value_from_request

    urls.urlpatterns = [
        path("ours", answering(lambda request, name: request.privacy.allows(name))),
        path("without", answering(lambda request, name: None)),
        path("theirs", answering(get_cookie_value_from_request)),
        path("page-async", trivial),
    ]
    from consentguard_django import conf

    sent = f"{chosen(conf.site(), groups)}; {theirs}"
    if case == "async":
        return _asynchronous(sent)
    works = [
        _often(wsgi(_handler(*middleware), address, HOST, HTTP_COOKIE=sent))
        for middleware, address in (((OURS,), "/ours"), ((), "/without"), ((PEERS,), "/theirs"))
    ]
    works[0]()
    _stop_where_it_asks(works[0])
    return works


def _peer(groups: int, cookies: int) -> str:
    """Fill django-cookie-consent's tables; the cookie of the visitor who accepted the first half of the groups."""
    from cookie_consent.models import Cookie, CookieGroup
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for group in range(groups):
        made = CookieGroup.objects.create(varname=f"g{group}", name=f"g{group}")
        Cookie.objects.bulk_create(Cookie(cookiegroup=made, name=f"g{group}_c{each}") for each in range(cookies))
    return f"cookie_consent={'|'.join(f'g{each}=2099-01-01T00:00:00+00:00' for each in range(groups // 2))}"


def _handler(*middleware: str) -> Any:
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with _without_peer(middleware), override_settings(MIDDLEWARE=[*middleware, *settings.MIDDLEWARE]):
        return WSGIHandler()


def _without_peer(middleware: Sequence[str]) -> AbstractContextManager[object]:
    """Our middleware as it is on a site that does not have the peer, whose cookie it else watches over."""
    from django.conf import settings
    from django.test import override_settings

    apps = [name for name in settings.INSTALLED_APPS if name != PEER]
    return override_settings(INSTALLED_APPS=apps) if OURS in middleware else nullcontext()


def _asynchronous(sent: str) -> list[Work]:
    from django.core.handlers.asgi import ASGIHandler
    from django.test import override_settings

    runner = asyncio.Runner()
    asked = scope(HOST, sent)

    async def ask(app: Any) -> None:
        for _ in range(REQUESTS):
            await _ask_once(app, asked)

    def serving(*middleware: str) -> Work:
        with _without_peer(middleware), override_settings(MIDDLEWARE=list(middleware)):
            app = ASGIHandler()
        return lambda: runner.run(ask(app))

    return [serving(OURS), serving(), serving(PEERS)]


def flask(folder: Path, case: str, groups: int, cookies: int) -> list[Work]:
    """An app with consentguard, and the same app without."""
    from flask import Flask, Response, g, session

    from consentguard_flask import ConsentGuard

    options, names, shown_lines = prepared(folder, groups, cookies), asked(case, groups), shown("flask")

    def made(ask: Callable[[str], object]) -> Flask:
        app = Flask("clinic", root_path=str(folder))
        app.config.update(
            SECRET_KEY="0" * 64, **{f"CONSENTGUARD_{name.upper()}": value for name, value in options.items()}
        )

        template = app.jinja_env.from_string(TEMPLATE)

        @app.get("/page")
        def page() -> Response:
            for name in names:
                ask(name)
            session["seen"] = True
            response = Response(template.render(shown_lines))
            response.set_cookie("basket", "1")
            return response

        return app

    ours, without = made(lambda name: g.privacy.allows(name)), made(lambda name: None)
    ConsentGuard(ours)
    sent = chosen(ours.extensions["consentguard"].site(), groups)
    return [_often(wsgi(app, "/page", HOST, HTTP_COOKIE=sent)) for app in (ours, without)]


def _often(work: Work) -> Work:
    def works() -> None:
        for _ in range(REQUESTS):
            work()

    return works


def _stop_where_it_asks(work: Work) -> None:
    from unittest.mock import patch

    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries, patch.object(type(cache._connections["default"]), "get") as get:
        work()
    if len(queries) or get.called:
        sys.exit(f"a request sends {len(queries)} statements, and asks the cache {get.call_count} times")


if __name__ == "__main__":
    main(*sys.argv[1:])
