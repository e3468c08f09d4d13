"""What the commands share that take a column in or out of encryption."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import click
from rich.text import Text

from consentguard.cli.encrypted import encryptions
from consentguard.cli.place import bar, of_a_site
from consentguard.cli.report import FOUND, print_lines
from consentguard.cli.ring import of_a_file
from consentguard.reencryption import ColumnError, Conversion, Progress, Way

Command = TypeVar("Command", bound=Callable[..., object])
Read = Callable[[object], object]
_RATE = "At most so many rows per second; as fast as it goes without it."
_MEND = "Make the copies anew that differ from what they are of."
_DRY = "Say what could not be copied; change nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What such a command is asked for."""

    name: str
    rate: float | None
    dry_run: bool
    mend: bool
    as_json: bool
    database: str
    site: str
    file: Path | None
    status: bool = False
    strict: bool = False
    end: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError for two steps at once."""
        if sum((self.status, self.strict, self.end, self.dry_run)) > 1:
            raise click.UsageError("--status, --strict, --end and --dry-run are one step each: take one.")


def of_a_conversion(command: Command) -> Command:
    """The options of a command that converts a column."""
    return _with(
        command,
        click.argument("name", metavar="TABLE.COLUMN"),
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="ROWS", help=_RATE),
        click.option("--dry-run", is_flag=True, help=_DRY),
        click.option("--mend", is_flag=True, help=_MEND),
        click.option("--json", "as_json", is_flag=True, help="Print how far it is as JSON."),
        click.option("--database", default="", help="The database alias or bind; else the one that has the column."),
        of_a_site,
        of_a_file,
    )


def of_its_end(command: Command) -> Command:
    """The options by which a conversion ends."""
    return _with(
        command,
        click.option("--status", is_flag=True, help="Say how far it is; do nothing."),
        click.option("--strict", is_flag=True, help="Refuse from now on what writes one column without the other."),
        click.option("--end", is_flag=True, help="Take the triggers away: before a column is dropped, or to give up."),
    )


def run(context: click.Context, way: Way, asked: Asked, read: Read | None = None) -> None:
    """Do what is asked, and print how far the conversion is. Raises ColumnError and StoreError."""
    conversion = _conversion(context, way, asked, read)
    progress = conversion.progress()
    if asked.strict or asked.end:
        (conversion.enforce if asked.strict else conversion.end)()
        progress = conversion.progress()
    elif not asked.status:
        progress = _converted(conversion, asked, progress.left)
    _tell(progress, asked)
    if progress.refusals or (progress.left and progress.phase == "backfilling"):
        context.exit(FOUND)


def _conversion(context: click.Context, way: Way, asked: Asked, read: Read | None) -> Conversion:
    """That of the first database that has such a column."""
    mistakes = []
    for encryption in encryptions(context, asked.site, asked.database, asked.file):
        try:
            return encryption.conversion(asked.name, way, read)
        except ColumnError as error:
            mistakes.append(error)
    raise max(mistakes, key=lambda error: len(error.hint or ""))  # which names most


def _converted(conversion: Conversion, asked: Asked, left: int) -> Progress:
    """Fill the copy and hold it against what it is of."""
    with bar("copying", left) as advance:
        if asked.dry_run:
            return conversion.backfill(rate=asked.rate, dry_run=True, progress=advance)
        conversion.expand()
        filled = conversion.backfill(rate=asked.rate, progress=advance)
    if filled.left:
        return filled
    with bar("comparing", conversion.rows()) as advance:
        return conversion.verify(mend=asked.mend, rate=asked.rate, progress=advance)


def _tell(progress: Progress, asked: Asked) -> None:
    if asked.as_json:
        click.echo(json.dumps(asdict(progress) | {"dry_run": asked.dry_run}, indent=2))
    else:
        print_lines(_told(progress, asked.dry_run))


def _told(progress: Progress, dry_run: bool) -> Iterator[Text]:
    left = f", {progress.left} rows have no copy" if progress.left else ""
    yield Text.assemble((progress.name, "bold"), f": {progress.phase}{left}{' (dry run)' if dry_run else ''}")
    for refusal in progress.refused:
        yield Text.assemble((f"{refusal.column}, row {refusal.key}: left alone", "yellow"), f": {refusal.why}")
    if progress.refusals > len(progress.refused):
        yield Text(f"{progress.refusals - len(progress.refused)} more are left alone", "yellow")


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
