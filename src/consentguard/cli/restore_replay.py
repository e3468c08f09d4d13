"""`consentguard restore-replay`: after a backup was put back, erases again who was erased since it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.tombstones.replay import Replayed


@click.command("restore-replay")
@click.option("--all", "whole", is_flag=True, help="Every entry: for single tables that were put back.")
@click.option("--dry-run", is_flag=True, help="Say who would be erased, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@of_a_place
@click.pass_context
def command(context: click.Context, whole: bool, dry_run: bool, as_json: bool, site: str, database: str) -> None:
    """Erase again who was erased since the backup was made that was put back, and hold again what was held.

    Nobody is erased for a primary key alone: whoever came later and got that key stays. It may be cut short and run
    again. Exits with 1 where rows are left to look at, because nothing but their key says whose they are.
    """
    replay = guard_of(context, site, database).replay
    with bar("looking", replay.subjects()) as advance:
        done = replay.run(whole=whole, dry_run=dry_run, progress=advance)
    if as_json:
        unclear = [str(subject) for subject in done.unclear]
        click.echo(json.dumps({"dry_run": dry_run, **asdict(done), "unclear": unclear}, indent=2))
    else:
        print_lines(_told(done, dry_run))
    context.exit(FOUND if done.unclear else 0)


def _told(done: Replayed, dry_run: bool) -> Iterator[Text]:
    would = " (dry run)" if dry_run else ""
    yield Text(f"{done.entries} entries of the ledger that this database had not seen")
    if done.holds:
        yield Text(f"{done.holds} legal holds placed again{would}")
    for kind, number in sorted(done.erased.items()):
        yield Text.assemble((kind, "bold"), f": {number} erased again{would}")
    if done.open:
        yield Text("Some rows stay under a hold or for a least time; `run-due` takes them afterwards.")
    for subject in done.unclear:
        why = ": its key was erased, and nothing else says whose it is"
        yield Text.assemble((f"{subject}: left alone", "yellow"), why)
