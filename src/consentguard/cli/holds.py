"""`consentguard holds`: lists, places and releases legal holds. No data of anybody is printed."""

from __future__ import annotations

import datetime as dt
import json

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place, subject_of
from consentguard.cli.report import FOUND, print_lines
from consentguard.guard import Guard
from consentguard.records import Hold

_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("holds")
def command() -> None:
    """List, place and release legal holds: what is held is deleted by nobody."""


@command.command("list")
@_as_json
@of_a_place
@click.pass_context
def list_holds(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """List the holds in force, the oldest first. Exits with 1 when one is due for review."""
    guard = guard_of(context, site, database)
    found, late = guard.holds.in_force(), {hold.id for hold in guard.holds.to_review()}
    if as_json:
        click.echo(json.dumps([_facts(guard, hold) for hold in found], indent=2))
    else:
        print_lines([_line(hold, hold.id in late) for hold in found] or [Text("No hold is in force.")])
    context.exit(FOUND if late else 0)


@command.command("place")
@click.option("--reason", required=True, help="Why, such as the name of a proceeding.")
@click.option("--by", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--review-on", required=True, type=_DAY, help="When somebody looks at it again.")
@click.option("--subject", "written", metavar="KIND:KEY", default="", help="The data subject whose data is held.")
@click.option("--table", "label", default="", help="The table, by its label; without rows all of it.")
@click.option("--row", "keys", multiple=True, metavar="KEY", help="The primary key of a row; may be repeated.")
@click.option("--column", "columns", multiple=True, help="A column, where the rest may go; may be repeated.")
@_as_json
@of_a_place
@click.pass_context
def place(
    context: click.Context,
    reason: str,
    by: str,
    review_on: dt.datetime,
    written: str,
    label: str,
    keys: tuple[str, ...],
    columns: tuple[str, ...],
    as_json: bool,
    site: str,
    database: str,
) -> None:
    """Hold a data subject, a table, rows or columns from now on."""
    guard = guard_of(context, site, database)
    subject = subject_of(written) if written else None
    hold = guard.holds.place(reason, by, review_on.date(), subject=subject, label=label, keys=keys, columns=columns)
    facts = _facts(guard, hold)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        rows = sum(each.rows for each in guard.holds.covers(hold))
        click.echo(f"{hold.id}: {rows} rows are held; the review is on {hold.review_on}.")


@command.command("release")
@click.argument("hold", metavar="ID")
@click.option("--by", required=True, metavar="NAME", help="Who answers for it.")
@_as_json
@of_a_place
@click.pass_context
def release(context: click.Context, hold: str, by: str, as_json: bool, site: str, database: str) -> None:
    """Release the hold ID. What it stopped goes on with the next run of rights and retention."""
    guard = guard_of(context, site, database)
    released = guard.holds.release(hold, by)
    click.echo(json.dumps(_facts(guard, released), indent=2) if as_json else f"{released.id} is released.")


def _facts(guard: Guard, hold: Hold) -> dict[str, object]:
    return {
        "id": hold.id,
        "reason": hold.reason,
        "author": hold.author,
        "placed_at": hold.placed_at.isoformat(),
        "review_on": hold.review_on.isoformat(),
        "subject": str(hold.subject) if hold.subject else None,
        "table": hold.label,
        "keys": list(hold.keys),
        "columns": list(hold.columns),
        "released_at": hold.released_at.isoformat() if hold.released_at else None,
        "released_by": hold.released_by,
        "rows": {each.label: each.rows for each in guard.holds.covers(hold)},
    }


def _line(hold: Hold, late: bool) -> Text:
    whom = str(hold.subject) if hold.subject else ""
    rows = f"{len(hold.keys)} rows of {hold.label}" if hold.keys else hold.label
    what = ", ".join(part for part in (whom, rows, *hold.columns) if part)
    review = (f"review due since {hold.review_on}", "bold red") if late else f"review on {hold.review_on}"
    return Text.assemble(f"{hold.id}  {what}: {hold.reason} ({hold.author}), ", review)
