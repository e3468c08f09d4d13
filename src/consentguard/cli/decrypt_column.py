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
    """Move the values of an encrypted column to a plain one beside it.

    Fills the plain column from the one that is `copied_to` it, and compares the two: as `encrypt-column`, the other way
    round.
    """
    run(context, "decrypt", Asked(**asked))
