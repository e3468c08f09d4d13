"""`manage.py consentguard …`: the `consentguard` command on this site."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from consentguard_django.commands import group
from consentguard_django.host import DjangoHost


class Command(BaseCommand):
    """Hands its arguments to the same commands that `consentguard` has everywhere, and to those of this site alone."""

    help = "The privacy policy that this site keeps: `manage.py consentguard --help` lists the commands."
    # the checks of `manage.py check` would stop the very command that explains what they found
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Without Django's own `--help`, which knows none of our commands."""
        return super().create_parser(prog_name, subcommand, add_help=False, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Leave every argument to the command, and ours is the help."""
        parser.add_argument("-h", "--help", action="store_true", dest="list_commands", help="list the commands")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="a command of consentguard and its arguments")

    def handle(self, *, arguments: list[str], list_commands: bool, **_: Any) -> None:
        """Run the command; its exit code is ours."""
        try:
            group.main(["--help"] if list_commands else arguments, prog_name="manage.py consentguard", obj=DjangoHost())
        except SystemExit as end:
            if end.code:
                raise
