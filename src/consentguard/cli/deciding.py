"""`consentguard rights approve|deny|extend|revoke|assign|verify|proof|lift|specify`: what members of staff decide."""

from __future__ import annotations

from typing import IO, cast

import click
from msgspec import DecodeError

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.requested import as_json, by_whom, show_request
from consentguard.records import Denial, Identity
from consentguard.rights.deciding import DENIALS
from consentguard.rights.details import read
from consentguard.rights.identity import SEEN


@click.command("approve")
@click.argument("request", metavar="ID")
@click.argument("digest", metavar="DIGEST")
@by_whom
@as_json
@of_a_place
@click.pass_context
def approve(
    context: click.Context, request: str, digest: str, by: str, as_json: bool, site: str, database: str
) -> None:
    """Approve what the request ID would do, by the DIGEST that `plan` shows: another plan is not approved with it."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.approve(request, digest, by), as_json)


@click.command("deny")
@click.argument("request", metavar="ID")
@click.option("--reason", required=True, type=click.Choice(DENIALS), help="As the Data Rights Protocol has it.")
@click.option("--text", default="", help="What its sender is told beside that.")
@by_whom
@as_json
@of_a_place
@click.pass_context
def deny(
    context: click.Context, request: str, reason: str, text: str, by: str, as_json: bool, site: str, database: str
) -> None:
    """Refuse the request ID, and tell its sender why and where to complain."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.deny(request, cast(Denial, reason), by, text), as_json)


@click.command("extend")
@click.argument("request", metavar="ID")
@click.option("--reason", required=True, help="Why it takes longer: its sender is told.")
@by_whom
@as_json
@of_a_place
@click.pass_context
def extend(context: click.Context, request: str, reason: str, by: str, as_json: bool, site: str, database: str) -> None:
    """Put off the last day to answer the request ID, as far as the laws let it: once, and within their first period."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.extend(request, reason, by), as_json)


@click.command("revoke")
@click.argument("request", metavar="ID")
@by_whom
@as_json
@of_a_place
@click.pass_context
def revoke(context: click.Context, request: str, by: str, as_json: bool, site: str, database: str) -> None:
    """End the request ID, which its sender took back."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.revoke(request, by), as_json)


@click.command("assign")
@click.argument("request", metavar="ID")
@click.argument("to", metavar="NAME")
@as_json
@of_a_place
@click.pass_context
def assign(context: click.Context, request: str, to: str, as_json: bool, site: str, database: str) -> None:
    """Let NAME look after the request ID; an empty one ends that."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.assign(request, to), as_json)


@click.command("verify")
@click.argument("request", metavar="ID")
@click.option("--as", "identity", required=True, type=click.Choice(SEEN), help="What the proof shows them to be.")
@by_whom
@as_json
@of_a_place
@click.pass_context
def verify(
    context: click.Context, request: str, identity: str, by: str, as_json: bool, site: str, database: str
) -> None:
    """Say that somebody saw a proof of who sent the request ID, or that they may speak for another."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.verify(request, cast(Identity, identity), by), as_json)


@click.command("proof")
@click.argument("request", metavar="ID")
@by_whom
@as_json
@of_a_place
@click.pass_context
def proof(context: click.Context, request: str, by: str, as_json: bool, site: str, database: str) -> None:
    """Ask the sender of the request ID for a proof: the clock stands still until `verify`, where the laws let it."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.ask_proof(request, by), as_json)


@click.command("lift")
@click.argument("request", metavar="ID")
@by_whom
@as_json
@of_a_place
@click.pass_context
def lift(context: click.Context, request: str, by: str, as_json: bool, site: str, database: str) -> None:
    """Lift the restriction that the request ID obtained, after its sender was told."""
    guard = guard_of(context, site, database)
    show_request(guard, guard.rights.lift(request, by), as_json)


@click.command("specify")
@click.argument("request", metavar="ID")
@click.argument("source", metavar="FILE", type=click.File("rb"), default="-")
@by_whom
@as_json
@of_a_place
@click.pass_context
def specify(
    context: click.Context, request: str, source: IO[bytes], by: str, as_json: bool, site: str, database: str
) -> None:
    """Enter what the request ID asks for, from JSON in FILE or standard input: a command line would keep it.

    Such as {"corrections": {"shop.Customer.name": "Anna"}}, or {"purposes": ["analytics"]}, or {"categories":
    ["orders"], "until": "2027-01-31"}.
    """
    guard = guard_of(context, site, database)
    try:
        asked = read(source.read())
    except DecodeError as error:
        raise click.BadParameter("it is no JSON of what can be asked for") from error
    show_request(guard, guard.rights.specify(request, asked, by), as_json)


DECISIONS: tuple[click.Command, ...] = (approve, deny, extend, revoke, assign, verify, proof, lift, specify)
