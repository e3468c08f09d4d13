"""Finds the site that a command works on: handed in by a framework's own command, else found from here."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

import click

from consentguard.errors import SettingsError
from consentguard.guard import Guard
from consentguard.guards import Guards, options_of
from consentguard.host import Host
from consentguard.records import Place
from consentguard.site import Site

HOSTS = "consentguard.hosts"
FRAMEWORKS = ("django", "flask", "sqlalchemy")


class HostFinder(Protocol):
    """What an adapter registers under the entry-point group `consentguard.hosts`."""

    @classmethod
    def find(cls) -> Host | None:
        """The site of this adapter's framework in the working directory and environment, if there is one.

        Raises SettingsError when there is one that cannot be loaded.
        """


def look_for_host() -> Host | None:
    """The site in the working directory, by asking every installed adapter; None where there is none.

    Raises SettingsError when there is one that cannot be loaded.
    """
    for point in sorted(entry_points(group=HOSTS), key=lambda point: point.name):
        finder = _finder(point)
        host = finder.find() if finder else None
        if host is not None:
            return host
    return None


def _finder(point: EntryPoint) -> type[HostFinder] | None:
    """What an adapter registered; None where its framework is not installed, for both adapters come in one package."""
    try:
        finder: type[HostFinder] = point.load()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in FRAMEWORKS:
            return None
        raise
    return finder


def find_host() -> Host:
    """The site in the working directory. Raises SettingsError when there is none, or it cannot be loaded."""
    if host := look_for_host():
        return host
    raise SettingsError(
        "no Django or Flask site found here",
        hint="run this beside manage.py, or set DJANGO_SETTINGS_MODULE or FLASK_APP; "
        "or use `manage.py consentguard` or `flask consentguard`",
    )


def host(context: click.Context) -> Host:
    """The site that `context` works on: a framework's own command puts its host in `context.obj`."""
    return cast(Host, context.obj or find_host())


def site(context: click.Context, name: str = "default") -> Site:
    """The site that `context` works on, made anew from its host and policy as they are now.

    Raises SettingsError where the host has no site of that name.
    """
    of_host = host(context)
    return Site(of_host, options_of(of_host, name))


def guard_of(context: click.Context, site_name: str = "default", database: str = "default") -> Guard:
    """The guard of a site and a database of the host that `context` works on.

    Raises SettingsError where there is no such site or database.
    """
    return Guards(host(context)).at(Place(site_name, database))
