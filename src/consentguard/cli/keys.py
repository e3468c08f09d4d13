"""`consentguard keys`: makes and lists the keys that seal, sign and pseudonymise; never shows one unasked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.destroying import destroy
from consentguard.cli.key_index import index
from consentguard.cli.report import from_here, print_lines
from consentguard.cli.ring import keep, of_a_file, of_a_ring, path_of, read
from consentguard.cli.rotating import rotate
from consentguard.crypto.keyring import Key, Keyring
from consentguard.crypto.signatures import public_keys

_STYLES = {"enabled": "bold green", "decrypt-only": "dim", "destroyed": "red"}
_KMS = "The key management service that wraps secrets, such as aws:alias/shop or vault:shop."


@click.group("keys")
def command() -> None:
    """Make and list the keys that seal and sign.

    The keyring is the file that the site's setting `keyring` names, else the one in the environment variable
    CONSENTGUARD_KEYRING (its text) or CONSENTGUARD_KEYRING_FILE (its path), else consentguard.keys here.
    """


@command.command("new")
@of_a_ring
@click.option("--decrypt-only", "waits", is_flag=True, help="Seal nothing with it until `keys enable`.")
@click.option("--kms", default="", metavar="URI", help=f"{_KMS} For a first key; those after it need no mention.")
@click.option("--json", "as_json", is_flag=True, help="Print the key's id and the file as JSON.")
@click.pass_context
def new(context: click.Context, file: Path | None, as_text: bool, waits: bool, kms: str, as_json: bool) -> None:
    """Make a keyring, or add a new key to the one that there is, enabled.

    The keys before it only decrypt and verify from then on. None is ever overwritten. With --decrypt-only the new key
    waits until it has reached every process.
    """
    if as_text and (file or as_json):
        raise click.UsageError("--print writes no file and tells of none: leave --file and --json out.")
    path = file or path_of(context)
    ring = _with_new_key(_existing(path), waits, kms)
    if kept := keep(ring, path, as_text):
        _tell(ring, ring.keys[-1], kept, as_json)


@command.command("enable")
@click.argument("key_id", type=int, metavar="KEY")
@of_a_ring
@click.pass_context
def enable(context: click.Context, key_id: int, file: Path | None, as_text: bool) -> None:
    """Seal and sign with this key from now on; the one before it only decrypts and verifies."""
    path = file or path_of(context)
    ring = read(path).enabling(key_id)
    if kept := keep(ring, path, as_text):
        _tell(ring, ring.enabled, kept, as_json=False)


@command.command("wrap")
@click.option("--kms", required=True, metavar="URI", help=_KMS)
@of_a_ring
@click.pass_context
def wrap(context: click.Context, kms: str, file: Path | None, as_text: bool) -> None:
    """Let a key management service wrap the keys that there are, or another service than before.

    The keys stay the same. Nothing is written before each of them was unwrapped once.
    """
    path = file or path_of(context)
    ring = read(path).wrapped_by(kms)
    if kept := keep(ring, path, as_text):
        lines = [
            f"{from_here(kept)} is wrapped by {ring.kms}.",
            "Delete every other copy of it: its keys stand there as before.",
        ]
        print_lines(map(Text, lines))


@command.command("list")
@of_a_file
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def list_keys(context: click.Context, file: Path | None, as_json: bool) -> None:
    """List the keys: id, state, date of creation, and the key management service that wraps them, if one does."""
    ring = read(file or path_of(context))
    if as_json:
        click.echo(json.dumps([_facts(ring, key) for key in ring.keys], indent=2))
    else:
        print_lines(map(_line, ring.keys))
        print_lines(_by_whom(ring))


@command.command("public")
@of_a_file
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_context
def public(context: click.Context, file: Path | None, as_json: bool) -> None:
    """Print the public keys by which anybody verifies what this site signs for others, the newest first.

    Publish them where people trust them to be yours. They are made of the keyring and change with the enabled key.
    """
    keys = [*public_keys(read(file or path_of(context)))]
    if as_json:
        facts = [{"id": key.key_id, "fingerprint": key.fingerprint, "ed25519": key.raw.hex()} for key in keys]
        click.echo(json.dumps(facts, indent=2))
    else:
        print_lines(Text(f"{key.key_id:>4}  {key.fingerprint}  {key.raw.hex()}") for key in keys)


for each in (rotate, destroy, index):
    command.add_command(each)


def _existing(path: Path | None) -> Keyring | None:
    """The keyring to which a key is added; None where there is none yet."""
    if path is None:
        return Keyring.from_environment(os.environ)
    return Keyring.load(path) if path.exists() else None


def _with_new_key(ring: Keyring | None, waits: bool, kms: str) -> Keyring:
    if ring is None:
        return Keyring.generate(kms)
    if kms not in {"", ring.kms}:
        raise click.UsageError(f"{kms} does not wrap the keys that there are: run `keys wrap --kms {kms}` first.")
    return ring.with_new_key("decrypt-only" if waits else "enabled")


def _tell(ring: Keyring, key: Key, path: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"id": key.id, "file": str(path)}))
        return
    does = "is enabled" if key.state == "enabled" else "waits to be enabled"
    lines = [Text(f"Key {key.id} {does} in {from_here(path)}."), *_by_whom(ring)]
    if key.id == 1:
        lines.append(Text("Keep a copy in a secret store, and the file out of the repository and of backups of data."))
    print_lines(lines)


def _by_whom(ring: Keyring) -> list[Text]:
    return [Text(f"Wrapped by {ring.kms}.")] if ring.kms else []


def _facts(ring: Keyring, key: Key) -> dict[str, object]:
    return {"id": key.id, "state": key.state, "created": key.created.isoformat(), "kms": ring.kms or None}


def _line(key: Key) -> Text:
    return Text.assemble(f"{key.id:>4}  ", (f"{key.state:<14}", _STYLES[key.state]), f"{key.created:%Y-%m-%d}")
