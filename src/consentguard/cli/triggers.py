"""`consentguard triggers`: lets a database itself refuse to change or remove proof."""

from __future__ import annotations

import click

from consentguard import triggers
from consentguard.cli.host import host
from consentguard.cli.place import of_a_database


@click.group("triggers")
def command() -> None:
    """Let a database refuse to change or remove what stands as proof."""


@command.command("install")
@of_a_database
@click.pass_context
def install(context: click.Context, database: str) -> None:
    """Refuse UPDATE and DELETE on the evidence and the consent records; our own purges go on."""
    host(context).execute(database, triggers.install)
    click.echo(f"Installed on {', '.join(triggers.TABLES)}.")


@command.command("remove")
@of_a_database
@click.pass_context
def remove(context: click.Context, database: str) -> None:
    """Take the triggers away again."""
    host(context).execute(database, triggers.remove)
    click.echo("Removed.")
