"""`consentguard minors`: lists, makes and decides reports about minors. Nothing that was said is printed."""

from __future__ import annotations

import json

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place, subject_of
from consentguard.cli.report import FOUND, print_lines
from consentguard.cli.requested import as_json, by_whom
from consentguard.guard import Guard
from consentguard.minors import Statement
from consentguard.records import MinorReport
from consentguard.schedules import Schedules

_reason = click.option("--reason", required=True, help="What was seen, without names.")


@click.group("minors")
def command() -> None:
    """List, make and decide reports that the site holds a minor's data."""


@command.command("list")
@as_json
@of_a_place
@click.pass_context
def list_reports(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """List the reports that have not ended, the most urgent first. Exits with 1 when one is overdue."""
    minors = guard_of(context, site, database).minors
    found = minors.waiting()
    if as_json:
        click.echo(json.dumps([_facts(each) for each in found], indent=2))
    else:
        print_lines([_line(each, minors.is_overdue(each)) for each in found] or [Text("No report waits.")])
    context.exit(FOUND if any(map(minors.is_overdue, found)) else 0)


@command.command("report")
@click.argument("written", metavar="[KIND:KEY]", required=False)
@click.option("--known-by", default="", help="An address or a number that they used, instead of KIND:KEY.")
@click.option("--note", default="", help="What was seen, without names.")
@by_whom
@as_json
@of_a_place
@click.pass_context
def report(
    context: click.Context,
    written: str | None,
    known_by: str,
    note: str,
    by: str,
    as_json: bool,
    site: str,
    database: str,
) -> None:
    """Report the data subject KIND:KEY as a minor: from now on nothing of theirs is used or given out."""
    guard = guard_of(context, site, database)
    statement = Statement(known_by=known_by, note=note, entered_by=by)
    _told(
        guard,
        guard.minors.report(statement, source="staff", subject=subject_of(written) if written else None),
        as_json,
    )


@command.command("check")
@as_json
@of_a_place
@click.pass_context
def check(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Report everybody whose tagged birth date says that they are a minor, and remind of reports that wait.

    The schedule does it every night. Exits with 1 where it could not be done.
    """
    turns = list(Schedules(guard_of(context, site, database)).run(["minors"]))
    for turn in turns:
        said = f"New reports: {turn.facts.get('reports', 0)}." if turn.is_well else turn.trouble
        click.echo(json.dumps(turn.facts) if as_json and turn.is_well else said, err=not turn.is_well)
    context.exit(0 if all(turn.is_well for turn in turns) else FOUND)


@command.command("identify")
@click.argument("report_id", metavar="ID")
@click.argument("written", metavar="KIND:KEY")
@by_whom
@as_json
@of_a_place
@click.pass_context
def identify(
    context: click.Context, report_id: str, written: str, by: str, as_json: bool, site: str, database: str
) -> None:
    """Say that the report ID is about the data subject KIND:KEY."""
    guard = guard_of(context, site, database)
    _told(guard, guard.minors.identify(report_id, subject_of(written), by), as_json)


@command.command("confirm")
@click.argument("report_id", metavar="ID")
@by_whom
@_reason
@as_json
@of_a_place
@click.pass_context
def confirm(
    context: click.Context, report_id: str, by: str, reason: str, as_json: bool, site: str, database: str
) -> None:
    """Say that the report ID is about a minor. Their erasure is open then, and `run-due` carries it out."""
    guard = guard_of(context, site, database)
    _told(guard, guard.minors.confirm(report_id, by, reason), as_json)


@command.command("reject")
@click.argument("report_id", metavar="ID")
@by_whom
@_reason
@as_json
@of_a_place
@click.pass_context
def reject(
    context: click.Context, report_id: str, by: str, reason: str, as_json: bool, site: str, database: str
) -> None:
    """Say that the report ID is about no minor: nothing is set aside by it any more."""
    guard = guard_of(context, site, database)
    _told(guard, guard.minors.reject(report_id, by, reason), as_json)


def _told(guard: Guard, report: MinorReport, as_json: bool) -> None:
    facts = _facts(report) | {"people": len(guard.minors.people(report))}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        click.echo(f"{report.id}: {report.state}; data subjects that are set aside: {facts['people']}.")


def _facts(report: MinorReport) -> dict[str, object]:
    stated = {
        "id": report.id,
        "state": report.state,
        "source": report.source,
        "received_at": report.received_at.isoformat(),
        "due_at": report.due_at.isoformat(),
        "request": report.request,
    }
    return {name: value for name, value in stated.items() if value}


def _line(report: MinorReport, is_late: bool) -> Text:
    due = f"{report.due_at:%Y-%m-%d %H:%M} UTC"
    return Text.assemble(
        report.id, "  ", (report.state, "bold"), f" by {report.source}, due {due}", (" late" if is_late else "", "red")
    )
