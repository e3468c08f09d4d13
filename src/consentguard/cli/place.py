"""What commands on a database share: the options that say which one, and a bar that shows how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import Progress

from consentguard.records import SubjectRef

Command = TypeVar("Command", bound=Callable[..., object])


def of_a_database(command: Command) -> Command:
    """The option that says which database a command is about."""
    database = click.option("--database", default="default", show_default=True, help="The database alias or bind.")
    return database(command)


def of_a_site(command: Command) -> Command:
    """The option that says which site a command is about."""
    site = click.option("--site", default="default", help="The site, where the host has several; else the first.")
    return site(command)


def of_a_place(command: Command) -> Command:
    """The options that say which site and which database a command is about."""
    return of_a_site(of_a_database(command))


def subject_of(written: str) -> SubjectRef:
    """A data subject as a command is told of one. Raises click.BadParameter."""
    try:
        return SubjectRef.parse(written)
    except ValueError as error:
        raise click.BadParameter(f"{error}, such as user:12") from None


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal; what it gives is told how many more are done."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)
