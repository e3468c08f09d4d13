"""`consentguard suppressed`: how many addresses get no more mails, by purpose. Which, nobody can list."""

from __future__ import annotations

import json

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import print_lines


@click.command("suppressed")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@of_a_place
@click.pass_context
def command(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Count the addresses that get no more mails, by purpose."""
    counts = guard_of(context, site, database).unsubscribe.counts()
    if as_json:
        click.echo(json.dumps(dict(counts)))
    else:
        print_lines([Text(f"{name}: {count}") for name, count in counts.items()] or [Text("No address is suppressed.")])
