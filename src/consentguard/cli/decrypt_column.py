"""`consentguard decrypt-column`: the way back, from an encrypted column to a plain one beside it."""

from __future__ import annotations

from typing import Any

import click

from consentguard.cli.converting import Asked, of_a_conversion, of_its_end, run


@click.command("decrypt-column")
@of_its_end
@of_a_conversion
@click.pass_context
def command(context: click.Context, /, **asked: Any) -> None:
    """Fill a plain column from the encrypted one that is `copied_to` it, and compare the two.

    As `encrypt-column`, the other way round.
    """
    run(context, "decrypt", Asked(**asked))
