"""The keyring that a command is about: where it stands, and how a changed one is kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from consentguard.cli.host import look_for_host
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring
from consentguard.guards import options_of
from consentguard.host import Host
from consentguard.settings import Settings

Command = TypeVar("Command", bound=Callable[..., object])
DEFAULT = Path("consentguard.keys")
_IN_ENVIRONMENT = f"The keyring is the text in {VARIABLE}: add --print, and put there what it prints."
_PRINT = "Print the keyring, for CONSENTGUARD_KEYRING; write no file."


def of_a_file(command: Command) -> Command:
    """The option that names the keyring's file."""
    file = click.option(
        "--file", type=click.Path(path_type=Path), help="The keyring's file, in place of the site's own."
    )
    return file(command)


def of_a_ring(command: Command) -> Command:
    """The options of a command that changes a keyring: its file, or to print what it becomes."""
    printed = click.option("--print", "as_text", is_flag=True, help=_PRINT)
    return of_a_file(printed(command))


def path_of(context: click.Context) -> Path | None:
    """The file of the keyring that the command is about; None where the environment holds its text."""
    site: Host | None = context.obj or look_for_host()
    named = Settings.of(options_of(site), site.root()).keyring if site else None
    if named or os.environ.get(VARIABLE):
        return named
    return Path(os.environ.get(FILE_VARIABLE) or DEFAULT)


def read(path: Path | None) -> Keyring:
    """The keyring that there is. Raises KeyringError."""
    return Keyring.load(path) if path else Keyring.from_environment(os.environ)


def keep(ring: Keyring, path: Path | None, as_text: bool, *, destroying: int | None = None) -> Path | None:
    """Write a changed keyring to its file, which is given back, or print it. Raises KeyringError and UsageError."""
    if as_text:
        click.echo(ring.dumps())
        return None
    if path is None:
        raise click.UsageError(_IN_ENVIRONMENT)
    ring.write(path, destroying=destroying)
    return path
