"""`consentguard retention`: deletes what is older than the policy keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import print_lines
from consentguard.guard import Guard
from consentguard.retention import Due, Outlook, Skipped

EVIDENCE = "evidence"


@click.group("retention")
def command() -> None:
    """Delete what is older than the policy keeps it."""


@command.command("run")
@click.option("--category", metavar="NAME", help="Only tables that hold this category.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what went and what was left alone as JSON.")
@of_a_place
@click.pass_context
def run(context: click.Context, category: str | None, dry_run: bool, as_json: bool, site: str, database: str) -> None:
    """Delete the rows whose time is over, each table in a transaction of its own.

    What depends on a plan, a place or an event is listed and left alone. Evidence is pruned from its oldest end.
    """
    guard = guard_of(context, site, database)
    outlook = guard.retention.due(category)
    went = outlook.due if dry_run else _run(guard, outlook)
    pruned = _pruned(guard, outlook, dry_run)
    if as_json:
        click.echo(json.dumps(_facts(went, outlook.skipped, pruned, dry_run), indent=2))
    else:
        print_lines(_told(went, outlook.skipped, pruned, dry_run))


def _run(guard: Guard, outlook: Outlook) -> Sequence[Due]:
    with bar("deleting", sum(due.rows for due in outlook.due)) as advance:
        return guard.retention.run(outlook, progress=lambda due: advance(due.rows))


def _pruned(guard: Guard, outlook: Outlook, dry_run: bool) -> int:
    """How many entries of evidence went, or would."""
    if outlook.evidence_before is None:
        return 0
    prune = guard.evidence.prunable if dry_run else guard.evidence.prune
    left = prune(outlook.evidence_before)
    return left.removed if left else 0


def _facts(went: Sequence[Due], skipped: Sequence[Skipped], pruned: int, dry_run: bool) -> dict[str, object]:
    rows = [asdict(due) | {"before": due.before.isoformat()} for due in went]
    return {"dry_run": dry_run, "due": rows, EVIDENCE: pruned, "skipped": [asdict(each) for each in skipped]}


def _told(went: Sequence[Due], skipped: Sequence[Skipped], pruned: int, dry_run: bool) -> Iterator[Text]:
    verb = "would go (dry run)" if dry_run else "deleted"
    for due in went:
        why = f"{due.column} before {due.before:%Y-%m-%d %H:%M} UTC" if due.column else "with the rows they refer to"
        yield Text.assemble((due.label, "bold"), f": {due.rows} {verb}, {why}")
    if pruned:
        yield Text.assemble((EVIDENCE, "bold"), f": {pruned} entries {verb}")
    if not went and not pruned:
        yield Text("Nothing is due.")
    for each in skipped:
        yield Text.assemble((f"{each.label}: left alone", "yellow"), f": {each.why}")
