"""`consentguard tenants`: what goes when a contract ends, planned, deleted under the plan that was looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.copies import write_copy
from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.plan.steps import Plan
from consentguard.tenants import Deleted

_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group("tenants")
def command() -> None:
    """Delete what is held for a customer when the contract with them ends."""


@command.command("plan")
@click.argument("label", metavar="TABLE")
@click.argument("key")
@_as_json
@of_a_place
@click.pass_context
def plan(context: click.Context, label: str, key: str, as_json: bool, site: str, database: str) -> None:
    """Say what would go with the row KEY of TABLE, and print the digest of that plan. Nothing is changed."""
    made, approved = guard_of(context, site, database).tenants.plan(label, key)
    if as_json:
        steps = [
            {"action": step.action, "table": step.label, "rows": step.rows, "why": step.why} for step in made.steps
        ]
        click.echo(json.dumps({"digest": approved, "steps": steps}, indent=2))
    else:
        print_lines([*map(Text, made.lines()), Text(f"digest: {approved}", "bold")])


@command.command("export")
@click.argument("label", metavar="TABLE")
@click.argument("key")
@click.option("-o", "--output", "path", required=True, metavar="FILE", type=click.Path(path_type=Path))
@_as_json
@of_a_place
@click.pass_context
def export(context: click.Context, label: str, key: str, path: Path, as_json: bool, site: str, database: str) -> None:
    """Write all that is the row KEY of TABLE's into FILE, to give it back; only its owner may read it.

    FILE is a zip as people get it of their own data: JSON Lines, CSV and schemas. Remove it when it was handed over.
    """
    guard = guard_of(context, site, database)
    copy = guard.exports.of_tenant(label, key, language=guard.site.policy.manifest.site.languages[0])
    write_copy(copy, path)
    guard.tenants.given_back(label, copy.sum.manifest)
    facts = {"file": str(path), "sha256": copy.sum.manifest, "rows": copy.sum.rows}
    click.echo(json.dumps(facts, indent=2) if as_json else f"{path}: {sum(copy.sum.rows.values())} rows")


@command.command("delete")
@click.argument("label", metavar="TABLE")
@click.argument("key")
@click.option("--digest", required=True, help="The digest that `plan` printed.")
@_as_json
@of_a_place
@click.pass_context
def delete(context: click.Context, label: str, key: str, digest: str, as_json: bool, site: str, database: str) -> None:
    """Delete the row KEY of TABLE with everything that is its, under the plan of that digest.

    Exits with 1 where something stays for a time; `resume` goes on.
    """
    guard = guard_of(context, site, database)
    made, _ = guard.tenants.plan(label, key)
    with bar("deleting", _rows(made)) as advance:
        done = guard.tenants.delete(label, key, digest, progress=lambda _, rows: advance(rows))
    _tell(context, [done], as_json)


@command.command("resume")
@_as_json
@of_a_place
@click.pass_context
def resume(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Carry on every deletion that was cut short or waited. Exits with 1 where something still stays."""
    _tell(context, list(guard_of(context, site, database).tenants.resume()), as_json)


def _rows(made: Plan) -> int:
    return sum(step.rows for step in made.acts)


def _tell(context: click.Context, done: list[Deleted], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_facts(each) for each in done], indent=2))
    else:
        print_lines([line for each in done for line in _told(each)] or [Text("Nothing to carry on.")])
    context.exit(FOUND if any(each.left for each in done) else 0)


def _facts(done: Deleted) -> dict[str, object]:
    left = [
        {"table": each.label, "rows": each.rows, "ground": each.ground, "until": each.until and each.until.isoformat()}
        for each in done.left
    ]
    return {"run": done.run.id, "state": done.run.state, "left": left}


def _told(done: Deleted) -> Iterator[Text]:
    yield Text.assemble(
        (done.run.id, "bold"), f": {'done' if done.run.state == 'done' else 'not all of it could go yet'}"
    )
    for each in done.left:
        until = f", until {each.until}" if each.until else ""
        yield Text(f"  {each.rows} rows of {each.label} stay: {each.ground}{until}")
