"""`consentguard lint`: what is weak or contradictory in a policy."""

from __future__ import annotations

from pathlib import Path

import click

from consentguard.cli import BAD_INPUT
from consentguard.cli.place import of_a_site
from consentguard.cli.report import exit_code, finding_line, from_here, print_json, print_lines
from consentguard.clock import SystemClock
from consentguard.errors import ManifestError
from consentguard.guards import options_of
from consentguard.host import Host
from consentguard.manifest.lint import lint
from consentguard.manifest.load import load
from consentguard.settings import Settings


@click.command("lint")
@click.argument("path", type=click.Path(path_type=Path, readable=False), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@of_a_site
@click.pass_context
def command(context: click.Context, path: Path | None, as_json: bool, site: str) -> None:
    """Report weak or contradictory places of a policy: of PATH, or of the site's own, or of privacy.toml here.

    Exit code 1 when an error is left that keeps the policy a draft, 2 when the file does not follow its schema.
    """
    path = path or _own(context, site)
    try:
        findings = lint(load(path), SystemClock().now().date())
        ended = exit_code(findings)
    except ManifestError as error:
        findings, ended = error.findings, BAD_INPUT
    if as_json:
        print_json(findings)
    else:
        print_lines(finding_line(finding, path) for finding in findings)
    context.exit(ended)


def _own(context: click.Context, name: str) -> Path:
    """The policy of the site whose framework runs the command; none is looked for where a shell does."""
    host: Host | None = context.obj
    return from_here(Settings.of(options_of(host, name), host.root()).manifest) if host else Path("privacy.toml")
