"""The `consentguard` command: one group, whose commands are loaded when they are called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from consentguard.errors import ConsentGuardError

COMMANDS = {
    "ages": "Print from which age on the law of each place lets people decide alone.",
    "canary": "Make up a data subject, copy and erase them, and look for what is left.",
    "check": "Compare the policy with the site: what is unclassified, weak, unpublished.",
    "consent": "Show, export, verify, count and take back what people agreed to.",
    "decrypt-column": "Move the values of an encrypted column to a plain one beside it.",
    "diff": "List what changed between two policies, and which changes are material.",
    "encrypt-column": "Move the values of a plain column to an encrypted one beside it.",
    "errands": "List, do and settle what requests have done in other places.",
    "evidence": "Seal, verify, export and prune the evidence of a database.",
    "export": "Make, verify and import copies of people's data.",
    "factors": "Count how many of the staff have a second factor.",
    "holds": "List, place and release legal holds: what is held is deleted by nobody.",
    "indexes": "Plan the indexes by which encrypted columns are searched.",
    "import-column": "Move what another package encrypted to an encrypted column beside it.",
    "init": "Write a first privacy.toml and registrations from what a site shows.",
    "intake": "Open a request for each mail in SOURCE.",
    "keys": "Make and list the keys that seal and sign.",
    "lint": "Report weak or contradictory places of a policy.",
    "minors": "List, make and decide reports that the site holds a minor's data.",
    "platforms": "Take lists of users whose data a platform wants deleted.",
    "publish": "Write the policy's pages and records, and record the version.",
    "restore-replay": "Erase again who was erased since the backup was made that was put back.",
    "restrict": "Keep data and do not use it.",
    "retention": "Show, accept and carry out how long the policy keeps data.",
    "run-due": "Run every job that is due.",
    "rights": "List and carry out the requests of data subjects.",
    "scan-cookies": "Visit a site before and after each choice, and report what its policy does not declare.",
    "schedule": "Show the jobs, how often each runs and when it last did, or how to have them run.",
    "schema": "Print the JSON Schema of privacy.toml, for editors.",
    "shred": "Destroy a data subject's key, so that what it sealed can be read no more.",
    "suppressed": "Count the addresses that get no more mails, by purpose.",
    "tenants": "Delete what is held for a customer when the contract with them ends.",
    "tokens": "Make and withdraw the tokens by which another system sends requests.",
    "triggers": "Let a database refuse to change or remove what stands as proof.",
    "unsubscribe": "Send ADDRESS no more mails of a purpose.",
}
BAD_INPUT = 2


class Commands(click.Group):
    """A group that imports a command when it is called, and prints our errors as one clear message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, without importing any."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command by its name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"consentguard.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one-line help, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it with a message and exit code 2, never a traceback."""
        try:
            return super().invoke(ctx)
        except ConsentGuardError as error:
            click.echo(f"consentguard: {error}", err=True)
            ctx.exit(BAD_INPUT)


@click.group(cls=Commands, name="consentguard")
@click.version_option(package_name="consentguard")
def group() -> None:
    """The privacy policy that a site actually keeps."""


def main() -> None:
    """Run the `consentguard` command from a shell."""
    sys.exit(group())
