"""`consentguard indexes`: plans the indexes by which encrypted columns are searched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import get_args

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from consentguard.cli.report import print_lines
from consentguard.crypto.index.leakage import count, leakage, warnings
from consentguard.crypto.index.planner import Kind, Plan, plan

_FIGURES = ("width", "opened", "in_vain", "coincidences", "lasts_until", "told", "entropy")


@click.group("indexes")
def command() -> None:
    """Plan the indexes by which encrypted columns are searched."""


@command.command("plan")
@click.option("--rows", type=click.IntRange(1), required=True, help="How many rows the table will have.")
@click.option("--kind", type=click.Choice(get_args(Kind)), required=True, help="What the index finds.")
@click.option("--length", type=click.IntRange(0), default=0, help="The letters of a prefix, or the last digits.")
@click.option("--values", type=click.IntRange(1), help="How many different values there will be, if not one a row.")
@click.option("--indexes", type=click.IntRange(1), default=1, help="How many such indexes the column has.")
@click.option(
    "--commonest", type=click.FloatRange(0, 1), default=0, help="The share of rows with the commonest value, 0 to 1."
)
@click.option("--bits", type=click.IntRange(1, 128), help="Choose nothing; say what so many bits mean.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan_index(
    rows: int,
    kind: Kind,
    length: int,
    values: int | None,
    indexes: int,
    commonest: float,
    bits: int | None,
    as_json: bool,
) -> None:
    """Choose the bits of an index, and say what they cost and what they tell whoever reads the database."""
    made = plan(rows, kind, length=length, values=values, indexes=indexes, commonest=commonest, bits=bits)
    if as_json:
        click.echo(json.dumps(_facts(made), indent=2))
        return
    Console(highlight=False).print(_table(made))
    print_lines(map(Text, leakage(made)))
    print_lines(Text.assemble(("Warning: ", "yellow"), each) for each in warnings(made))


def _facts(made: Plan) -> dict[str, object]:
    figures = {name: getattr(made, name) for name in _FIGURES}
    return asdict(made) | figures | {"leakage": list(leakage(made)), "warnings": list(warnings(made))}


def _table(made: Plan) -> Table:
    table = Table(show_header=False)
    for name, figure in _rows(made):
        table.add_row(name, figure)
    return table


def _rows(made: Plan) -> Iterator[tuple[str, str]]:
    yield "bits", str(made.bits)
    yield "bytes in each row", str(made.width)
    yield "rows that a question opens", count(made.opened)
    yield "of them in vain", f"{made.in_vain:.0%}"
    yield "rows with the same digests", count(made.coincidences)
    if made.lasts_until:
        yield "too short from", f"{made.lasts_until:,} rows"
