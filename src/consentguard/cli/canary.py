"""`consentguard canary`: makes up a data subject, copies and erases them, and looks for what is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.testing.canary_run import Canary, Song

_LIVE = "Rows are made up and erased in the database {name}, and DEBUG is off there. Go on"


@click.command("canary")
@click.option("--subject", metavar="KIND", help="Only this kind of data subject; else each.")
@click.option("--yes", is_flag=True, help="Ask nothing, also where DEBUG is off.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@of_a_place
@click.pass_context
def command(context: click.Context, subject: str | None, yes: bool, as_json: bool, site: str, database: str) -> None:
    """Make up a data subject, copy and erase them, and look for what is left. Each column has a value of its own.

    In every row, in the files of the database as far as it lets them be read, in the storage of files, and in caches.
    Run it where nobody works: tables are rewritten, and made-up rows and files are there for a moment. Exits with 1
    where something is lacking or left.
    """
    guard = guard_of(context, site, database)
    if not (yes or guard.site.host.setting("DEBUG")):
        click.confirm(_LIVE.format(name=guard.stores.name), abort=True, err=True)
    canary = Canary(guard)
    if subject and subject not in canary.kinds():
        raise click.BadParameter(f"the kinds are {', '.join(canary.kinds())}", param_hint="--subject")
    kinds = [subject] if subject else canary.kinds()
    songs = []
    with bar("looking", len(kinds)) as advance:
        for kind in kinds:
            songs.append(canary.sing(kind))
            advance(1)
    if as_json:
        click.echo(json.dumps([{**asdict(song), "well": song.is_well} for song in songs], indent=2))
    else:
        print_lines(line for song in songs for line in _told(song))
    context.exit(0 if all(song.is_well for song in songs) else FOUND)


def _told(song: Song) -> Iterator[Text]:
    state = ("well", "bold green") if song.is_well else ("something is lacking or left", "bold red")
    yield Text.assemble((song.kind, "bold"), f": {len(song.seeded)} values, ", state)
    yield from (Text(f"  {line}", style="red") for line in song.lines())
    if song.kept:
        yield Text(f"  kept by the plan: {', '.join(song.kept)}")
    for each in song.residual:
        yield Text(f"  not read: {each.place}: {each.why}", style="yellow")
