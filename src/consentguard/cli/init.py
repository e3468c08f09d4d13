"""`consentguard init`: writes a first policy and registrations, and says what to do next."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from consentguard.cli.host import host
from consentguard.errors import ConsentGuardError
from consentguard.guards import options_of
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
@click.pass_context
def command(context: click.Context, dry_run: bool) -> None:
    """Write a first privacy.toml and registrations from what a site shows; no model is edited."""
    site = host(context)
    settings, survey = Settings.of(options_of(site), site.root()), site.survey()
    made = start(survey, site.tables(), site.tags())
    if dry_run:
        click.echo(f"# {settings.manifest.name}\n{made.policy}\n# {survey.registrations.name}\n{made.registrations}")
        return
    _write({settings.manifest: made.policy, survey.registrations: made.registrations})
    _say(made, settings.manifest, survey.registrations, survey.load_registrations)


def _write(files: dict[Path, str]) -> None:
    """Write all or none: nothing that exists is overwritten, and a failure takes back what was written before it."""
    written: list[Path] = []
    try:
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for begun in written:
            begun.unlink()
        hint = "move it away, or look at what would be written with --dry-run" if path.exists() else "check its folder"
        raise ConsentGuardError(f"{path} cannot be written: {error.strerror}", hint=hint) from None


def _say(made: Start, policy: Path, registrations: Path, load: str) -> None:
    console = Console()
    console.print(
        f"Wrote [bold]{escape(str(policy))}[/] and [bold]{escape(str(registrations))}[/]: "
        f"{made.guessed} of {made.columns} columns guessed.",
        soft_wrap=True,
    )
    console.print(NEXT.format(load=load), soft_wrap=True)
