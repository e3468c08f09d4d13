"""`consentguard run-due`: runs every job that is due, as one line of cron."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.schedules import Schedules, Turn


@click.command("run-due")
@click.argument("jobs", metavar="[JOB]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@of_a_place
@click.pass_context
def command(context: click.Context, jobs: tuple[str, ...], as_json: bool, site: str, database: str) -> None:
    """Run every job that is due, or each JOB that is named, due or not: see `consentguard schedule`.

    A job that fails keeps no other from running, and is tried again an hour later at the latest; a job that another
    process is at is passed over. Exits with 1 when one failed.
    """
    schedules = Schedules(guard_of(context, site, database))
    names = jobs or schedules.due()
    with bar("running", len(names)) as advance:
        turns = list(schedules.run(names, progress=lambda _: advance(1)))
    if as_json:
        click.echo(json.dumps([_facts(turn) for turn in turns], indent=2))
    else:
        _print(turns)
    context.exit(0 if all(turn.is_well for turn in turns) else FOUND)


def _print(turns: Sequence[Turn]) -> None:
    """What was done, and on standard error what was not: cron mails what a command prints."""
    print_lines(_line(turn) for turn in turns if any(turn.facts.values()))
    for turn in turns:
        if not turn.is_well:
            click.echo(f"{turn.job}: {turn.trouble}", err=True)


def _line(turn: Turn) -> Text:
    told = ", ".join(f"{name} {number}" for name, number in turn.facts.items() if number)
    return Text.assemble((turn.job, "bold"), f": {told}")


def _facts(turn: Turn) -> dict[str, object]:
    return {"job": turn.job, **turn.facts, "failed": turn.failed, "error": turn.trouble if turn.error else ""}
