"""`consentguard keys destroy`: takes a key out of the keyring for good, where nothing needs it any more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from consentguard.cli.encrypted import every_encryption
from consentguard.cli.place import of_a_site
from consentguard.cli.report import from_here
from consentguard.cli.ring import keep, of_a_ring, path_of, read
from consentguard.crypto.keyring import KeyringError
from consentguard.encryption import Encryption
from consentguard.reencryption import uses

_BEYOND = (
    "What nobody can count is lost with it too: encrypted files, backups, recovery codes and cookies from its time."
)


@click.command("destroy")
@click.argument("key_id", type=int, metavar="KEY")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@of_a_site
@of_a_ring
@click.pass_context
def destroy(context: click.Context, key_id: int, yes: bool, site: str, file: Path | None, as_text: bool) -> None:
    """Destroy a key for good: what is sealed under it can never be opened again.

    Refused while a stored value, a data subject's key, a search index or the evidence needs it, in any database of the
    site; the refusal names where. Other copies of the keyring are for you to destroy.
    """
    path = file or path_of(context)
    ring = read(path).destroying(key_id)
    found = every_encryption(context, site, file)
    _refuse_in_use(key_id, found)
    if not yes:
        click.echo(_BEYOND, err=True)
        click.confirm(f"Destroy key {key_id} for good?", abort=True, err=True)
    kept = keep(ring, path, as_text, destroying=key_id)
    for encryption in found:
        encryption.record_destroyed(key_id)
    if kept:
        click.echo(f"Key {key_id} is destroyed in {from_here(kept)}.")


def _refuse_in_use(key_id: int, found: list[Encryption]) -> None:
    needed = Counter[str]()
    for encryption in found:
        needed.update(uses(encryption.rotation, encryption.stores, key_id))
    if needed:
        where = ", ".join(f"{name} ({count})" for name, count in needed.items())
        hint = "`consentguard keys rotate` moves what is stored; evidence goes with `consentguard retention run`"
        raise KeyringError(f"key {key_id} cannot be destroyed: it is in use by {where}", hint=hint)
