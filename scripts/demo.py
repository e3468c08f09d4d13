"""Starts both example sites with sample data and shows the tour, or walks it alone with --check."""

import re
import shutil
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import click
import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from example_projects.tour import STOPS, Command, Stop
from example_projects.visitor import StopFailedError, Visitor
from scripts.sites import SITES, Site, SiteError, running

FOLDER = Path(__file__).resolve().parent.parent / ".demo"

console = Console(highlight=False)


def show_tour(stops: Sequence[Stop]) -> None:
    """Prints where the sites are and what to click."""
    for site in SITES:
        console.print(f"[bold]{site.name}[/] is at {site.url}")
    tour = Table("Site", "See", "How", title="A tour", title_justify="left")
    for stop in stops:
        tour.add_row(stop.site, stop.title, "\n".join([stop.how_to_click, *map(_typed, stop.commands)]))
    console.print(tour)


def walk_tour(stops: Sequence[Stop], folder: Path) -> int:
    """Walks each stop with a fresh visitor, prints ok or failed with the reason; returns how many failed.

    Both sites at once, and the stops of each in their order: the sites share nothing.
    """

    def walked(site: Site) -> int:
        return sum(not _walk(stop, site, folder) for stop in stops if stop.site == site.name)

    with ThreadPoolExecutor(len(SITES)) as walkers:
        return sum(walkers.map(walked, SITES))


def _walk(stop: Stop, site: Site, folder: Path) -> bool:
    try:
        with Visitor(site.url) as visitor:
            stop.walk(visitor)
        kept = ""
        for command in stop.commands:
            kept = _type(command, site, folder, kept)
    except (StopFailedError, SiteError, httpx.HTTPError) as error:
        console.print(f"[red]failed[/]  {stop.site}: {stop.title}: {escape(str(error))}")
        return False
    console.print(f"[green]ok[/]      {stop.site}: {stop.title}")
    return True


def _type(command: Command, site: Site, folder: Path, kept: str) -> str:
    """Runs a command, and gives what it says that later ones need: what an earlier one said, unless it says more."""
    words = [word.format(kept=kept) for word in command.words]
    printed = " ".join(site.run(folder, *words).split())
    if command.prints not in printed:
        raise StopFailedError(f"`{' '.join(words)}` did not print {command.prints!r}, but: {printed}")
    found = re.search(command.keeps, printed) if command.keeps else None
    return found[1] if found else kept


def _typed(command: Command) -> str:
    return f"run {' '.join(command.words)}"


@click.command()
@click.option("--check", is_flag=True, help="Walk the tour over HTTP, then stop; fails when a stop fails.")
def main(check: bool) -> None:
    """Both example sites, with sample data, on ports DJANGO_PORT and FLASK_PORT."""
    folder = FOLDER / "check" if check else FOLDER
    if check:
        shutil.rmtree(folder, ignore_errors=True)
    # SIGTERM ends the demo as Ctrl-C does: through the `with` below, which stops the servers
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as sites:
            for site in SITES:
                console.print(f"Setting up {site.name} …")
                sites.enter_context(running(site, folder))
            if check:
                sys.exit(walk_tour(STOPS, folder) > 0)
            show_tour(STOPS)
            console.print("Ctrl-C stops both.")
            signal.pause()
    except SiteError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        console.print("\nStopped.")
        sys.exit(check)  # a tour cut short has shown nothing


if __name__ == "__main__":
    main()
