"""`consentguard consent`: shows, exports, verifies, counts and takes back what people agreed to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, get_args

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import bar, of_a_place
from consentguard.cli.report import FOUND, print_lines
from consentguard.consent import ConsentError
from consentguard.consent.rates import By, Rate, rates
from consentguard.consent.record import ACT, parse, purposes_of
from consentguard.evidence import Vouched
from consentguard.guard import Guard
from consentguard.records import EVERYONE, ConsentRecord, EvidenceEntry

BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_id = click.argument("receipt", metavar="ID")
_since = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was decided from that day on (UTC)."
)


class _Line(msgspec.Struct):
    """A line of the evidence's export: the header has no entry, and what waits for the sealer no seal."""

    entry: EvidenceEntry | None = None
    seal: Any = None


@click.group("consent")
def command() -> None:
    """Show, export, verify, count and take back what people agreed to."""


@command.command("show")
@_id
@_as_json
@of_a_place
@click.pass_context
def show(context: click.Context, receipt: str, as_json: bool, site: str, database: str) -> None:
    """Show the record ID: what was accepted and refused, when, how, and under which version."""
    facts = _facts(_found(guard_of(context, site, database), receipt))
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        print_lines(Text.assemble((f"{name}: ", "bold"), _told(value)) for name, value in facts.items() if value)


@command.command("receipt")
@_id
@of_a_place
@click.pass_context
def receipt_of(context: click.Context, receipt: str, site: str, database: str) -> None:
    """Print the receipt of the record ID, as whoever it is about can download it: JSON-LD."""
    from consentguard.consent.receipt import receipt as written
    from consentguard.web.consent.receipt import links_of

    guard = guard_of(context, site, database)
    record, links = _found(guard, receipt), links_of(guard, guard.link)
    document = written(record, guard.site.consent_policy, links, guard.clock.now())
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@command.command("export")
@_since
@click.option("--purpose", help="Only what was decided about this purpose.")
@click.option("--json-lines", is_flag=True, help="One record a line, for a stream, instead of one list.")
@of_a_place
@click.pass_context
def export(
    context: click.Context, since: dt.datetime | None, purpose: str | None, json_lines: bool, site: str, database: str
) -> None:
    """Print the records as JSON, sealed ones first: read in portions, so that there may be any number of them.

    Pseudonyms are personal data. `evidence export` has the same entries with their hashes and seals.
    """
    guard = guard_of(context, site, database)
    found = _records(guard, since.replace(tzinfo=dt.UTC) if since else BEGINNING, purpose)
    lines = (json.dumps(_facts(record)) for record in found)
    if json_lines:
        for line in lines:
            click.echo(line)
        return
    click.echo("[", nl=False)
    for number, line in enumerate(lines):
        click.echo(f"{',' if number else ''}\n  {line}", nl=False)
    click.echo("\n]")


@command.command("verify")
@_id
@_as_json
@of_a_place
@click.pass_context
def verify(context: click.Context, receipt: str, as_json: bool, site: str, database: str) -> None:
    """Make the hashes of the record ID and of its seal again. Exits with 1 when one does not agree.

    Whether records around it were removed or added, `evidence verify` tells of the whole chain.
    """
    guard = guard_of(context, site, database)
    _found(guard, receipt)
    with bar("looking for its seal", guard.evidence.length()) as advance:
        vouched = guard.evidence.vouch(receipt, progress=advance)
    if vouched is None:
        raise _unknown()
    if as_json:
        click.echo(json.dumps(_vouched(vouched), indent=2))
    else:
        print_lines(_vouching(vouched))
    context.exit(FOUND if vouched.reason else 0)


