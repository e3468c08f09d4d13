"""Starts one example site in a fresh process and prints how long that took (ms) and its memory (MiB)."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent.parent / "example_projects"


class _Nothing(types.ModuleType):
    """Stands in for a module of consentguard in the baseline: every name is a decorator that does nothing."""

    urlpatterns: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: lambda model: model


def _leave_out() -> None:
    for name in ("consentguard", "consentguard_flask", "consentguard_django", "consentguard_django.urls"):
        sys.modules[name] = _Nothing(name)


def django(without: bool) -> None:
    """Set up unified_inbox, with its URLs loaded as the first request would."""
    sys.path.insert(0, str(EXAMPLES / "unified_inbox"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "unified_inbox.settings"
    from django.conf import settings

    if without:
        settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if not app.startswith("consentguard")]
    from django.core.wsgi import get_wsgi_application

    get_wsgi_application()
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018


def flask(without: bool) -> None:
    """Create the app of sms_gateway."""
    sys.path.insert(0, str(EXAMPLES / "sms_gateway"))
    os.environ["SMS_GATEWAY_DB"] = str(Path(tempfile.gettempdir()) / "never-opened.sqlite3")
    from sms_gateway import create_app

    create_app()


if __name__ == "__main__":
    start = time.perf_counter()
    if without := "--without" in sys.argv:
        _leave_out()
    {"django": django, "flask": flask}[sys.argv[1]](without)
    print((time.perf_counter() - start) * 1000)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
