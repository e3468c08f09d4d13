"""What a worker has to know: its site, how to enter it, and into how many shares a large step is parted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from consentguard.cli.host import find_host
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.host import Host
from consentguard.records import Place
from consentguard_celery import purposes

TASKS = "consentguard_celery.tasks"
PARTS = 4


@dataclass(frozen=True, slots=True)
class _Site:
    find: Callable[[], Host] = find_host
    context: Callable[[], AbstractContextManager[object]] = nullcontext
    parts: int = PARTS


_lock = threading.Lock()
_site = _Site()
_guards: Guards | None = None


def install(
    app: Any,
    host: Callable[[], Host] = find_host,
    *,
    context: Callable[[], AbstractContextManager[object]] = nullcontext,
    parts: int = PARTS,
) -> None:
    """Let a Celery app run consentguard's tasks, and carry purposes along: call it where the app is made.

    `host` gives the site once a worker needs it: that of the framework in the working directory unless said. Every task
    runs inside of `context`, such as a Flask app's `app.app_context`. A step of many rows is parted into about `parts`
    shares: as many as there are processes that work on them at once.
    """
    global _site, _guards
    with _lock:
        _site, _guards = _Site(host, context, parts), None
    app.conf.imports = (*dict.fromkeys((*app.conf.imports, TASKS)),)
    purposes.install()


@contextmanager
def guard_at(site: str, database: str) -> Iterator[Guard]:
    """The guard of a place of the worker's site, inside of the context that it needs.

    Raises SettingsError where there is no such site or database.
    """
    global _guards
    with _lock:
        if _guards is None:
            _guards = Guards(_site.find())
            _guards.install()
    with _site.context():
        yield _guards.at(Place(site, database))


def parts() -> int:
    """Into about how many shares a step of many rows is parted."""
    return _site.parts
