"""`consentguard retention`: shows, accepts and carries out how long the policy keeps data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.cli.retained import as_json, event_facts, impact_lines, kept_facts, status_lines, told
from consentguard.words import words

if TYPE_CHECKING:
    from consentguard.guard import Guard
    from consentguard.retention import Due, Outlook, Ran

EVIDENCE = "evidence"
_json = click.option("--json", "machine", is_flag=True, help="Print it as JSON.")
_language = click.option("--language", default="en", show_default=True, help="The language of the sentences.")


@click.group("retention")
def command() -> None:
    """Show, accept and carry out how long the policy keeps data."""


@command.command("run")
@click.option("--category", metavar="NAME", help="Only tables that hold this category.")
@click.option("--events", is_flag=True, help="Only what events ended: for a schedule of every few minutes.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@_json
@of_a_place
@click.pass_context
def run(
    context: click.Context,
    category: str | None,
    events: bool,
    dry_run: bool,
    machine: bool,
    site: str,
    database: str,
) -> None:
    """Carry out what is due: rows go, are emptied or archived, in batches. Evidence is pruned from its oldest end.

    Exits with 1 where rows of a plan that the policy does not know keep a table from going, or something failed.
    """
    guard = guard_of(context, site, database)
    if events and not dry_run:
        purged = guard.retention.purge()
        told_of = {"events": purged.done, "failed": purged.failed}
        failed = f" {purged.failed} could not be carried out." if purged.failed else ""
        click.echo(json.dumps(told_of) if machine else f"Events done: {purged.done}.{failed}")
        context.exit(FOUND if purged.failed else 0)
    outlook = guard.retention.due(category)
    ran = None if dry_run else _run(guard, outlook)
    went = outlook.due if ran is None else ran.went
    pruned = _pruned(guard, outlook, dry_run)
    if machine:
        click.echo(json.dumps(_facts(outlook, went, pruned, ran), indent=2))
    else:
        print_lines(_lines(outlook, went, pruned, ran))
    context.exit(FOUND if any(each.rows for each in outlook.skipped) or (ran and ran.failed) else 0)


@command.command("preview")
@_language
@_json
@of_a_place
@click.pass_context
def preview(context: click.Context, language: str, machine: bool, site: str, database: str) -> None:
    """Show what the rules come to now: rows, the oldest, bytes per table, beside those that were accepted."""
    found = guard_of(context, site, database).retention.preview(words(language))
    if machine:
        click.echo(as_json(asdict(found)))
    else:
        print_lines(impact_lines(found))


@command.command("accept")
@click.argument("digest")
@click.option("--by", required=True, metavar="NAME", help="Who accepts them: a name or a role.")
@of_a_place
@click.pass_context
def accept(context: click.Context, digest: str, by: str, site: str, database: str) -> None:
    """Let schedules go by the rules whose DIGEST `preview` shows."""
    click.echo(f"Accepted: {guard_of(context, site, database).retention.accept(digest, by)}.")


@command.command("explain")
@click.argument("label")
@click.argument("key")
@_language
@_json
@of_a_place
@click.pass_context
def explain(
    context: click.Context, label: str, key: str, language: str, machine: bool, site: str, database: str
) -> None:
    """Say until when the row of the table LABEL with the primary key KEY is kept, and why."""
    room = guard_of(context, site, database).retention
    kept = room.explain(label, key)
    sentence = room.sentence(kept, words(language))
    click.echo(as_json(kept_facts(kept) | {"sentence": sentence}) if machine else sentence)


@command.command("status")
@click.option("--every", default="P1D", show_default=True, metavar="PERIOD", help="How often it should run.")
@_language
@_json
@of_a_place
@click.pass_context
def status(context: click.Context, every: str, language: str, machine: bool, site: str, database: str) -> None:
    """Show what is due, and when it last ran. Exits with 1 when it should have run, or an event's data is late."""
    found = guard_of(context, site, database).retention.status(words(language), every)
    if machine:
        click.echo(as_json(asdict(found) | {"late": [event_facts(each) for each in found.late]}))
    else:
        print_lines(status_lines(found))
    context.exit(FOUND if found.missed or any(late.rows > late.kept for late in found.late) else 0)


@command.command("happened")
@click.argument("event")
@click.argument("scope", default="")
@click.argument("key", default="")
@of_a_place
@click.pass_context
def happened(context: click.Context, event: str, scope: str, key: str, site: str, database: str) -> None:
    """Keep that EVENT happened to the SCOPE with the primary key KEY, so that its data goes in time."""
    kept = guard_of(context, site, database).retention.happened(event, scope, key)
    click.echo(f"{kept.id}: gone by {kept.due_at:%Y-%m-%d %H:%M} UTC.")


def _run(guard: Guard, outlook: Outlook) -> Ran:
    with bar("carrying out", sum(due.rows for due in outlook.due)) as advance:
        return guard.retention.run(outlook, progress=lambda _, rows: advance(rows))


def _pruned(guard: Guard, outlook: Outlook, dry_run: bool) -> int:
    """How many entries of evidence went, or would."""
    if outlook.evidence_before is None:
        return 0
    prune = guard.evidence.prunable if dry_run else guard.evidence.prune
    left = prune(outlook.evidence_before)
    return left.removed if left else 0


def _facts(outlook: Outlook, went: Sequence[Due], pruned: int, ran: Ran | None) -> dict[str, object]:
    return {
        "dry_run": ran is None,
        "due": [asdict(due) for due in went],
        EVIDENCE: pruned,
        "events": ran.events if ran else 0,
        "expired": ran.expired if ran else 0,
        "failed": ran.failed if ran else 0,
        "skipped": [asdict(each) for each in outlook.skipped],
    }


def _lines(outlook: Outlook, went: Sequence[Due], pruned: int, ran: Ran | None) -> Iterator[Text]:
    dry = ran is None
    yield from (told(due, dry=dry) for due in went)
    if pruned:
        yield Text.assemble((EVIDENCE, "bold"), f": {pruned} entries {'would go (dry run)' if dry else 'pruned'}")
    if ran and ran.events:
        yield Text.assemble(("events", "bold"), f": {ran.events} done")
    if ran and ran.expired:
        yield Text.assemble(("archive", "bold"), f": {ran.expired} rows reached their end")
    if ran and ran.failed:
        yield Text(f"{ran.failed} could not be carried out, and are tried again: the log says why.", "yellow")
    elif not went and not pruned:
        yield Text("Nothing is due.")
    for each in outlook.skipped:
        yield Text.assemble((f"{each.label}: left alone", "yellow"), f": {each.why}")
