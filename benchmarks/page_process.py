"""Serves the policy page and a static template by turns; prints both medians (ms).

The template holds the same text inside the site's layout or, with `--bare`, the whole page as it was served once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import interleave, timed

EXAMPLES = Path(__file__).resolve().parent.parent / "example_projects"
ROUNDS = 41
REQUESTS = 25


def django(folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """The policy page of unified_inbox, and its text as a static template in the same layout."""
    sys.path.insert(0, str(EXAMPLES / "unified_inbox"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "unified_inbox.settings"
    import django
    from django.conf import settings

    settings.TEMPLATES[0]["DIRS"] = [*settings.TEMPLATES[0]["DIRS"], folder]
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()
    from django.test import Client
    from django.urls import get_resolver, path, reverse
    from django.views.generic import TemplateView

    client, address = Client(), reverse("consentguard:policy", kwargs={"language": "en"})
    _write(folder, client.get(address).content.decode())
    get_resolver().url_patterns.append(path("static-copy", TemplateView.as_view(template_name="static-copy.html")))
    return (lambda: _ok(client.get(address).status_code)), (lambda: _ok(client.get("/static-copy").status_code))


def flask(folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """The policy page of sms_gateway, and its text as a static template in the same layout."""
    sys.path.insert(0, str(EXAMPLES / "sms_gateway"))
    os.environ["SMS_GATEWAY_DB"] = str(folder / "site.sqlite3")
    from flask import render_template
    from jinja2 import ChoiceLoader, FileSystemLoader

    from sms_gateway import create_app

    app = create_app()
    app.test_cli_runner().invoke(args=["init-db"])
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder), app.jinja_loader])
    app.add_url_rule("/static-copy", "static_copy", lambda: render_template("static-copy.html"))
    with app.test_request_context():
        address = app.url_for("consentguard.policy", language="en")
    client = app.test_client()
    _write(folder, client.get(address).text)
    return (lambda: _ok(client.get(address).status_code)), (lambda: _ok(client.get("/static-copy").status_code))


def _write(folder: Path, page: str) -> None:
    """Keep the page for the static template: all of it, or what stands between the site's header and footer."""
    inside = page.partition('<div class="consentguard"')[2].partition("</article>")[0]
    if not inside:
        sys.exit("the policy page was not served")
    static = f'<div class="consentguard"{inside}</article></div>'
    layout = '{% extends "base.html" %}{% block title %}Policy{% endblock %}{% block content %}'
    in_layout = f"{layout}{static}{{% endblock %}}"
    (folder / "static-copy.html").write_text(page if "--bare" in sys.argv else in_layout, "utf-8")


def _ok(status: int) -> None:
    if status != 200:
        sys.exit(f"a page answered {status}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        ours, baseline = {"django": django, "flask": flask}[sys.argv[1]](Path(scratch))
        pair = interleave(timed(ours, REQUESTS), timed(baseline, REQUESTS), ROUNDS)
    print(pair.ours, pair.baseline, sep="\n")
