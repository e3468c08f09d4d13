"""`consentguard init`: writes a first policy and registrations, and says what to do next."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from consentguard.cli.host import host
from consentguard.errors import ConsentGuardError
from consentguard.settings import Settings
from consentguard.starter import Start, start

NEXT = """
1. Fill in what privacy.toml leaves [bold]unstated[/], and delete what you do not do.
2. {load}
3. Run [bold]consentguard check[/]: it names each column still to be classified, with the line to add,
   and [bold]consentguard lint[/]: it says what is weak.
4. Run [bold]consentguard publish[/] when both are green."""


@click.command(name="init")
@click.option("--dry-run", is_flag=True, help="Print both files instead of writing them.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.pass_context
def command(context: click.Context, dry_run: bool, force: bool) -> None:
    """Write a first privacy.toml and registrations from what a site shows; no model is edited."""
    site = host(context)
    settings, survey = Settings.of(site.options(), site.root()), site.survey()
    made = start(survey, site.tables(), site.tags())
    if dry_run:
        click.echo(f"# {settings.manifest.name}\n{made.policy}\n# {survey.registrations.name}\n{made.registrations}")
        return
    _write({settings.manifest: made.policy, survey.registrations: made.registrations}, force=force)
    _say(made, settings.manifest, survey.registrations, survey.load_registrations)


def _write(files: dict[Path, str], *, force: bool) -> None:
    """Write all or none: a file that exists stops both, unless told otherwise."""
    standing = [path for path in files if path.exists()]
    if standing and not force:
        raise ConsentGuardError(
            f"{' and '.join(map(str, standing))} already exist{'s' if len(standing) == 1 else ''}",
            hint="look at what would be written with --dry-run, or overwrite with --force",
        )
    for path, text in files.items():
        try:
            path.write_text(text, "utf-8")
        except OSError as error:
            raise ConsentGuardError(f"{path} cannot be written: {error.strerror}") from None


def _say(made: Start, policy: Path, registrations: Path, load: str) -> None:
    console = Console()
    console.print(
        f"Wrote [bold]{policy}[/] and [bold]{registrations}[/]: {made.guessed} of {made.columns} columns guessed."
    )
    console.print(NEXT.format(load=load))
