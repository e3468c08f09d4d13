"""`consentguard restrict`: data that is kept and not used: lists the marks on it, adds one, lifts one."""

from __future__ import annotations

import datetime as dt
import json

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place, subject_of
from consentguard.cli.report import FOUND, print_lines
from consentguard.records import Mark

_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group("restrict")
def command() -> None:
    """Keep data and do not use it: for a data subject, a category, a row or a purpose."""


@command.command("list")
@click.option("--ending", type=int, metavar="DAYS", help="Only those that end so soon, and nobody was told.")
@_as_json
@of_a_place
@click.pass_context
def list_marks(context: click.Context, ending: int | None, as_json: bool, site: str, database: str) -> None:
    """List the restrictions and objections in force. With --ending, exits with 1 when somebody is to be told."""
    restrictions = guard_of(context, site, database).restrictions
    found = restrictions.in_force() if ending is None else restrictions.ending(dt.timedelta(days=ending))
    if as_json:
        click.echo(json.dumps([_facts(mark) for mark in found], indent=2))
    else:
        print_lines([_line(mark) for mark in found] or [Text("Nothing is restricted.")])
    context.exit(FOUND if ending is not None and found else 0)


@command.command("add")
@click.argument("written", metavar="[KIND:KEY]", required=False)
@click.option("--category", default="", help="Only what is theirs of this category.")
@click.option("--row", nargs=2, default=("", ""), metavar="LABEL KEY", help="One row of a table, and no data subject.")
@click.option("--purpose", default="", help="Only this use; else every one.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it ends by itself, in UTC.")
@of_a_place
@click.pass_context
def add(
    context: click.Context,
    written: str | None,
    category: str,
    row: tuple[str, str],
    purpose: str,
    until: dt.datetime | None,
    site: str,
    database: str,
) -> None:
    """Restrict the use of data: of the data subject KIND:KEY, or of a row. Prints the mark's id."""
    label, key = row
    restrictions = guard_of(context, site, database).restrictions
    subject = subject_of(written) if written else None
    end = until and until.replace(tzinfo=dt.UTC)
    click.echo(restrictions.restrict(subject, category=category, label=label, key=key, purpose=purpose, until=end))


@command.command("lift")
@click.argument("mark", metavar="ID")
@click.option("--told", is_flag=True, help="The data subject was told that it ends (Art. 18(3) GDPR).")
@of_a_place
@click.pass_context
def lift(context: click.Context, mark: str, told: bool, site: str, database: str) -> None:
    """End the mark ID. Exits with 1 where there is none in force."""
    guard = guard_of(context, site, database)
    with guard.stores.transactions.atomic():
        if told:
            guard.restrictions.told(mark)
        lifted = guard.restrictions.lift(mark)
    click.echo("Lifted." if lifted else "There is no such mark in force.")
    context.exit(0 if lifted else FOUND)


def _facts(mark: Mark) -> dict[str, str]:
    stated = {
        "id": mark.id,
        "kind": mark.kind,
        "at": mark.at.isoformat(),
        "subject": str(mark.subject or ""),
        "category": mark.category,
        "table": mark.label,
        "key": mark.key,
        "purpose": mark.purpose,
        "until": mark.until.isoformat() if mark.until else "",
        "request": mark.request,
    }
    return {name: value for name, value in stated.items() if value}


def _line(mark: Mark) -> Text:
    what = str(mark.subject) if mark.subject else f"{mark.label} {mark.key}"
    category = f", {mark.category}" if mark.category else ""
    use = f" for {mark.purpose}" if mark.purpose else ""
    until = f", until {mark.until.date()}" if mark.until else ""
    return Text.assemble(mark.id, "  ", (f"{what}{category}", "bold"), f": {mark.kind}{use}{until}")
