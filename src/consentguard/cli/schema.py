"""`consentguard schema`: the JSON Schema of privacy.toml, with which editors complete and check the file."""

from __future__ import annotations

import json

import click

from consentguard.manifest.json_schema import json_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of privacy.toml, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
