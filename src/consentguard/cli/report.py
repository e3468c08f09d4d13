"""How commands print findings and changes: with their places for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from consentguard.findings import Finding

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from consentguard.manifest.diff import Change

FOUND = 1
"""The exit code of a command that reports an error or a material change."""
_SEVERITIES = {"error": "bold red", "warning": "yellow", "note": "dim"}
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_OF_THE_MANIFEST = ("M-", "L-")
_MOST_SHOWN = 60


def print_json(facts: Sequence[DataclassInstance]) -> None:
    """Print facts as one JSON list."""
    click.echo(json.dumps([asdict(fact) for fact in facts], indent=2, ensure_ascii=False))


def print_lines(lines: Iterable[Text]) -> None:
    """Print lines with their styles where the output is a terminal; none is broken, so that they can be searched."""
    console = Console(highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True)


def exit_code(findings: Iterable[Finding]) -> int:
    """The exit code that the findings of a check deserve."""
    return FOUND if any(finding.severity == "error" for finding in findings) else 0


def from_here(path: Path) -> Path:
    """A file as it is called from the working directory, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def finding_line(finding: Finding, manifest: Path) -> Text:
    """A finding as `file:line: severity id where: message`, its hint below; `manifest` is the policy's file.

    Text and no markup, which would eat `[categories.messages]`.
    """
    file = finding.file or (str(manifest) if finding.id.startswith(_OF_THE_MANIFEST) else "")
    place = f"{file}:{finding.line}: " if file and finding.line else f"{file}: " if file else ""
    severity = (finding.severity, _SEVERITIES[finding.severity])
    where = f" {finding.where}" if finding.where else ""
    hint = ("\n    " + finding.hint, "dim") if finding.hint else ""
    return Text.assemble(place, severity, " ", (finding.id, "bold"), f"{where}: {finding.message}", hint)


def change_line(change: Change) -> Text:
    """A change with its values, and below it why it is material, or that it is not."""
    sign, style = _SIGNS[change.kind]
    why = ("material: " + change.why, "bold") if change.material else (change.why, "dim")
    values = " -> ".join(_value(value) for value in (change.before, change.after) if value is not None)
    return Text.assemble((f"{sign} {change.where}", style), f": {values}\n    ", why)


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
