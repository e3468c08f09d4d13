"""The commands of a Django site: those of the core, and those about the packages that it has installed."""

from __future__ import annotations

from importlib import import_module

import click
from django.apps import apps

from consentguard import cli

COMPANIONS = {"cookies": "cookie_consent"}
"""Commands about an app that a site may have, which are there where it is installed."""
HELP = {"cookies": "Exchange [cookies] with the admin of django-cookie-consent, and take its log over."}


class Commands(cli.Commands):
    """The group of a site's own commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, without importing any."""
        return sorted([*super().list_commands(ctx), *_installed()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command by its name."""
        if cmd_name not in _installed():
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(f"consentguard_django.{COMPANIONS[cmd_name]}.commands").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one-line help, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted({**cli.COMMANDS, **{name: HELP[name] for name in _installed()}}.items()))


def _installed() -> list[str]:
    return [name for name, app in COMPANIONS.items() if apps.is_installed(app)]


group = Commands(cli.group.name, params=cli.group.params, help=cli.group.help)
