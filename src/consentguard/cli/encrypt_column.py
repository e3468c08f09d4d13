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
    """Fill an encrypted column from the plain one that it `copies`, and compare the two.

    TABLE.COLUMN is either of them. Run it until every copy is there and alike, then once with --strict, and with --end
    before the plain column is dropped. A run that is cut short goes on where it stopped.
    """
    run(context, "encrypt", Asked(**asked))
