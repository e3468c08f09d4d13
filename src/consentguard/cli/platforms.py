"""`consentguard platforms`: takes lists of users whose data a platform wants deleted. No id is printed."""

from __future__ import annotations

import json
from typing import TextIO

import click

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.platforms import ids_of


@click.group("platforms")
def command() -> None:
    """Take lists of users whose data a platform wants deleted."""


@command.command("delete-ids")
@click.argument("name", metavar="PLATFORM")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--json", "as_json", is_flag=True, help="Print the requests as JSON.")
@of_a_place
@click.pass_context
def delete_ids(context: click.Context, name: str, file: TextIO, as_json: bool, site: str, database: str) -> None:
    """Open a request for each id in FILE: CSV with a column user_id or id, or one id a line; - is standard input.

    Some platforms mail such lists instead of calling. The same list does nothing twice on one day.
    """
    guard = guard_of(context, site, database)
    language = guard.site.policy.manifest.site.languages[0]
    confirmed = guard.platforms.delete_listed(name, ids_of(file), language=language)
    requests = [each.request.id for each in confirmed]
    click.echo(json.dumps({"requests": requests}) if as_json else f"{len(requests)} requests are open or were before.")
