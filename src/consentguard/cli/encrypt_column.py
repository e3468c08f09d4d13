"""`consentguard encrypt-column`: from a plain column to an encrypted one beside it, while the site serves."""

from __future__ import annotations

from typing import Any

import click

from consentguard.cli.converting import Asked, of_a_conversion, of_its_end, run


@click.command("encrypt-column")
@of_its_end
@of_a_conversion
@click.pass_context
def command(context: click.Context, /, **asked: Any) -> None:
    """Move the values of a plain column to an encrypted one beside it.

    Fills the encrypted column from the one that it `copies`, and compares the two; TABLE.COLUMN is either. Run it until
    every copy is there and alike, then once with --strict, and with --end before the plain column is dropped. A run
    that is cut short goes on where it stopped.
    """
    run(context, "encrypt", Asked(**asked))
