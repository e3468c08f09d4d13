"""`consentguard import-column`: what another package encrypted, read once and written as an encrypted column."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from consentguard.cli.converting import Asked, of_a_conversion, run
from consentguard.cli.host import host
from consentguard.crypto.foreign import READERS, ForeignSecretsError, reader
from consentguard.host import Host

_WHERE = "Where a secret is: NAME=env:VARIABLE, file:PATH or setting:NAME; else the site's setting of that name."
_PLAIN = "Take a value that was never encrypted as it is."


@click.command("import-column")
@click.option("--from", "package", type=click.Choice(list(READERS)), required=True, help="Who encrypted the column.")
@click.option("--secret", "places", multiple=True, metavar="NAME=PLACE", help=_WHERE)
@click.option("--allow-plain", is_flag=True, help=_PLAIN)
@of_a_conversion
@click.pass_context
def command(context: click.Context, /, package: str, places: tuple[str, ...], allow_plain: bool, **asked: Any) -> None:
    """Move what another package encrypted to an encrypted column beside it.

    Fills the encrypted column from the one that it `copies`, and compares the two; TABLE.COLUMN is either. A secret is
    never part of the command: it is named by where it stands. What comes then is as with `encrypt-column`: its
    --strict, --status and --end are those of this column too.
    """
    secrets = dict(_secrets(host(context), package, dict(map(_parsed, places))))
    reads = reader(package, secrets, allow_plain=allow_plain)
    del secrets  # a traceback keeps the locals of its frames
    run(context, "encrypt", Asked(**asked), reads.read)


def _parsed(place: str) -> tuple[str, str]:
    name, found, where = place.partition("=")
    if not found or where.partition(":")[0] not in ("env", "file", "setting"):
        raise click.UsageError("--secret takes NAME=env:VARIABLE, NAME=file:PATH or NAME=setting:NAME, never a secret.")
    return name, where


def _secrets(site: Host, package: str, places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The secrets that a package takes, from where somebody said that they are, or else from the site's settings.

    Raises ForeignSecretsError where one is not there that it needs, or that was named.
    """
    needs, takes = READERS[package].needs, READERS[package].takes
    for name in dict.fromkeys((*needs, *takes, *places)):
        found = _found(site, places.get(name) or f"setting:{name.upper()}")
        if found:
            first, *others = found
            has_fallbacks = f"{name}_fallbacks" in takes
            yield name, first if has_fallbacks else "\n".join(found)
            if others and has_fallbacks:
                yield f"{name}_fallbacks", "\n".join(others)
        elif name in needs or name in places:
            raise ForeignSecretsError(f"the secret {name!r} is not there", hint=f"--secret {name}=env:VARIABLE")


def _found(site: Host, place: str) -> list[str]:
    """The texts that stand in a place; none where there is nothing."""
    kind, _, where = place.partition(":")
    found = _file(where) if kind == "file" else os.environ.get(where) if kind == "env" else site.setting(where)
    every = found if isinstance(found, (list, tuple)) else [found] if found else []
    return [each.decode("utf-8", "surrogateescape") if isinstance(each, bytes) else str(each) for each in every]


def _file(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ForeignSecretsError(f"the file {path} cannot be read: {type(error).__name__}") from None
