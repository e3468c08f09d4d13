"""`consentguard rights`: lists the requests of data subjects and carries them out. No address is ever printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import get_args

import click
from rich.text import Text

from consentguard.cli.erasure_report import report, verify_report
from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.records import RequestState, RightsRequest
from consentguard.rights import COPIES, Done
from consentguard.screens import told_owed

STATES: tuple[RequestState, ...] = get_args(RequestState)
MOST_LISTED = 1_000
_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group("rights")
def command() -> None:
    """List and carry out the requests of data subjects."""


command.add_command(report)
command.add_command(verify_report)


@command.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these; else those received or confirmed.")
@_as_json
@of_a_place
@click.pass_context
def list_requests(context: click.Context, state: str | None, as_json: bool, site: str, database: str) -> None:
    """List requests, the most urgent first. Exits with 1 when one is overdue."""
    guard = guard_of(context, site, database)
    wanted = [known for known in STATES if known == state or (state is None and known in ("confirmed", "received"))]
    found = [each for known in wanted for each in guard.stores.requests.in_state(known, MOST_LISTED)]
    if as_json:
        click.echo(json.dumps([_facts(guard, each) for each in found], indent=2))
    else:
        print_lines([_line(guard, each) for each in found] or [Text("No requests.")])
    context.exit(FOUND if any(_overdue(guard, each) for each in found) else 0)


@command.command("show")
@click.argument("request", metavar="ID")
@_as_json
@of_a_place
@click.pass_context
def show(context: click.Context, request: str, as_json: bool, site: str, database: str) -> None:
    """Show the request ID: its state, its dates, and what came of it."""
    guard = guard_of(context, site, database)
    facts = _facts(guard, guard.rights.find(request))
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        print_lines(Text.assemble((f"{name}: ", "bold"), str(value)) for name, value in facts.items() if value)


@command.command("run")
@click.argument("request", metavar="[ID]", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@_as_json
@of_a_place
@click.pass_context
def run(context: click.Context, request: str | None, dry_run: bool, as_json: bool, site: str, database: str) -> None:
    """Carry out the confirmed request ID, or every one: erase what it asks for and mail what was done.

    A request for a copy is done when its copy is downloaded. Exits with 1 when one of several could not be done: it
    is left as it was.
    """
    guard = guard_of(context, site, database)
    if request:
        done, failed = [guard.rights.carry_out(request, dry_run=dry_run)], False
    else:
        done, failed = _all(guard, dry_run)
    if as_json:
        click.echo(json.dumps([_done(guard, each) for each in done], indent=2))
    else:
        print_lines([line for each in done for line in _told(each, dry_run)] or [Text("No request was carried out.")])
    context.exit(FOUND if failed else 0)


def _all(guard: Guard, dry_run: bool) -> tuple[list[Done], bool]:
    """Every confirmed erasure; one that cannot be done keeps no other from it."""
    ids = [each.id for each in guard.rights.waiting() if each.right not in COPIES]
    done: list[Done] = []
    with bar("carrying out", len(ids)) as advance:
        for each in ids:
            try:
                done.append(guard.rights.carry_out(each, dry_run=dry_run))
            except ConsentGuardError as error:
                click.echo(f"{each}: {error}", err=True)
            advance(1)
    return done, len(done) < len(ids)


@command.command("send")
@_as_json
@of_a_place
@click.pass_context
def send(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Send the mails that could not be sent. Exits with 1 when one still could not."""
    sent, failed = guard_of(context, site, database).rights.send_owed()
    facts = {"sent": sent, "failed": failed}
    click.echo(json.dumps(facts) if as_json else told_owed(sent, failed).sentence)
    context.exit(FOUND if failed else 0)


@command.command("expire")
@_as_json
@of_a_place
@click.pass_context
def expire(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Close the requests that nobody confirmed within seven days, and copies that nobody downloaded within thirty.

    A mail of what was done that cannot be delivered is given up a month after the last day to answer.
    """
    closed = guard_of(context, site, database).rights.expire()
    click.echo(json.dumps({"expired": closed}) if as_json else f"Closed: {closed}.")


def _overdue(guard: Guard, request: RightsRequest) -> bool:
    return request.state == "confirmed" and request.due_on < guard.clock.now().date()


def _facts(guard: Guard, request: RightsRequest) -> dict[str, object]:
    return {
        "id": request.id,
        "right": request.right,
        "state": request.state,
        "received_at": request.received_at.isoformat(),
        "confirmed_at": request.confirmed_at.isoformat() if request.confirmed_at else None,
        "closed_at": request.closed_at.isoformat() if request.closed_at else None,
        "due_on": request.due_on.isoformat(),
        "overdue": _overdue(guard, request),
        "language": request.language,
        "jurisdiction": request.jurisdiction,
        "owes": request.owes,
        "outcome": json.loads(request.outcome or "null"),
    }


def _line(guard: Guard, request: RightsRequest) -> Text:
    late = (" overdue", "bold red") if _overdue(guard, request) else ""
    owes = (f" owes its {request.owes}", "yellow") if request.owes else ""
    due = f"due {request.due_on:%Y-%m-%d}"
    return Text.assemble(f"{request.id}  {request.right:<12}", f"{request.state:<10}", due, late, owes)


def _done(guard: Guard, done: Done) -> dict[str, object]:
    plan = [asdict(step) | {"selection": None, "label": step.label} for step in done.plan.steps] if done.plan else None
    return _facts(guard, done.request) | {"people": done.outcome.people, "plan": plan}


def _told(done: Done, dry_run: bool) -> Iterator[Text]:
    request = done.request
    yield Text.assemble((f"{request.id} {request.right}", "bold"), f": {_what(done, dry_run)}")
    yield from (Text(f"  {line}") for line in _lines(done))


def _what(done: Done, dry_run: bool) -> str:
    if done.request.right in COPIES:
        return f"{done.request.state}; its copy is made when it is downloaded"
    if not done.outcome.people:
        return "nobody has this address"
    people = f"{done.outcome.people} found"
    return f"{people} (dry run)" if dry_run else f"{people}, {done.request.state}"


def _lines(done: Done) -> Iterable[str]:
    if done.plan:
        return done.plan.lines()
    return (f"{what}: {rows}" for what, rows in done.outcome.counts().items() if what != "people")