@command.command("withdraw")
@_id
@click.option("--dry-run", is_flag=True, help="Say what would be taken back, and record nothing.")
@_as_json
@of_a_place
@click.pass_context
def withdraw(context: click.Context, receipt: str, dry_run: bool, as_json: bool, site: str, database: str) -> None:
    """Take back what the record ID accepts, for somebody who asks for it by letter or telephone.

    The choice of a visitor who was not signed in lives in their browser alone, and is taken back there.
    """
    guard = guard_of(context, site, database)
    record = _found(guard, receipt)
    # the choice of a browser is refused there, before anything is written, in a dry run as well
    stays = dry_run and record.subject != EVERYONE
    made = record if stays else guard.consent.withdraw_receipt(receipt, component="cli")
    taken = [] if dry_run or made is None or made.id == record.id else list(made.refused)
    facts = {"receipt": record.id, "accepted": list(record.accepted), "taken_back": taken, "dry_run": dry_run}
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    elif dry_run:
        click.echo(f"Would be taken back (dry run): {', '.join(record.accepted) or 'nothing'}")
    else:
        click.echo(f"Taken back: {', '.join(taken) or 'nothing, for nothing of it was agreed to any more'}")


@command.command("rates")
@click.option(
    "--by", "groups", type=click.Choice(get_args(By)), multiple=True, default=("purpose",), show_default=True,
    help="What to count by; several times for several.",
)  # fmt: skip
@_since
@_as_json
@of_a_place
@click.pass_context
def count(
    context: click.Context, groups: tuple[By, ...], since: dt.datetime | None, as_json: bool, site: str, database: str
) -> None:
    """Count how many decisions accept what they are asked, refuse it, or accept part of it."""
    guard = guard_of(context, site, database)
    tallies = guard.stores.entries.tally(ACT, since.replace(tzinfo=dt.UTC) if since else BEGINNING)
    found = rates(tallies, *groups)
    if as_json:
        click.echo(json.dumps([_counted(rate, groups) for rate in found], indent=2))
    elif found:
        Console().print(_table(found, groups))
    else:
        click.echo("No decisions.")


def _found(guard: Guard, receipt: str) -> ConsentRecord:
    record = guard.consent.find(receipt)
    if record is None:
        raise _unknown()
    return record


def _unknown() -> ConsentError:
    return ConsentError(
        "there is no record of consent with this id", hint="an id has 32 hex digits, and is the receipt's"
    )


def _records(guard: Guard, since: dt.datetime, purpose: str | None) -> Iterator[ConsentRecord]:
    """The records of the evidence; one that is sealed while they are read comes once."""
    decode, waited = msgspec.json.Decoder(_Line).decode, set[str]()
    for line in map(decode, guard.evidence.export()):
        record = parse(line.entry) if line.entry else None
        if record is None or record.id in waited:
            continue
        if line.seal is None:
            waited.add(record.id)
        if record.at >= since and (purpose is None or purpose in purposes_of(record)):
            yield record


def _facts(record: ConsentRecord) -> dict[str, Any]:
    moments = {"at": record.at.isoformat(), "until": record.until.isoformat() if record.until else None}
    return asdict(record) | moments


def _told(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _vouched(vouched: Vouched) -> dict[str, Any]:
    sequence = vouched.seal.sequence if vouched.seal else None
    return {
        "id": vouched.entry.id,
        "sound": vouched.reason is None,
        "reason": vouched.reason,
        "sealed": vouched.seal is not None,
        "sequence": sequence,
        "sealed_at": vouched.seal.at.isoformat() if vouched.seal else None,
    }


def _vouching(vouched: Vouched) -> Iterator[Text]:
    state = (vouched.reason, "bold red") if vouched.reason else ("sound", "bold green")
    yield Text.assemble(f"record {vouched.entry.id}: ", state)
    seal = vouched.seal
    yield Text(f"sealed at {seal.at:%Y-%m-%d %H:%M:%S} UTC as sequence {seal.sequence}" if seal else "not sealed yet")


def _counted(rate: Rate, groups: tuple[By, ...]) -> dict[str, Any]:
    counts = {"accepted": rate.accepted, "partly": rate.partly, "refused": rate.refused, "total": rate.total}
    return {**dict(zip(groups, rate.group, strict=True)), **counts, "ratio": round(rate.ratio, 4)}


def _table(found: tuple[Rate, ...], groups: tuple[By, ...]) -> Table:
    table = Table(*groups, box=None)
    for name in ("accepted", "partly", "refused", "total", "ratio"):
        table.add_column(name, justify="right")
    for rate in found:
        numbers = (rate.accepted, rate.partly, rate.refused, rate.total)
        table.add_row(*rate.group, *map(str, numbers), f"{rate.ratio:.1%}")
    return table
