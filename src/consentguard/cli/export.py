"""`consentguard export`: makes, verifies and imports copies of people's data. No value of a row is ever printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.copies import write_copy
from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place, subject_of
from consentguard.cli.report import print_lines
from consentguard.exports.importing import import_archive
from consentguard.exports.reading import archive
from consentguard.guard import Guard

_FILE = click.Path(path_type=Path)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
_an_archive = click.argument("path", metavar="ARCHIVE", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("export")
def command() -> None:
    """Make, verify and import copies of people's data."""


@command.command("make")
@click.option("--subject", "written", required=True, metavar="KIND:KEY", help="Whose copy: the key of their row.")
@click.option("-o", "--output", "path", required=True, metavar="FILE", type=_FILE, help="The zip file to write.")
@click.option("--language", metavar="TAG", help="The language of its texts; else the first of the policy.")
@_as_json
@of_a_place
@click.pass_context
def make(
    context: click.Context, written: str, path: Path, language: str | None, as_json: bool, site: str, database: str
) -> None:
    """Write a copy of somebody's data into FILE, which only its owner may read.

    For what is answered by other means than a link; it is taken down that the copy was made. Remove FILE when it was
    handed over.
    """
    guard = guard_of(context, site, database)
    subject = subject_of(written)
    people = guard.exports.of_subject(subject)
    copy = guard.exports.copy(people, language=language or guard.site.policy.manifest.site.languages[0])
    write_copy(copy, path)
    guard.exports.made(subject, copy)
    _print({"file": str(path), "sha256": copy.sum.manifest, "rows": copy.sum.rows}, as_json)


@command.command("verify")
@_an_archive
@_as_json
def verify(path: Path, as_json: bool) -> None:
    """Hold every member of ARCHIVE against its manifest, without any site.

    Prints the SHA-256 of the manifest: the evidence of the site that delivered the copy has the same one.
    """
    with archive(path) as opened:
        members, contents = opened.verify(), opened.contents
        rows = {held.label: held.rows for held in contents.tables}
        facts = {
            "made_at": contents.made_at.isoformat(),
            "sha256": opened.sha256,
            "members": members,
            "rows": rows,
            "unreadable": len(contents.unreadable),
        }
    _print(facts, as_json)


@command.command("import")
@_an_archive
@_as_json
@of_a_place
@click.pass_context
def import_(context: click.Context, path: Path, as_json: bool, site: str, database: str) -> None:
    """Verify ARCHIVE, and add its rows to the tables of the same names: all of it or nothing.

    A column that the archive withholds is emptied, and so is a reference to a row that is nowhere, where it may be.
    """
    guard = guard_of(context, site, database)
    done = _import(guard, path)
    _print({"rows": done[0], "emptied": done[1]}, as_json)


def _import(guard: Guard, path: Path) -> tuple[Mapping[str, int], Mapping[str, int]]:
    with guard.stores.transactions.atomic():
        done = import_archive(path, guard.site.data_map, guard.stores)
        counts = {f"imported.{label}": rows for label, rows in done.rows.items()}
        guard.evidence.record("export.imported", "", **counts)
    return done.rows, done.loosened


def _print(facts: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        print_lines(_lines(facts))


def _lines(facts: Mapping[str, object]) -> Iterator[Text]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield Text(f"{name}:", "bold") if value else Text(f"{name}: none")
            yield from (Text(f"  {label}: {number}") for label, number in value.items())
        else:
            yield Text.assemble((f"{name}: ", "bold"), str(value))
