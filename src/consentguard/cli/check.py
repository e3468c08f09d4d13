"""The `check` command: compares the policy with the site, and fails when they disagree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.host import site as site_of
from consentguard.cli.place import of_a_site
from consentguard.cli.report import exit_code, finding_line, from_here, print_lines
from consentguard.consent.reports import findings
from consentguard.datamap.baseline import Baseline
from consentguard.datamap.coverage import GAPS, by_table, covered, gaps
from consentguard.datamap.map import DataMap
from consentguard.datamap.own import TAGS, in_use
from consentguard.datamap.schema import Table
from consentguard.datamap.tree import tree
from consentguard.deployed import deployed
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.host import Host
from consentguard.ports import StoreError
from consentguard.ports.mistakes import MissingError
from consentguard.records import Place
from consentguard.schedules import Schedules
from consentguard.screens import share
from consentguard.site import Site
from consentguard.tombstones.checks import readable_remains


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print findings, coverage and data map as JSON.")
@click.option("--tree", "as_tree", is_flag=True, help="Show the data map as a tree.")
@click.option("--write-baseline", is_flag=True, help="Record today's gaps, for `new-only` coverage to put up with.")
@click.option("--deploy", is_flag=True, help="Also say what is weak in how the site is served and kept.")
@click.option(
    "--database",
    default="",
    help="Also say which jobs of a schedule were missed on this database, and with --deploy how many lack a factor.",
)
@of_a_site
@click.pass_context
def command(
    context: click.Context,
    as_json: bool,
    as_tree: bool,
    write_baseline: bool,
    deploy: bool,
    database: str,
    site: str,
) -> None:
    """Compare the policy with the site: what is unclassified, weak, unpublished.

    Exits with 1 when an error is left.
    """
    checked = site_of(context, site)
    if write_baseline:
        Baseline.of(checked.settings.baseline, gaps(checked.data_map)).write()
        click.echo(f"Wrote {from_here(checked.settings.baseline)}.", err=True)
    found = (*checked.findings(), *_missing_tables(checked), *_refused_cookies(checked))
    found += tuple(readable_remains(checked.policy.manifest, checked.host))
    found += tuple(checked.host.draft_findings(checked.policy.manifest))
    guard = guard_of(context, site, database) if database else None
    found += tuple(Schedules(guard).findings()) if guard else ()
    found += deployed(checked, guard) if deploy else ()
    staff = share(guard) if deploy and guard else None
    if as_json:
        told = {"second_factor": asdict(staff)} if staff else {}
        click.echo(json.dumps(_as_data(checked, found) | told, indent=2))
    else:
        _show(checked, found, as_tree)
        print_lines([Text(staff.sentence)] if staff else [])
    context.exit(exit_code(found))


def _missing_tables(site: Site) -> Iterator[Finding]:
    """Our tables that the site's pages write to, where its database has others and lacks one of these.

    Nothing is said of a database that cannot be reached, or has no table of the site at all: a build has none.
    """
    if not site.takes_answers():
        return
    ours = {table.db_table.rpartition(".")[2]: table for table in site.data_map.schema.values()}
    wanted = [ours[name] for name in in_use(site.policy.manifest) if name in ours]
    others = [table for name, table in ours.items() if name not in TAGS]
    try:
        missing = [(table, error) for table in wanted if (error := _lack(site.host, table))]
        if missing and any(_lack(site.host, table) is None for table in others):
            names = ", ".join(table.db_table for table, _ in missing)
            message = f"forms answer 503, for these tables of consentguard's are missing: {names}"
            yield Finding(id="P-NO-TABLES", severity="error", message=message, hint=missing[0][1].hint)
    except (SettingsError, StoreError):
        return


def _refused_cookies(site: Site) -> Iterator[Finding]:
    """The cookies that the site's answers were seen with lately, and should not have. Nothing without a database."""
    if site.inventory is None:
        return
    try:
        yield from findings(site.host.stores(Place().database).entries, site.inventory, site.clock.now())
    except (SettingsError, StoreError):
        return


def _lack(host: Host, table: Table) -> MissingError | None:
    """What the database says where it has no such table. Raises SettingsError or StoreError where none answers."""
    try:
        host.execute(Place().database, lambda kind: [_nothing_of(table, kind)])
    except MissingError as error:
        return error
    return None


def _nothing_of(table: Table, kind: str) -> str:
    """A query that a database of that kind answers with no row, and refuses where it has no such table."""
    quote = "`" if kind == "mysql" else '"'
    name = ".".join(f"{quote}{part}{quote}" for part in table.db_table.split("."))
    return f"SELECT 1 FROM {name} WHERE 1 = 0"  # noqa: S608 - the name is the site's own


def _as_data(site: Site, findings: Iterable[Finding]) -> dict[str, object]:
    classified, needed = covered(site.data_map)
    return {
        "coverage": {"mode": site.settings.coverage, "classified": classified, "needed": needed},
        "findings": [asdict(finding) for finding in findings],
        "data_map": [asdict(entry) | {"id": entry.id} for entry in site.data_map.entries],
    }


def _show(site: Site, findings: Sequence[Finding], as_tree: bool) -> None:
    """Print everything but the gaps that the baseline puts up with: among hundreds a new one would not be seen."""
    if as_tree:
        Console(highlight=False).print(tree(site.data_map))
    manifest = from_here(site.settings.manifest)
    told = [finding for finding in findings if not (finding.severity == "note" and finding.id in GAPS)]
    print_lines(finding_line(finding, manifest) for finding in by_table(told))
    if known := len(findings) - len(told):
        print_lines([Text(f"gaps that {from_here(site.settings.baseline)} puts up with: {known}", "dim")])
    print_lines([_summary(site.data_map)])


def _summary(data_map: DataMap) -> Text:
    classified, needed = covered(data_map)
    if not needed:
        return Text('no column leads to a data subject yet: tag the table of your users with subjects={"user": "self"}')
    return Text(f"{classified} of {needed} reachable columns classified ({100 * classified // needed}%)")
