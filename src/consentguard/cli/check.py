"""The `check` command: compares the policy with the site, and fails when they disagree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from consentguard.cli.host import guard as guard_of
from consentguard.datamap.baseline import Baseline
from consentguard.datamap.coverage import by_table, covered, gaps
from consentguard.datamap.map import DataMap
from consentguard.datamap.tree import tree
from consentguard.findings import Finding
from consentguard.guard import Guard

STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print findings, coverage and data map as JSON.")
@click.option("--tree", "as_tree", is_flag=True, help="Show the data map as a tree.")
@click.option("--write-baseline", is_flag=True, help="Record today's gaps, for `new-only` coverage to put up with.")
@click.pass_context
def command(context: click.Context, as_json: bool, as_tree: bool, write_baseline: bool) -> None:
    """Compare the policy with the site: what is unclassified, weak, unpublished.

    Exits with 1 when an error is left.
    """
    guard = guard_of(context)
    if write_baseline:
        Baseline.of(guard.settings.baseline, gaps(guard.data_map)).write()
    findings = guard.findings()
    if as_json:
        click.echo(json.dumps(_as_data(guard, findings), indent=2))
    else:
        _show(guard, findings, as_tree)
    context.exit(1 if any(finding.severity == "error" for finding in findings) else 0)


def _as_data(guard: Guard, findings: Iterable[Finding]) -> dict[str, object]:
    classified, needed = covered(guard.data_map)
    return {
        "coverage": {"mode": guard.settings.coverage, "classified": classified, "needed": needed},
        "findings": [asdict(finding) for finding in findings],
        "data_map": [asdict(entry) | {"id": entry.id} for entry in guard.data_map.entries],
    }


def _show(guard: Guard, findings: Iterable[Finding], as_tree: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    if as_tree:
        console.print(tree(guard.data_map), soft_wrap=False)
    for finding in by_table(findings):
        console.print(_line(finding))
    console.print(_summary(guard.data_map))


def _line(finding: Finding) -> Text:
    """A finding as one styled line: never parsed as markup, which would eat `[categories.messages]`."""
    return Text.assemble((finding.severity, STYLES[finding.severity]), " ", str(finding))


def _summary(data_map: DataMap) -> str:
    classified, needed = covered(data_map)
    if not needed:
        return 'no column leads to a data subject yet: tag the table of your users with subjects={"user": "self"}'
    return f"{classified} of {needed} reachable columns classified ({100 * classified // needed}%)"
