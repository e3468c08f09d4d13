"""How commands print findings: a line each with its place for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from consentguard.findings import Finding

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def print_json(facts: Sequence[DataclassInstance]) -> None:
    """Print facts as one JSON list."""
    click.echo(json.dumps([asdict(fact) for fact in facts], indent=2, ensure_ascii=False))


def print_lines(lines: Sequence[Text]) -> None:
    """Print lines with their styles where the output is a terminal; none is broken, so that they can be searched."""
    console = Console(highlight=False)
    for line in lines:
        console.print(line, soft_wrap=True)


def print_findings(findings: Sequence[Finding], path: Path) -> None:
    """Print findings, each as `file:line: severity id place: message` and its hint; `path` is the manifest's file."""
    print_lines([_line(finding, path) for finding in findings])


def _line(finding: Finding, path: Path) -> Text:
    file = finding.file or str(path)
    place = f"{file}:{finding.line}" if finding.line else file
    severity = (finding.severity, _STYLES[finding.severity])
    where = f" {finding.where}" if finding.where else ""
    hint = ("\n    " + finding.hint, "dim") if finding.hint else ""
    return Text.assemble(f"{place}: ", severity, " ", (finding.id, "bold"), f"{where}: {finding.message}", hint)
