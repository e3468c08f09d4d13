"""Serves one page through the gate of the second factor and without it by turns, to whoever gave a factor minutes ago.

`django` and `flask` say which site. Prints both medians (µs a request), and how many statements the gate sends.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import sites
from benchmarks.harness import interleave, timed
from benchmarks.request_process import REQUESTS, ROUNDS, Sent, Work, sent_by_django, sent_by_sqlalchemy, sqlite, wsgi
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.assurance import Browser
from consentguard.web.circumstances import Circumstances

HOST, PAGE = "clinic.example.com", "/page"
SOMEBODY = SubjectRef("user", "1")
GATE = "consentguard_django.second_factor.SecondFactorMiddleware"


def django(folder: Path) -> tuple[Work, Work, Sent]:
    """A Django site, and the same without the middleware that is the gate."""
    sites.django(folder, sqlite(folder), policy=sites.GATED)
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.test import override_settings

    from consentguard_django import conf

    call_command("migrate", verbosity=0)
    cookie = verified(conf.guards().at())

    def serving(middleware: Sequence[str]) -> Work:
        with override_settings(MIDDLEWARE=middleware):
            app = WSGIHandler()
        return wsgi(app, PAGE, HOST, HTTP_COOKIE=cookie)

    return serving([sites.OURS, GATE]), serving([sites.OURS]), sent_by_django


def flask(folder: Path) -> tuple[Work, Work, Sent]:
    """A Flask app, and the same where the policy requires a factor of nobody."""
    places = [folder / name for name in ("gated", "open")]
    for place in places:
        place.mkdir()
    database = f"sqlite:///{folder / 'db.sqlite3'}"
    gated, without = sites.flask(places[0], database, policy=sites.GATED), sites.flask(places[1], database)
    with gated.app_context():
        gated.test_cli_runner().invoke(args=["consentguard", "create-tables"])
        cookie = verified(gated.extensions["consentguard"].at())
    ours, baseline = (wsgi(app, PAGE, HOST, HTTP_COOKIE=cookie) for app in (gated, without))
    return ours, baseline, sent_by_sqlalchemy


def verified(guard: Guard) -> str:
    """The cookies of a browser in which a factor was given just now."""
    browser = Browser(guard=guard, cookies={}, subject=lambda: SOMEBODY, circumstances=Circumstances())
    cookies = browser.given(epoch=guard.sessions.epoch(SOMEBODY), factor="app", method="otp")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


SITES: dict[str, Callable[[Path], tuple[Work, Work, Sent]]] = {"django": django, "flask": flask}


def main(name: str) -> None:
    """Measure both; it stops where a page is not answered."""
    with tempfile.TemporaryDirectory() as scratch:
        ours, baseline, sent = SITES[name](Path(scratch))
        ours(), baseline()  # what is made for the first request alone
        statements = sent(ours) - sent(baseline)
        pair = interleave(timed(ours, REQUESTS), timed(baseline, REQUESTS), ROUNDS)
    print(pair.ours * 1000, pair.baseline * 1000, statements, sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
