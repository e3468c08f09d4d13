"""`consentguard tokens`: makes and withdraws the tokens by which another system sends requests of data subjects."""

from __future__ import annotations

import datetime as dt
import json
import re

import click

from consentguard.cli.host import guard_of
from consentguard.cli.place import Command, of_a_place
from consentguard.records import Token

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)


def _system(_: click.Context, __: click.Parameter, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise click.BadParameter("a system's name has up to 32 letters, digits, dots, hyphens and underscores.")
    return name


def _of_a_system(command: Command) -> Command:
    """The options that say which system a command is about, at which site and in which database."""
    named = click.option("--for", "name", required=True, callback=_system, help="The system, such as help-desk.")
    return named(of_a_place(command))


@click.group("tokens")
def command() -> None:
    """Make and withdraw the tokens by which another system sends requests of data subjects."""


@command.command("new")
@_of_a_system
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help="The last day that it counts."
)
@click.option("--json", "as_json", is_flag=True, help="Print the token as JSON, with the system and the day.")
@click.pass_context
def new(context: click.Context, name: str, site: str, database: str, until: dt.datetime, as_json: bool) -> None:
    """Make a token and print it. It is shown this once: only its hash is kept."""
    guard, last = guard_of(context, site, database), until.date()
    if last < guard.clock.now().date():
        raise click.BadParameter("that day is over.", param_hint="--until")
    expires_at = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), dt.UTC)
    secret, token = Token.new("machine", name, expires_at)
    with guard.stores.transactions.atomic():
        guard.stores.tokens.add(token)
        guard.evidence.record("token.made", system=name, until=last.isoformat())
    click.echo(json.dumps({"token": secret, "for": name, "until": last.isoformat()}) if as_json else secret)


@command.command("withdraw")
@_of_a_system
@click.pass_context
def withdraw(context: click.Context, name: str, site: str, database: str) -> None:
    """Withdraw every token of a system: from now on none of them counts."""
    guard = guard_of(context, site, database)
    with guard.stores.transactions.atomic():
        went = guard.stores.tokens.withdraw(name, "machine")
        guard.evidence.record("token.withdrawn", system=name, tokens=went)
    click.echo(f"Withdrawn: {went}")
