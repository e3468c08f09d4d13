"""`consentguard keys index`: moves the search indexes to another key while they serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.encrypted import every_encryption
from consentguard.cli.place import of_a_site
from consentguard.cli.report import print_lines
from consentguard.cli.ring import keep, of_a_ring, path_of, read
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.slots import SlotError
from consentguard.encryption import Encryption


@click.group("index")
def index() -> None:
    """Move the search indexes to another key while they serve.

    Each step has to reach every process before the next: begin, rotate, switch, end, rotate.
    """


@index.command("begin")
@of_a_ring
@click.pass_context
def begin(context: click.Context, file: Path | None, as_text: bool) -> None:
    """Let every value that is written have a digest under the enabled key, beside the one that queries read."""
    path = file or path_of(context)
    ring = read(path)
    ring = ring.with_slots(ring.slots.begun(ring.enabled.id))
    if keep(ring, path, as_text):
        _tell(ring, "Load the keyring in every process, run `keys rotate`, then `keys index switch`.")


@index.command("switch")
@of_a_site
@of_a_ring
@click.pass_context
def switch(context: click.Context, site: str, file: Path | None, as_text: bool) -> None:
    """Let queries read the other digests; once more, and they read the first again.

    Refused while a value lacks them, in any database of the site.
    """
    path = file or path_of(context)
    ring = read(path)
    if not ring.slots.in_window:
        raise SlotError("the indexes are not being moved to another key", hint="`consentguard keys index begin`")
    _refuse_lacking(every_encryption(context, site, file))
    ring = ring.with_slots(ring.slots.switched())
    if keep(ring, path, as_text):
        _tell(ring, "Load the keyring in every process, then run `keys index end`.")


@index.command("end")
@of_a_ring
@click.pass_context
def end(context: click.Context, file: Path | None, as_text: bool) -> None:
    """Make only those digests from now on that queries read; before a switch, that gives the move up."""
    path = file or path_of(context)
    ring = read(path)
    ring = ring.with_slots(ring.slots.ended())
    if keep(ring, path, as_text):
        _tell(ring, "Load the keyring in every process; `keys rotate` then drops the other digests.")


def _refuse_lacking(found: list[Encryption]) -> None:
    lacking = [
        f"{state.column} ({state.behind})"
        for encryption in found
        for table in encryption.rotation.tables()
        for column, state in zip(table.columns, encryption.rotation.state(table), strict=True)
        if column.declared.indexes and state.behind
    ]
    if lacking:
        hint = "run `consentguard keys rotate`; a value that it leaves alone has to be mended or emptied first"
        raise SlotError(f"values lack the digests that queries would read: {', '.join(lacking)}", hint=hint)


def _tell(ring: Keyring, then: str) -> None:
    print_lines(map(Text, _told(ring, then)))


def _told(ring: Keyring, then: str) -> Iterator[str]:
    slots = ring.slots
    made = " and ".join(f"key {key_id}" for key_id in slots.keys)
    yield f"Digests are made with {made}; queries read those of key {slots.of(slots.reading)}."
    yield then
