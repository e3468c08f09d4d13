"""Runs the benchmarks (`make bench`): all, or those whose names begin as given, and writes results.json."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Column, Table

from benchmarks import (  # noqa: F401  (registers their benchmarks)
    banner,
    consent_requests,
    core,
    decisions,
    deletion,
    encrypted,
    evidence,
    exports,
    factors,
    files,
    indexes,
    peers_erasure,
    purposes,
    replay,
    requests,
    rights,
    rotation,
    workers,
)
from benchmarks.harness import REGISTRY, Benchmark, NotMeasuredError, run

RESULTS = Path(__file__).with_name("results.json")


def main(prefixes: list[str]) -> None:
    """Measure what is asked for; entries of other benchmarks in results.json stay as they are."""
    chosen = [entry for name, entry in REGISTRY.items() if not prefixes or name.startswith(tuple(prefixes))]
    if not chosen:
        sys.exit(f"no benchmark begins with {' or '.join(prefixes)}; there are {', '.join(REGISTRY)}")
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    entries = {entry["name"]: entry for entry in before if entry["name"] in REGISTRY}
    console = Console()
    for entry in (entry for entry in chosen if not _possible(entry)):
        console.print(f"{entry.name} is not measured: {entry.needs} is not set")
    measured = []
    for entry in track([entry for entry in chosen if _possible(entry)], "measuring", console=console, transient=True):
        try:
            entries[entry.name] = run(entry)
        except NotMeasuredError as error:
            console.print(f"{entry.name} is not measured: {error}")
        else:
            measured.append(entries[entry.name])
    RESULTS.write_text(json.dumps(sorted(entries.values(), key=lambda entry: entry["name"]), indent=2) + "\n")
    console.print(_table(measured))


def _possible(entry: Benchmark) -> bool:
    return not entry.needs or entry.needs in os.environ


def _table(entries: list[dict[str, object]]) -> Table:
    table = Table(Column("benchmark", no_wrap=True), "ours", "baseline", "ratio", "target", "", "against")
    for entry in entries:
        target = entry["target"]
        words = [f"{value}x" if key == "ratio" else f"{value} {entry['unit']}" for key, value in target.items()]  # type: ignore[attr-defined]
        met = {True: "[green]met", False: "[red]missed", None: ""}[entry["met"]]  # type: ignore[index]
        ratio = "" if entry["ratio"] is None else f"{entry['ratio']}x"
        figures = (f"{entry['ours']} {entry['unit']}", f"{entry['baseline']} {entry['unit']}", ratio)
        table.add_row(str(entry["name"]), *figures, " ".join(words), met, str(entry["against"]))
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
