"""`consentguard evidence`: seals, verifies, exports and prunes what is taken down of a site's acts."""

from __future__ import annotations

import datetime as dt
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import IO

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, from_here, print_lines
from consentguard.crypto import private_file
from consentguard.errors import SettingsError
from consentguard.evidence import Head, Verification


def _head(_: click.Context, __: click.Parameter, text: str | None) -> Head | None:
    try:
        return Head.parse(text) if text else None
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


@click.group("evidence")
def command() -> None:
    """Seal, verify, export and prune the evidence of a database."""


@command.command("seal")
@of_a_place
@click.option("--every", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Go on until stopped.")
@click.option("--all", "everything", is_flag=True, help="Look for entries of any age, not those of the last days.")
@click.pass_context
def seal(context: click.Context, site: str, database: str, every: float | None, everything: bool) -> None:
    """Chain the entries that wait.

    Run it often: every minute, say. With --every it goes on until Ctrl-C or SIGTERM.
    """
    guard = guard_of(context, site, database)
    if every is None:
        click.echo(f"Sealed: {guard.evidence.seal(everything=everything)}")
        return
    with _until_stopped() as stopped:
        while not stopped.is_set():
            if sealed := guard.evidence.seal(everything=everything):
                click.echo(f"Sealed: {sealed}")
            everything = False
            stopped.wait(every)


@command.command("verify")
@of_a_place
@click.option("--head", "kept", callback=_head, metavar="SEQUENCE:HASH", help="A head that was kept elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def verify(context: click.Context, site: str, database: str, kept: Head | None, as_json: bool) -> None:
    """Recompute every hash, and list each place that does not agree.

    Prints the head of the chain: kept elsewhere, it shows later whether history was rewritten (--head). Exits with 1
    when something does not agree.
    """
    evidence = guard_of(context, site, database).evidence
    with bar("verifying", evidence.length()) as advance:
        found = evidence.verify(kept, progress=advance)
    if as_json:
        facts = {"sound": found.sound} | asdict(found) | {"head": found.head._asdict()}
        click.echo(json.dumps(facts, indent=2))
    else:
        print_lines(_told(found))
    context.exit(0 if found.sound else FOUND)


@command.command("export")
@of_a_place
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file to write, instead of here.")
@click.pass_context
def export(context: click.Context, site: str, database: str, out: Path | None) -> None:
    """Print the evidence as JSON Lines: each entry with its seal, then those that wait for one.

    A file is written as a whole or not at all, and only its owner may read it: pseudonyms are personal data.
    """
    evidence = guard_of(context, site, database).evidence
    with ExitStack() as stack:
        write = stack.enter_context(_file(out)).write if out else sys.stdout.buffer.write
        advance = stack.enter_context(bar("exporting", evidence.length()))
        for line in evidence.export():
            write(line.encode())
            advance(1)


@command.command("prune")
@of_a_place
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Remove what is older (UTC).")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.pass_context
def prune(context: click.Context, site: str, database: str, before: dt.datetime, dry_run: bool) -> None:
    """Remove the oldest part of the chain, and leave a checkpoint that the rest goes on from."""
    evidence, moment = guard_of(context, site, database).evidence, before.replace(tzinfo=dt.UTC)
    left = evidence.prunable(moment) if dry_run else evidence.prune(moment)
    if left is None:
        click.echo(f"No sealed entry is older than {moment:%Y-%m-%d}.")
        return
    would = "Would be removed (dry run)" if dry_run else "Removed"
    click.echo(f"{would}: {left.removed} entries, up to sequence {left.sequence}")


def _told(found: Verification) -> Iterator[Text]:
    for place in found.breaks:
        where = f"entry {place.entry}, unsealed" if place.sequence is None else f"sequence {place.sequence}"
        entry = f" (entry {place.entry})" if place.sequence is not None and place.entry else ""
        yield Text.assemble((where, "bold"), ": ", (place.reason, "bold red"), entry)
    state = ("sound", "bold green") if found.sound else ("not sound", "bold red")
    yield Text.assemble(f"links {found.sealed}, entries checked {found.checked}, unsealed {found.unsealed}: ", state)
    yield Text(f"head {found.head}")


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    try:
        with private_file.replacing(path) as file:
            yield file
    except OSError as error:
        hint = "check that its folder exists, that you may write there, and that no other export is at work"
        raise SettingsError(f"{from_here(path)} cannot be written: {error.strerror}", hint=hint) from error


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that a run ends where it may."""
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
