"""`consentguard shred`: destroys a data subject's key, so that what is sealed under it can be read no more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.encrypted import encryptions
from consentguard.cli.place import of_a_site, subject_of
from consentguard.cli.report import print_lines
from consentguard.cli.ring import of_a_file
from consentguard.records import SubjectRef
from consentguard.shredding import Shredded, Shredding

_QUESTION = "Destroy the key of {subject}? It cannot be brought back, and {values} values can be read no more"


@click.command("shred")
@click.argument("written", metavar="KIND:KEY")
@click.option("--dry-run", is_flag=True, help="Say what would become unreadable, and destroy nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@of_a_site
@of_a_file
@click.pass_context
def command(
    context: click.Context, written: str, dry_run: bool, yes: bool, as_json: bool, site: str, file: Path | None
) -> None:
    """Destroy a data subject's key, so that what it sealed can be read no more.

    KIND is the kind of data subject that columns are bound to, KEY what their rows hold of it. Copies and backups are
    unreadable too, unless they hold the table of data keys. Run it again where it was cut short.
    """
    subject = subject_of(written)
    every = [each.shredding for each in encryptions(context, site, "", file)]
    concerned = [each for each in every if each.concerns(subject.kind)] or every[:1]
    values = _together(each.outlook(subject) for each in concerned)
    if not (dry_run or yes):
        click.confirm(_QUESTION.format(subject=subject, values=sum(values.values())), abort=True, err=True)
    done = None if dry_run else _shred(concerned, subject)
    if as_json:
        click.echo(json.dumps(_facts(subject, values, done), indent=2))
    else:
        print_lines(_told(subject, values, done))


def _shred(concerned: Sequence[Shredding], subject: SubjectRef) -> Shredded:
    """In each database, in a transaction of its own; the key goes with the first."""
    done = [each.shred(subject) for each in concerned]
    return Shredded(keys=sum(each.keys for each in done), cleared=_together(each.cleared for each in done))


def _together(counts: Iterator[Mapping[str, int]]) -> Mapping[str, int]:
    """The counts of all databases, those of one column added up."""
    found = Counter[str]()
    for each in counts:
        found.update(each)
    return found


def _facts(subject: SubjectRef, values: Mapping[str, int], done: Shredded | None) -> dict[str, object]:
    facts: dict[str, object] = {"dry_run": done is None, "subject": str(subject), "unreadable": values}
    return facts if done is None else {**facts, "keys": done.keys, "cleared": done.cleared}


def _told(subject: SubjectRef, values: Mapping[str, int], done: Shredded | None) -> Iterator[Text]:
    if done is None:
        yield Text.assemble((str(subject), "bold"), ": the key would be destroyed (dry run)")
    elif done.keys:
        yield Text.assemble((str(subject), "bold"), ": the key is destroyed")
    else:
        yield Text.assemble((str(subject), "bold"), ": there was no key, or it was destroyed before")
    for column, rows in values.items():
        cleared = f", {done.cleared[column]} found by nothing any more" if done and column in done.cleared else ""
        yield Text(f"{column}: {rows} unreadable{cleared}")
