"""`consentguard scan-cookies`: what a site keeps and loads in a browser, held against its policy."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from consentguard.cli.report import exit_code, finding_line, print_lines
from consentguard.scanner import Plan, Report, scan
from consentguard.scanner.comparison import in_words, spoken

MOST_PAGES = 200
_PATH = click.Path(path_type=Path)


@click.command("scan-cookies")
@click.argument("url")
@click.option("--manifest", type=_PATH, default=Path("privacy.toml"), show_default=True, help="The site's policy.")
@click.option("--page", "pages", multiple=True, help="A further page of the site, such as /pricing; may be repeated.")
@click.option("--crawl", type=click.IntRange(0, MOST_PAGES), default=0, help="How many linked pages more are visited.")
@click.option("--gpc", is_flag=True, help="Visit the site with Global Privacy Control, too.")
@click.option("--accept-selector", default="", help="The CSS selector of a foreign banner's button to accept.")
@click.option("--refuse-selector", default="", help="The CSS selector of a foreign banner's button to refuse.")
@click.option("--own-host", "own_hosts", multiple=True, help="A further host of the site's own; may be repeated.")
@click.option("--settle", type=click.FloatRange(0, 60), default=1.0, show_default=True, help="Seconds on a quiet page.")
@click.option("--browser", type=_PATH, help="The path of a Chromium.")
@click.option("--json", "as_json", is_flag=True, help="Print what was seen and found as JSON.")
@click.pass_context
def command(
    context: click.Context,
    url: str,
    manifest: Path,
    pages: tuple[str, ...],
    crawl: int,
    gpc: bool,
    accept_selector: str,
    refuse_selector: str,
    own_hosts: tuple[str, ...],
    settle: float,
    browser: Path | None,
    as_json: bool,
) -> None:
    """Visit a site before and after each choice, and report what its policy does not declare.

    What is at URL is seen before any choice, after refusing and after accepting: cookies, storage, requests to other
    hosts. Names are printed, and never values. Exit code 1 when something is undeclared, comes without consent or is
    kept too long; 2 when the site, the policy or a browser cannot be used.
    """
    plan = Plan(
        url=url,
        pages=pages,
        crawl=crawl,
        accept=accept_selector,
        refuse=refuse_selector,
        signal=gpc,
        own_hosts=own_hosts,
        settle=settle,
        browser=browser,
    )
    report = scan(plan, manifest)
    if as_json:
        click.echo(json.dumps(report.as_data(), indent=2, ensure_ascii=False))
    else:
        _show(report, manifest)
    context.exit(exit_code(report.findings))


def _show(report: Report, manifest: Path) -> None:
    """Print what was seen, what is wrong with it, and what could be added to the policy."""
    console = Console(highlight=False)
    console.print(_table(report))
    print_lines(finding_line(finding, manifest) for finding in report.findings)
    if report.suggestion:
        console.print("\nTo look through and add to the policy:\n", style="bold")
        click.echo(report.suggestion.rstrip())
    console.print(f"\n{len(report.pages)} pages visited {spoken(report.states)}.", soft_wrap=True)


def _table(report: Report) -> Table:
    table = Table("what", "name", "host", "kept for", "seen")
    for subject in report.subjects:
        lasts = in_words(subject.lasts) if subject.kind == "cookie" else ""
        table.add_row(subject.kind, subject.name, subject.host, lasts, spoken(subject.states))
    return table
