"""What is encrypted of the host that a command works on, in each of its databases."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from consentguard.cli.host import host
from consentguard.cli.ring import path_of, read
from consentguard.clock import SystemClock
from consentguard.encryption import Encryption
from consentguard.guards import options_of
from consentguard.host import Host
from consentguard.settings import DEFAULT_DATABASE, Settings
from consentguard.site import Site


def encryptions(context: click.Context, site: str, database: str, file: Path | None) -> list[Encryption]:
    """The encrypted columns of a database, or of every one that has some, and the keys of data subjects.

    A site needs no policy for that; the evidence names the policy's version where there is one. Raises SettingsError,
    KeyringError and ManifestError.
    """
    of_host = host(context)
    settings = Settings.of(options_of(of_host, site), of_host.root())
    ring = read(file or path_of(context))
    names = [database] if database else _databases(of_host, settings)
    version = partial(str, _version(of_host, site, settings))
    return [
        Encryption(of_host, ring, name, clock=SystemClock(), data_keys=settings.data_keys, version=version)
        for name in names
    ]


def every_encryption(context: click.Context, site: str, file: Path | None) -> list[Encryption]:
    """The encrypted columns of every database that the host has. Raises as above."""
    names = host(context).database_names()
    return [encryption for name in names for encryption in encryptions(context, site, name, file)]


def _databases(of_host: Host, settings: Settings) -> list[str]:
    """Those with encrypted columns, that of the keys of data subjects, and the one that features write to."""
    theirs = (column.database for column in of_host.sealed_columns())
    return list(dict.fromkeys((DEFAULT_DATABASE, settings.data_keys, *theirs)))


def _version(of_host: Host, site: str, settings: Settings) -> str:
    return Site(of_host, options_of(of_host, site)).version if settings.manifest.is_file() else ""
