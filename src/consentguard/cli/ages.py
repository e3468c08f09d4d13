"""`consentguard ages`: from which age on somebody decides alone, by place, with where that is written."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any, get_args

import click
import msgspec
from rich.console import Console
from rich.table import Table

from consentguard.clock import SystemClock
from consentguard.errors import SettingsError
from consentguard.law import regions_of
from consentguard.law.ages import AgeBasis, AgeLimit, age_limit, age_limits, threshold
from consentguard.manifest.references import is_place, place_hint
from consentguard.manifest.vocabulary import REGION

COLUMNS = ("place", "age", "for", "service", "since", "until", "sourced", "checked")
WIDE = 200
"""Characters of a line where the output is no terminal, whose width would say."""


@click.command("ages")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The rows in force on this day; without it, today's.")
@click.option("--jurisdiction", "place", help="What holds for people from there, such as DE or US-CA.")
@click.option(
    "--basis", type=click.Choice(get_args(AgeBasis)), default="consent", help="With --jurisdiction: to do what."
)
@click.option("--all", "every", is_flag=True, help="Every row, also those that ended or are to come.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(on: dt.datetime | None, place: str | None, basis: AgeBasis, every: bool, as_json: bool) -> None:
    """Print from which age on the law of each place lets people decide alone.

    A place of which the table knows nothing gets the strictest age in it. None of this is legal advice.
    """
    day = on.date() if on else SystemClock().now().date()
    if place is None:
        rows = age_limits(None if every else day)
        _print_json([_facts(row) for row in rows]) if as_json else _print_table(rows)
        return
    code = place.strip().upper()
    if not (re.fullmatch(REGION, code) and is_place(code)):
        raise SettingsError(f"{place!r} is no place", hint=place_hint(place))
    rows = tuple(row for row in age_limits() if row.place in regions_of(code, day)) if every else ()
    row, age = age_limit(code, day, basis), threshold(code, day, basis)
    if as_json:
        known = {"row": _facts(row) if row else None, "rows": [_facts(each) for each in rows]}
        _print_json({"jurisdiction": code, "on": day.isoformat(), "basis": basis, "threshold": age} | known)
        return
    click.echo(f"{code} on {day}, {basis}: {age} years" + ("" if row else ", the strictest: no law there is known"))
    _print_table(rows or ((row,) if row else ()))


def _facts(row: AgeLimit) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(row)
    return facts


def _print_json(facts: object) -> None:
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False))


def _print_table(rows: tuple[AgeLimit, ...]) -> None:
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, no_wrap=True)
    table.add_column("source", overflow="fold")
    for row in rows:
        source = f"{row.source}; {row.note}" if row.note else row.source
        until = row.until.isoformat() if row.until else ""
        service = row.service.replace("_", " ")
        when = (row.since.isoformat(), until, row.sourced, row.checked_on.isoformat())
        table.add_row(row.place, str(row.threshold), row.basis, service, *when, source)
    Console(highlight=False, width=None if Console().is_terminal else WIDE).print(table)
