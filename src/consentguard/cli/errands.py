"""`consentguard errands`: lists, does and settles what requests have done in other places."""

from __future__ import annotations

import json

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.guard import Guard
from consentguard.records import Errand

_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group("errands")
def command() -> None:
    """List, do and settle what requests have done in other places."""


@command.command("list")
@_as_json
@of_a_place
@click.pass_context
def list_errands(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """List the open errands, the longest waiting first, with who answers for each. Exits with 1 when one is overdue."""
    guard = guard_of(context, site, database)
    found = guard.errands.open()
    if as_json:
        click.echo(json.dumps([_facts(guard, each) for each in found], indent=2))
    else:
        print_lines([_line(guard, each) for each in found] or [Text("No errands.")])
    context.exit(FOUND if any(_is_late(guard, each) for each in found) else 0)


@command.command("show")
@click.argument("errand", metavar="ID")
@of_a_place
@click.pass_context
def show(context: click.Context, errand: str, site: str, database: str) -> None:
    """Show the errand ID to whoever does it, WITH the personal data that it is about. That it was shown is kept."""
    guard = guard_of(context, site, database)
    notice = guard.errands.shown(guard.errands.find(errand))
    facts = {
        "kind": notice.kind,
        "target": notice.target,
        "address": notice.address,
        "people": list(notice.people),
        "external": notice.external,
        "corrections": notice.corrections,
    }
    click.echo(json.dumps({name: value for name, value in facts.items() if value}, indent=2))


@command.command("work")
@_as_json
@of_a_place
@click.pass_context
def work(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Do the errands that are due and need no person. Exits with 1 when one failed: it is tried again later."""
    worked = guard_of(context, site, database).errands.work()
    facts = {"done": worked.done, "failed": worked.failed}
    click.echo(json.dumps(facts) if as_json else f"Done: {worked.done}. To be tried again: {worked.failed}.")
    context.exit(FOUND if worked.failed else 0)


@command.command("settle")
@click.argument("errand", metavar="ID")
@click.option("--by", required=True, metavar="NAME", help="Who did it.")
@click.option("--proof", required=True, help="How one knows: the number of a ticket, the name of a log.")
@of_a_place
@click.pass_context
def settle(context: click.Context, errand: str, by: str, proof: str, site: str, database: str) -> None:
    """Say that the errand ID was done. Its request goes on with `rights resume`."""
    done = guard_of(context, site, database).errands.settle(errand, by, proof)
    click.echo(f"Settled: {done.id}.")


def _is_late(guard: Guard, errand: Errand) -> bool:
    return errand.due_on is not None and errand.due_on < guard.clock.now().date()


def _facts(guard: Guard, errand: Errand) -> dict[str, object]:
    return {
        "id": errand.id,
        "request": errand.about,
        "kind": errand.kind,
        "target": errand.target,
        "hand": errand.hand,
        "owner": guard.errands.owner(errand),
        "tries": errand.tries,
        "next_at": errand.next_at.isoformat(),
        "due_on": errand.due_on.isoformat() if errand.due_on else None,
        "overdue": _is_late(guard, errand),
    }


def _line(guard: Guard, errand: Errand) -> Text:
    late = (" overdue", "bold red") if _is_late(guard, errand) else ""
    due = f" due {errand.due_on:%Y-%m-%d}" if errand.due_on else ""
    tries = f" tried {errand.tries} times" if errand.tries else ""
    who = guard.errands.owner(errand) if errand.hand == "person" else errand.hand
    return Text.assemble(f"{errand.id}  {errand.kind:<8}", f"{errand.target} ({who})", due, tries, late)
