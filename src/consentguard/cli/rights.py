"""`consentguard rights`: lists the requests of data subjects and carries them out. No address is ever printed."""

from __future__ import annotations

import json
from typing import get_args

import click
from rich.text import Text

from consentguard.cli.deciding import DECISIONS
from consentguard.cli.erasure_report import receipt, report, verify_report
from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.cli.requested import as_json, facts_of, facts_of_done, is_overdue, line_of, show_request, told
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.records import OPEN_STATES, RequestState
from consentguard.rights import COPIES, Done, Resumed
from consentguard.screens import told_owed

STATES: tuple[RequestState, ...] = get_args(RequestState)
MOST_LISTED = 1_000


@click.group("rights")
def command() -> None:
    """List and carry out the requests of data subjects."""


for other in (*DECISIONS, receipt, report, verify_report):
    command.add_command(other)


@command.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these; else all that are open.")
@as_json
@of_a_place
@click.pass_context
def list_requests(context: click.Context, state: str | None, as_json: bool, site: str, database: str) -> None:
    """List requests, the most urgent first. Exits with 1 when one is overdue."""
    guard = guard_of(context, site, database)
    wanted = [known for known in STATES if known == state or (state is None and known in OPEN_STATES)]
    found = [each for known in wanted for each in guard.stores.requests.in_state(known, MOST_LISTED)]
    found.sort(key=lambda request: (request.due_on, request.id))
    if as_json:
        click.echo(json.dumps([facts_of(guard, each) for each in found], indent=2))
    else:
        print_lines([line_of(guard, each) for each in found] or [Text("No requests.")])
    context.exit(FOUND if any(is_overdue(guard, each) for each in found) else 0)


@command.command("show")
@click.argument("request", metavar="ID")
@as_json
@of_a_place
@click.pass_context
def show(context: click.Context, request: str, as_json: bool, site: str, database: str) -> None:
    """Show the request ID: its state, its dates, and what came of it."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.find(request), as_json)


@command.command("plan")
@click.argument("request", metavar="ID")
@as_json
@of_a_place
@click.pass_context
def plan(context: click.Context, request: str, as_json: bool, site: str, database: str) -> None:
    """Show what carrying out the request ID would do, and the digest by which that is approved."""
    planned = guard_of(context, site, database).rights.plan(request)
    if as_json:
        click.echo(json.dumps({"id": request, "digest": planned.digest, "lines": list(planned.lines)}, indent=2))
    else:
        print_lines(
            [*map(Text, planned.lines or ("nothing of ours to do",)), Text(f"digest: {planned.digest}", "bold")]
        )


@command.command("run")
@click.argument("request", metavar="[ID]", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@as_json
@of_a_place
@click.pass_context
def run(context: click.Context, request: str | None, dry_run: bool, as_json: bool, site: str, database: str) -> None:
    """Carry out the request ID, or every one that is confirmed and needs no approval or has it; mail what was done.

    A request for a copy is done when its copy is downloaded. Exits with 1 when one of several could not be done: what
    was begun of it goes on with `resume`.
    """
    guard = guard_of(context, site, database)
    if request:
        with bar("carrying out", 1) as advance:
            done, failed = [guard.rights.carry_out(request, dry_run=dry_run)], False
            advance(1)
    else:
        done, failed = _looked_at(guard) if dry_run else _all(guard)
    _report(guard, done, dry_run, as_json)
    context.exit(FOUND if failed else 0)


@command.command("resume")
@as_json
@of_a_place
@click.pass_context
def resume(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Go on with what was begun: cut short, released, due by now, or answered elsewhere. Exits with 1 on a failure.

    It belongs into cron: what a law or a hold kept goes by itself once that ends.
    """
    guard = guard_of(context, site, database)
    resumed: Resumed = guard.rights.resume()
    for each, error in resumed.failed.items():
        click.echo(f"{each}: {error}", err=True)
    _report(guard, list(resumed.done), False, as_json)
    context.exit(FOUND if resumed.failed else 0)


@command.command("remind")
@as_json
@of_a_place
@click.pass_context
def remind(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Remind of requests at 50, 80 and 100 percent of their time, and tell people of restrictions that end soon."""
    reminded = guard_of(context, site, database).rights.remind()
    if as_json:
        click.echo(json.dumps([{"id": each.id, "percent": each.reminded} for each in reminded]))
    else:
        print_lines(Text(f"{each.id}: {each.reminded} %") for each in reminded)


@command.command("send")
@as_json
@of_a_place
@click.pass_context
def send(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Send the mails that could not be sent. Exits with 1 when one still could not."""
    sent, failed = guard_of(context, site, database).rights.send_owed()
    facts = {"sent": sent, "failed": failed}
    click.echo(json.dumps(facts) if as_json else told_owed(sent, failed).sentence)
    context.exit(FOUND if failed else 0)


@command.command("expire")
@as_json
@of_a_place
@click.pass_context
def expire(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Close the requests that nobody confirmed within seven days, and copies that nobody downloaded within thirty.

    A mail of what was done that cannot be delivered is given up a month after the last day to answer.
    """
    closed = guard_of(context, site, database).rights.expire()
    click.echo(json.dumps({"expired": closed}) if as_json else f"Closed: {closed}.")


def _all(guard: Guard) -> tuple[list[Done], bool]:
    """Carry out every request that may be."""
    with bar("carrying out", 1) as advance:
        begun = guard.rights.begin()
        advance(1)
    for each, error in begun.failed.items():
        click.echo(f"{each}: {error}", err=True)
    return list(begun.done), bool(begun.failed)


def _looked_at(guard: Guard) -> tuple[list[Done], bool]:
    """What would be done for every request that may be carried out; one that cannot be keeps no other from it."""
    ids = [each.id for each in guard.rights.waiting() if each.right not in COPIES and guard.rights.may_begin(each)]
    done: list[Done] = []
    with bar("looking at", len(ids)) as advance:
        for each in ids:
            try:
                done.append(guard.rights.carry_out(each, dry_run=True))
            except ConsentGuardError as error:
                click.echo(f"{each}: {error}", err=True)
            advance(1)
    return done, len(done) < len(ids)


def _report(guard: Guard, done: list[Done], dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([facts_of_done(guard, each) for each in done], indent=2))
    else:
        print_lines([line for each in done for line in told(each, dry_run)] or [Text("No request was carried out.")])
