"""`consentguard factors`: how many of the staff have a second factor. Who has none stands in the site's admin."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import print_lines
from consentguard.errors import SettingsError
from consentguard.screens import share

WIDTH = 40
"""Of the bar, in characters."""


@click.command("factors")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@of_a_place
@click.pass_context
def command(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Count how many of the staff have a second factor."""
    found = share(guard_of(context, site, database))
    if found is None:
        hint = "the setting `staff` gives their primary keys; a section [twofactor] in the policy keeps second factors"
        raise SettingsError("nobody is known to be staff, or nothing keeps second factors", hint=hint)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        full = round(WIDTH * found.enrolled / found.staff)
        print_lines([Text(found.sentence), Text("█" * full + "░" * (WIDTH - full))])
