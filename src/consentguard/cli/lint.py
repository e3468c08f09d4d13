"""`consentguard lint`: what is weak or contradictory in a policy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from consentguard.cli.report import print_findings, print_json
from consentguard.errors import ManifestError
from consentguard.manifest.lint import lint
from consentguard.manifest.load import load

WEAK, BAD_INPUT = 1, 2


@click.command("lint")
@click.argument("path", type=click.Path(path_type=Path), default="privacy.toml")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(context: click.Context, path: Path, as_json: bool) -> None:
    """Report weak or contradictory places of a policy.

    Exit code 1 when an error is left that keeps the policy a draft, 2 when the file does not follow its schema.
    """
    try:
        findings = lint(load(path), dt.datetime.now().astimezone().date())
        exit_code = WEAK if any(finding.severity == "error" for finding in findings) else 0
    except ManifestError as error:
        findings, exit_code = error.findings, BAD_INPUT
    if as_json:
        print_json(findings)
    else:
        print_findings(findings, path)
    context.exit(exit_code)
