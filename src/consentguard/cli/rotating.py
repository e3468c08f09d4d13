"""`consentguard keys rotate`: re-encrypts what is not under the enabled key, while the site serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.encrypted import encryptions
from consentguard.cli.place import bar, of_a_site
from consentguard.cli.report import FOUND, print_lines
from consentguard.cli.ring import of_a_file
from consentguard.crypto.rewrapping import Rewrapped
from consentguard.encryption import Encryption
from consentguard.reencryption import EncryptedTable, Keys, Rotated, State, named

Work = tuple[Encryption, EncryptedTable]
_RATE = "At most so many rows per second; as fast as it goes without it."


@click.command("rotate")
@click.option("--column", default="", metavar="NAME", help="One column alone, such as shop.Customer.phone.")
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="ROWS", help=_RATE)
@click.option("--dry-run", is_flag=True, help="Open everything and say what would be done; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts by key as JSON.")
@click.option("--database", default="", help="One database alias or bind alone; else every one with such columns.")
@of_a_site
@of_a_file
@click.pass_context
def rotate(
    context: click.Context,
    column: str,
    rate: float | None,
    dry_run: bool,
    as_json: bool,
    database: str,
    site: str,
    file: Path | None,
) -> None:
    """Bring every stored value under the enabled key, and up to date with its indexes.

    New values are under it from the moment that every process has it. A run that is cut short goes on where it
    stopped. What cannot be opened is named and left as it is: then the exit code is 1.
    """
    found = encryptions(context, site, database, file)
    rotated = _run(_works(found, column), rate, dry_run)
    data_keys = [_rewrap(encryption, dry_run) for encryption in found if encryption.holds_data_keys and not column]
    if as_json:
        click.echo(json.dumps(_facts(rotated, data_keys, dry_run), indent=2))
    else:
        print_lines(chain(_told(rotated, dry_run), *(_of_data_keys(each) for each in data_keys)))
    left = any(each.refusals or any(state.behind for state in each.after) for each in rotated)
    if left or any(each.refused for each in data_keys):
        context.exit(FOUND)


def _works(found: Sequence[Encryption], column: str) -> list[Work]:
    """The tables to go through, each with the database that it is in. Raises ColumnError."""
    if column:
        wanted = str(named((each for encryption in found for each in encryption.columns), column))
        found = [encryption for encryption in found if wanted in map(str, encryption.columns)]
    return [(encryption, table) for encryption in found for table in encryption.rotation.tables(column)]


def _run(works: Sequence[Work], rate: float | None, dry_run: bool) -> list[Rotated]:
    total = sum(_rows(encryption.rotation.state(table)) for encryption, table in works)
    with bar("opening" if dry_run else "re-encrypting", total) as advance:
        return [
            encryption.rotation.run(table, rate=rate, dry_run=dry_run, progress=advance) for encryption, table in works
        ]


def _rewrap(encryption: Encryption, dry_run: bool) -> Rewrapped:
    total = sum(encryption.stores.wrapped_keys.under().values())
    with bar("unwrapping" if dry_run else "wrapping the keys of data subjects", total) as advance:
        return encryption.rewrap(dry_run=dry_run, progress=advance)


def _rows(states: Sequence[State]) -> int:
    """About how many rows will be looked at."""
    return max(state.values for state in states) if any(state.behind for state in states) else 0


def _facts(rotated: Sequence[Rotated], data_keys: Sequence[Rewrapped], dry_run: bool) -> dict[str, object]:
    columns = [
        {"column": now.column, "before": _ids(was.keys), "after": _ids(now.keys), "behind": now.behind}
        for each in rotated
        for was, now in zip(each.before, each.after, strict=True)
    ]
    refused = [asdict(refusal) for each in rotated for refusal in each.refused]
    refusals = sum(each.refusals for each in rotated)
    keys = [
        {"before": _ids(each.before), "after": _ids(each.after), "refused": sorted(each.refused)} for each in data_keys
    ]
    return {"dry_run": dry_run, "columns": columns, "refused": refused, "refusals": refusals, "data_keys": keys}


def _of_data_keys(done: Rewrapped) -> Iterator[Text]:
    """What became of the keys of data subjects; nothing is said where there are none."""
    if done.before:
        changed = "" if done.before == done.after else f"{_by_key(done.before)} -> "
        yield Text.assemble(("keys of data subjects", "bold"), f": {changed}{_by_key(done.after)}")
    for key_id, error in sorted(done.refused.items()):
        yield Text.assemble((f"data key {key_id}: left alone", "yellow"), f": {error.message}")


def _ids(keys: Keys) -> dict[str, int]:
    """How many values by the key's id; `other` for those under a data subject's key, or none."""
    return {"other" if key is None else str(key): count for key, count in sorted(keys.items(), key=_first)}


def _first(each: tuple[int | None, int]) -> int:
    return each[0] or 0


def _told(rotated: Sequence[Rotated], dry_run: bool) -> Iterator[Text]:
    if not rotated:
        yield Text("No column is encrypted here.")
    for each in rotated:
        for was, now in zip(each.before, each.after, strict=True):
            yield Text.assemble((now.column, "bold"), f": {_change(was, now, dry_run)}")
        for refusal in each.refused:
            yield Text.assemble((f"{refusal.column}, row {refusal.key}: left alone", "yellow"), f": {refusal.why}")
        if each.refusals > len(each.refused):
            yield Text(f"{each.label}: {each.refusals - len(each.refused)} more are left alone", "yellow")


def _change(was: State, now: State, dry_run: bool) -> str:
    if not was.values:
        return "no values"
    if dry_run:
        return f"{_by_key(was.keys)}; {was.behind} would be re-encrypted (dry run)"
    changed = "" if was.keys == now.keys else f"{_by_key(was.keys)} -> "
    return f"{changed}{_by_key(now.keys)}" + (f"; {now.behind} are not up to date" if now.behind else "")


def _by_key(keys: Keys) -> str:
    return ", ".join(f"{count} under {_named(key)}" for key, count in _ids(keys).items())


def _named(key: str) -> str:
    return "another key" if key == "other" else f"key {key}"
