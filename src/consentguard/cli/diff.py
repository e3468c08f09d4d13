"""`consentguard diff`: what changed between two policies, and what people must be told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from consentguard.cli.report import print_json, print_lines
from consentguard.manifest.diff import Change, diff
from consentguard.manifest.load import load

MATERIAL = 1
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_MOST_SHOWN = 60


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
        print_lines([_line(change) for change in changes] or [Text("No changes.")])
    context.exit(MATERIAL if any(change.material for change in changes) else 0)


def _line(change: Change) -> Text:
    sign, style = _SIGNS[change.kind]
    why = ("material: " + change.why, "bold") if change.material else (change.why, "dim")
    shown = " -> ".join(_short(value) for value in (change.before, change.after) if value is not None)
    return Text.assemble((f"{sign} {change.where}", style), f": {shown}\n    ", why)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
