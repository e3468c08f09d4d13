"""`consentguard keys`: makes and lists the keys that seal, sign and pseudonymise; never shows one unasked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.host import look_for_host
from consentguard.cli.report import from_here, print_lines
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Key, Keyring
from consentguard.guards import options_of
from consentguard.host import Host
from consentguard.settings import Settings

DEFAULT = Path("consentguard.keys")
_STYLES = {"active": "bold green", "retired": "dim"}
_file = click.option("--file", type=click.Path(path_type=Path), help="The keyring's file, in place of the site's own.")


@click.group("keys")
def command() -> None:
    """Make and list the keys that seal and sign.

    The keyring is the file that the site's setting `keyring` names, else the one in the environment variable
    CONSENTGUARD_KEYRING (its text) or CONSENTGUARD_KEYRING_FILE (its path), else consentguard.keys here.
    """


@command.command("new")
@_file
@click.option("--print", "as_text", is_flag=True, help="Print the keyring, for CONSENTGUARD_KEYRING; write no file.")
@click.option("--json", "as_json", is_flag=True, help="Print the key's id and the file as JSON.")
@click.pass_context
def new(context: click.Context, file: Path | None, as_text: bool, as_json: bool) -> None:
    """Make a keyring, or add a new active key to the one that there is.

    The keys before it are retired: they still open and verify. None is ever overwritten.
    """
    if as_text and (file or as_json):
        raise click.UsageError("--print writes no file and tells of none: leave --file and --json out.")
    path = file or _path(context)
    if as_text:
        click.echo(_with_new_key(_existing(path)).dumps())
    elif path is None:
        raise click.UsageError(f"The keyring is the text in {VARIABLE}: add --print, and put there what it prints.")
    else:
        ring = _with_new_key(_existing(path))
        ring.write(path)
        _tell(ring.active, path, as_json)


@command.command("list")
@_file
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def list_keys(context: click.Context, file: Path | None, as_json: bool) -> None:
    """List the keys: id, state, date of creation."""
    path = file or _path(context)
    ring = Keyring.load(path) if path else Keyring.from_environment(os.environ)
    if as_json:
        keys = [{"id": key.id, "state": key.state, "created": key.created.isoformat()} for key in ring.keys]
        click.echo(json.dumps(keys, indent=2))
    else:
        print_lines(map(_line, ring.keys))


def _path(context: click.Context) -> Path | None:
    """The file of the keyring that the command is about; None where the environment holds its text."""
    site: Host | None = context.obj or look_for_host()
    named = Settings.of(options_of(site), site.root()).keyring if site else None
    if named or os.environ.get(VARIABLE):
        return named
    return Path(os.environ.get(FILE_VARIABLE) or DEFAULT)


def _existing(path: Path | None) -> Keyring | None:
    """The keyring to which a key is added; None where there is none yet."""
    if path is None:
        return Keyring.from_environment(os.environ)
    return Keyring.load(path) if path.exists() else None


def _with_new_key(ring: Keyring | None) -> Keyring:
    return ring.with_new_key() if ring else Keyring.generate()


def _tell(key: Key, path: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"id": key.id, "file": str(path)}))
        return
    lines = [Text(f"Key {key.id} is active in {from_here(path)}.")]
    if key.id == 1:
        lines.append(Text("Keep a copy in a secret store, and the file out of the repository and of backups of data."))
    print_lines(lines)


def _line(key: Key) -> Text:
    return Text.assemble(f"{key.id:>4}  ", (f"{key.state:<8}", _STYLES[key.state]), f"{key.created:%Y-%m-%d}")
