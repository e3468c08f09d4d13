"""How commands show a request of a data subject: its facts and its clock, and never an address."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TypeVar

import click
from rich.text import Text

from consentguard.cli.report import print_lines
from consentguard.guard import Guard
from consentguard.records import RightsRequest
from consentguard.rights import COPIES, Done, drp

Command = TypeVar("Command", bound=Callable[..., object])


def as_json(command: Command) -> Command:
    """The option that asks for JSON."""
    option = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
    return option(command)


def by_whom(command: Command) -> Command:
    """The option that names the member of staff who acts."""
    option = click.option("--by", required=True, metavar="NAME", help="Who decides this.")
    return option(command)


def facts_of(guard: Guard, request: RightsRequest) -> dict[str, object]:
    """What a command says of a request."""
    status, reason = drp(request)
    return {
        "id": request.id,
        "right": request.right,
        "state": request.state,
        "drp": {"status": status, "reason": reason},
        "channel": request.channel,
        "identity": request.identity,
        "received_at": request.received_at.isoformat(),
        "confirmed_at": request.confirmed_at.isoformat() if request.confirmed_at else None,
        "closed_at": request.closed_at.isoformat() if request.closed_at else None,
        "paused_at": request.paused_at.isoformat() if request.paused_at else None,
        "due_on": request.due_on.isoformat(),
        "extended_on": request.extended_on.isoformat() if request.extended_on else None,
        "overdue": is_overdue(guard, request),
        "language": request.language,
        "jurisdiction": request.jurisdiction,
        "owes": request.owes,
        "plan": request.plan,
        "approved_by": json.loads(request.approved_by),
        "assigned": request.assigned,
        "denial": request.denial,
        "twin": guard.rights.means.details(request).twin,
        "outcome": json.loads(request.outcome or "null"),
    }


def is_overdue(guard: Guard, request: RightsRequest) -> bool:
    """Whether the last day to answer is over, or a receipt was to be confirmed by now."""
    return guard.rights.is_overdue(request)


def show_request(guard: Guard, request: RightsRequest, as_json: bool) -> None:
    """Print what is known of a request."""
    facts = facts_of(guard, request)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        shown = {name: value for name, value in facts.items() if value and name != "drp"}
        print_lines(Text.assemble((f"{name}: ", "bold"), str(value)) for name, value in shown.items())


def line_of(guard: Guard, request: RightsRequest) -> Text:
    """A request in one line."""
    late = (" overdue", "bold red") if is_overdue(guard, request) else ""
    owes = (f" owes its {request.owes}", "yellow") if request.owes else ""
    paused = (" paused", "yellow") if request.paused_at else ""
    due = f"due {request.due_on:%Y-%m-%d}"
    return Text.assemble(f"{request.id}  {request.right:<14}", f"{request.state:<10}", due, late, paused, owes)


def facts_of_done(guard: Guard, done: Done) -> dict[str, object]:
    """What came of carrying out a request."""
    plan = [asdict(step) | {"selection": None, "label": step.label} for step in done.plan.steps] if done.plan else None
    return facts_of(guard, done.request) | {"people": done.outcome.people, "plan": plan, "lines": list(done.lines)}


def told(done: Done, dry_run: bool) -> Iterator[Text]:
    """What came of carrying out a request, or would, in lines."""
    request = done.request
    yield Text.assemble((f"{request.id} {request.right}", "bold"), f": {_what(done, dry_run)}")
    counts = [f"{what}: {rows}" for what, rows in done.outcome.counts().items() if what != "people"]
    yield from (Text(f"  {line}") for line in (done.lines or counts))
    if done.outcome.waiting and not dry_run:
        yield Text(f"  waits for {', '.join(done.outcome.waiting)}", "yellow")
    for label, until in done.outcome.later.items():
        yield Text(f"  {label} stays until {until}", "yellow")


def _what(done: Done, dry_run: bool) -> str:
    if done.request.right in COPIES:
        return f"{done.request.state}; its copy is made when it is downloaded"
    if not done.outcome.people:
        return f"nobody was found, {'dry run' if dry_run else done.request.state}"
    people = f"{done.outcome.people} found"
    return f"{people} (dry run)" if dry_run else f"{people}, {done.request.state}"
