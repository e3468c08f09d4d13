"""`consentguard schedule`: shows what has to be run again and again, how to have it run, and what was missed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from consentguard.cli.host import guard_of
from consentguard.cli.place import of_a_place
from consentguard.cli.report import FOUND, print_json, print_lines
from consentguard.findings import Finding
from consentguard.jobs import DAY
from consentguard.records import Place
from consentguard.schedules import Schedules, Watched

TASKS = {"events": 300.0, "seal": 300.0, "rights": 600.0, "errands": 600.0, "retention": 600.0}
"""How often, in seconds, Celery beat sends which task; each does what is due."""
_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group("schedule", invoke_without_command=True)
@click.option("--cron", "form", flag_value="cron", help="Print lines for a crontab.")
@click.option("--celery", "form", flag_value="celery", help="Print what Celery beat sends.")
@click.option("--django", "form", flag_value="django", help="Print how Django's tasks are sent.")
@_json
@of_a_place
@click.pass_context
def command(context: click.Context, form: str | None, as_json: bool, site: str, database: str) -> None:
    """Show the jobs, how often each runs and when it last did, or how to have them run."""
    if context.invoked_subcommand:
        return
    place = Place(site, database)
    if form:
        click.echo({"cron": _cron, "celery": _celery, "django": _django}[form](place))
        return
    found = Schedules(guard_of(context, site, database)).watched()
    if as_json:
        click.echo(json.dumps([_facts(each) for each in found], indent=2))
    else:
        print_lines(map(_line, found))


@command.command("check")
@_json
@of_a_place
@click.pass_context
def check(context: click.Context, as_json: bool, site: str, database: str) -> None:
    """Report each job that has not run for twice its rhythm. Exits with 1 where there is one.

    Also where the ledger knows of erasures that the database does not: an older copy of it was put back.
    """
    found: Sequence[Finding] = tuple(Schedules(guard_of(context, site, database)).findings())
    if as_json:
        print_json(found)
    else:
        print_lines(Text(f"{each.message}; {each.hint}") for each in found)
    context.exit(FOUND if found else 0)


def _facts(each: Watched) -> dict[str, object]:
    return {
        "job": each.job.name,
        "every_seconds": int(each.job.every.total_seconds()),
        "last_run": each.last.isoformat() if each.last else None,
        "due": each.due,
        "missed": each.missed,
    }


def _line(each: Watched) -> Text:
    job = each.job
    rhythm = f"daily at {job.hour:02}:00 UTC" if job.every == DAY else f"every {job.every.seconds // 60} minutes"
    last = f"last run {each.last:%Y-%m-%d %H:%M} UTC" if each.last else "never run"
    missed = (" missed", "bold red") if each.missed else ""
    return Text.assemble((f"{job.name:<11}", "bold"), f"{rhythm:<20}{last:<30}{job.what}", missed)


def _options(place: Place) -> str:
    """What a command is told of a place that is not the first one."""
    named = {"--site": place.site, "--database": place.database}
    return "".join(f" {option} {name}" for option, name in named.items() if name != "default")


def _cron(place: Place) -> str:
    here = f"cd {Path.cwd()} && consentguard"
    lines = (f"*/5 * * * *  {here} run-due", f"0 9 * * *    {here} schedule check")
    return "\n".join(line + _options(place) for line in lines)


def _celery(place: Place) -> str:
    kwargs = {"site": place.site, "database": place.database}
    entries = (
        f'    "consentguard.{name}": {{"task": "consentguard.{name}", "schedule": {seconds}, '
        f'"kwargs": {json.dumps(kwargs)}}},'
        for name, seconds in TASKS.items()
    )
    return "\n".join(("app.conf.beat_schedule |= {", *entries, "}"))


def _django(place: Place) -> str:
    call = f'run_due.enqueue(site="{place.site}", database="{place.database}")'
    return f"from consentguard_django.tasks import run_due\n\n{call}  # every five minutes"
