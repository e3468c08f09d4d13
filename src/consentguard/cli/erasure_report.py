"""`consentguard rights report` and `verify-report`: what was erased, signed, and whether a report is genuine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import print_lines
from consentguard.cli.ring import of_a_file, path_of, read
from consentguard.crypto.signatures import fingerprint, is_signed, public_keys
from consentguard.tombstones.reports import opened


@click.command("report")
@click.argument("request", metavar="ID")
@of_a_place
@click.pass_context
def report(context: click.Context, request: str, site: str, database: str) -> None:
    """Print the signed report on an erasure: what went, what stays and why, and which places have not answered."""
    guard = guard_of(context, site, database)
    click.echo(guard.reports.of(guard.rights.find(request)), nl=False)


@click.command("receipt")
@click.argument("request", metavar="ID")
@of_a_place
@click.pass_context
def receipt(context: click.Context, request: str, site: str, database: str) -> None:
    """Print a signed receipt of the request ID: its days, its state, and the entries of the evidence that prove it."""
    guard = guard_of(context, site, database)
    click.echo(guard.reports.receipt(guard.rights.find(request)), nl=False)


@click.command("verify-report")
@click.argument("file_of_report", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", metavar="HEX", help="The public key of whoever signed it, as `keys public` prints it there.")
@of_a_file
@click.pass_context
def verify_report(context: click.Context, file_of_report: Path, key: str | None, file: Path | None) -> None:
    """Verify the signed report or receipt FILE, without asking anybody.

    It holds against the site's own keyring, or against a public key that you trust. Exits with 2 where a byte of it is
    not as it was signed.
    """
    known = _given(key) if key else {each.fingerprint: each.raw for each in public_keys(read(file or path_of(context)))}

    def verify(named: str, data: bytes, signature: str) -> bool:
        return named in known and is_signed(known[named], data, signature)

    content = file_of_report.read_bytes()
    print_lines(_lines(opened(content, verify), content))


def _given(key: str) -> dict[str, bytes]:
    try:
        raw = bytes.fromhex(key)
    except ValueError:
        raise click.BadParameter("a public key is written in 64 hex digits") from None
    return {fingerprint(raw): raw}


def _lines(facts: dict[str, Any], content: bytes) -> Iterator[Text]:
    yield Text.assemble(
        ("The report is as it was signed", "bold green"), f": {facts['controller']}, {facts['made_at']}"
    )
    yield Text(f"request {facts['request']['id']}: {facts['request']['state']}")
    for entry in facts["evidence"] if "left" not in facts else ():
        yield Text(f"{entry['at']} {entry['act']}: entry {entry['id']}")
    for left in facts.get("left", ()):
        until = f" until {left['until']}" if left["until"] else ""
        yield Text(f"{left['table']}: {left['rows']} rows stay{until}, {left['ground']}")
    for place in facts.get("places", ()):
        yield Text(f"{place['name']}: {place['state']}", style="" if place["state"] == "done" else "yellow")
    if "backups_hold_copies_until" in facts:
        until = facts["backups_hold_copies_until"]
        open_ = "until when backups hold copies, the policy leaves open"
        yield Text(f"backups hold copies until {until}" if until else open_)
    yield Text(f"SHA-256 {hashlib.sha256(content).hexdigest()}", style="dim")
