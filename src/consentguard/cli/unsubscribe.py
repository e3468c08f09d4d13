"""`consentguard unsubscribe`: keeps an address from getting more mails of a purpose. The address is never printed."""

from __future__ import annotations

import json

import click

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.errors import SettingsError
from consentguard.rights.addresses import is_address

COMPONENT = "command"


@click.command("unsubscribe")
@click.argument("address")
@click.option("--purpose", "purposes", multiple=True, required=True, help="What it gets no more mails of; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@of_a_place
@click.pass_context
def command(
    context: click.Context,
    address: str,
    purposes: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    site: str,
    database: str,
) -> None:
    """Send ADDRESS no more mails of a purpose, and take back the consent that there was.

    For whoever wrote or called to say so. It is kept as a pseudonym, and outlives an erasure. Only a new consent on a
    form brings the mails back.
    """
    if not is_address(address):
        raise SettingsError("this is no e-mail address", hint="such as name@example.com")
    guard = guard_of(context, site, database)
    lists = guard.unsubscribe
    with guard.stores.transactions.atomic():
        if dry_run:
            done = {purpose: not lists.is_suppressed(address, purpose) for purpose in purposes}
        else:
            done = {purpose: lists.suppress(address, purpose, component=COMPONENT) for purpose in purposes}
    if as_json:
        click.echo(json.dumps({"unsubscribed": [name for name, is_new in done.items() if is_new], "dry_run": dry_run}))
        return
    would = "Would be unsubscribed" if dry_run else "Unsubscribed"
    for name, is_new in done.items():
        click.echo(f"{would} from {name}." if is_new else f"Had unsubscribed from {name} already.")
