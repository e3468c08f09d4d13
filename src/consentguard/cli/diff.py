"""`consentguard diff`: what changed between two policies, and what people must be told of."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.report import FOUND, change_line, print_json, print_lines
from consentguard.manifest.diff import diff
from consentguard.manifest.load import load


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.pass_context
def command(context: click.Context, old: Path, new: Path, as_json: bool) -> None:
    """List what changed between two policies, and which changes are material.

    Exit code 1 when a change is material, 2 when a file does not follow its schema.
    """
    changes = diff(load(old).manifest, load(new).manifest)
    if as_json:
        print_json(changes)
    else:
        print_lines([change_line(change) for change in changes] or [Text("No changes.")])
    context.exit(FOUND if any(change.material for change in changes) else 0)
