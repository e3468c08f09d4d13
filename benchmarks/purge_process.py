"""Deletes 800,000 of a million rows while another process writes every three milliseconds, ours and without a rest.

Argument: a folder. Prints for each of the two the seconds, and how many milliseconds 99 of 100 writes waited, and the
longest.
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import deletion_process as deletion

ROWS, GOING = 1_000_000, 800_000
EVERY = 0.003


def write(path: str, stop: str) -> None:
    """Write a row again and again until a file is there; print what 99 of 100 writes and the longest waited."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    connection.execute("PRAGMA synchronous = NORMAL")
    waits = []
    while not Path(stop).exists():
        began = time.perf_counter()
        connection.execute("INSERT INTO bench_other (text) VALUES ('a write')")
        waits.append((time.perf_counter() - began) * 1000)
        time.sleep(EVERY)
    print(statistics.quantiles(waits, n=100)[98], max(waits))


def _beside(path: str, stop: Path, work: Callable[[], object]) -> tuple[float, ...]:
    """The seconds of a work, and how long the writes beside it waited."""
    arguments = [sys.executable, "-m", "benchmarks.purge_process", "write", path, str(stop)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
        time.sleep(0.5)  # until it writes
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        stop.touch()
        printed, _ = writer.communicate()
    return (seconds, *map(float, printed.split()))


def _ready(path: str) -> None:
    """Journal in a file of its own, a table for the other process, and a fifth of the rows too young to go."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE bench_other (id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute("UPDATE bench_note SET written = '2027-01-01 00:00:00' WHERE id % 5 = 0")
    connection.close()


def main(folder: str) -> None:
    """Print the six figures, a line each."""
    ours, raw, stop = str(Path(folder) / "ours.db"), str(Path(folder) / "raw.db"), Path(folder) / "stop"
    work = deletion.ours("django", ours, ROWS, GOING, rests=True)
    _ready(ours)
    figures = _beside(ours, stop, work)
    plain = deletion.plain(raw, ROWS)
    _ready(raw)
    stop.unlink()
    for figure in (*figures, *_beside(raw, stop, plain)):
        print(figure)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
