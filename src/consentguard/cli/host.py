"""Finds the site that a command works on: handed in by a framework's own command, else found from here."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol

import click

from consentguard.errors import SettingsError
from consentguard.guard import Guard
from consentguard.host import Host

HOSTS = "consentguard.hosts"


class HostFinder(Protocol):
    """What an adapter registers under the entry-point group `consentguard.hosts`."""

    @classmethod
    def find(cls) -> Host | None:
        """The site of this adapter's framework in the working directory and environment, if there is one.

        Raises SettingsError when there is one that cannot be loaded.
        """


def find_host() -> Host:
    """The site in the working directory, by asking every installed adapter.

    Raises SettingsError when none finds a site.
    """
    for point in sorted(entry_points(group=HOSTS), key=lambda point: point.name):
        finder: type[HostFinder] = point.load()
        host = finder.find()
        if host is not None:
            return host
    raise SettingsError(
        "no Django or Flask site found here",
        hint="run this beside manage.py, or set DJANGO_SETTINGS_MODULE or FLASK_APP; "
        "or use `manage.py consentguard` or `flask consentguard`",
    )


def guard(context: click.Context) -> Guard:
    """The guard of the site that `context` works on; a framework's own command puts its guard in `context.obj`."""
    if context.obj is None:
        context.obj = Guard(find_host())
    if not isinstance(context.obj, Guard):
        raise TypeError(f"the command's context holds {type(context.obj).__name__}, not a Guard")
    return context.obj
