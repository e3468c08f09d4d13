"""`consentguard intake`: opens requests for mails, from a mailbox or as a mail server pipes them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import FOUND
from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.rights.mailbox import Intake, letter_in, letters_in

STREAM = "-"


@click.command("intake")
@click.argument("source", metavar="SOURCE", default=STREAM)
@click.option("--right", default="", type=click.Choice(("", *CARRIED_OUT)), help="What mails ask for that do not say.")
@click.option("--language", default="", help="The language that they are answered in; else the site's first.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@of_a_place
@click.pass_context
def command(
    context: click.Context, source: str, right: str, language: str, as_json: bool, site: str, database: str
) -> None:
    """Open a request for each mail in SOURCE: a Maildir, an mbox, a file of one mail, or - for standard input.

    A mail is taken once, however often it is read, and counts from the day it was sent. Its sender is asked by mail to
    confirm it. A subject may name the right, as in [erasure]; without that and without --right it is left for a person.
    Exits with 1 when some were.
    """
    guard = guard_of(context, site, database)
    letters = letter_in(sys.stdin.buffer) if source == STREAM else letters_in(Path(source))
    spoken = language or guard.site.policy.manifest.site.languages[0]
    taken = Intake(guard.rights.means).take(letters, right=right, language=spoken)
    facts = asdict(taken) | {"requests": [each.id for each in taken.requests]}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        counts = ", ".join(f"{name.replace('_', ' ')}: {facts[name]}" for name in facts if name != "requests")
        click.echo(f"Opened: {len(taken.requests)}; {counts}.")
    context.exit(FOUND if taken.unclear or taken.too_many else 0)
