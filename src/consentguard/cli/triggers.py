"""`consentguard triggers`: lets a database itself refuse to change or remove proof."""

from __future__ import annotations

import click

from consentguard import triggers
from consentguard.cli import host as site_host


@click.group("triggers")
def command() -> None:
    """Let a database refuse to change or remove what stands as proof."""


@command.command("install")
@click.option("--database", default="default", show_default=True, help="The database alias or bind.")
@click.pass_context
def install(context: click.Context, database: str) -> None:
    """Refuse UPDATE and DELETE on the evidence and the consent records; our own purges go on."""
    site_host.host(context).execute(database, triggers.install)
    click.echo(f"Installed on {', '.join(triggers.TABLES)}.")


@command.command("remove")
@click.option("--database", default="default", show_default=True, help="The database alias or bind.")
@click.pass_context
def remove(context: click.Context, database: str) -> None:
    """Take the triggers away again."""
    site_host.host(context).execute(database, triggers.remove)
    click.echo("Removed.")
