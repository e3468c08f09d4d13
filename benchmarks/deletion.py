"""Benchmarks of deletion: runs against raw statements, their memory, a writer beside them, and plans of many tables."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import Pair, Target, benchmark, child, interleave

ROWS = 100_000
RAW = "DELETE of 1,000 rows and a commit, by sqlite3"


def _deleting(kind: str, whose: str, figure: int) -> Callable[[], float]:
    """A measurement of one deletion in a fresh process: milliseconds, or the MiB by which it grew."""

    def measure() -> float:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "site.sqlite3")
            printed = child(["-m", "benchmarks.deletion_process", kind, path, str(ROWS), whose])
            return next(itertools.islice(printed, figure, None))

    return measure


def _pair(kind: str, figure: int) -> Pair:
    return interleave(_deleting(kind, "ours", figure), _deleting(kind, "raw", figure), rounds=5)


for kind in ("django", "sqlalchemy"):
    time = benchmark(f"deletion.run.{kind}", unit="ms for 100,000 rows", against=RAW, target=Target(ratio=2.5))
    time(partial(_pair, kind, 0))
    growth = benchmark(f"deletion.memory.{kind}", unit="MiB of growth", against=RAW, target=Target(value=64))
    growth(partial(_pair, kind, 1))


def _purge(figure: int) -> Pair:
    """A million rows, of which 800,000 go while another process writes; the baseline rests nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        figures = list(child(["-m", "benchmarks.purge_process", folder]))
    ours, baseline = figures[:3], figures[3:]
    return Pair(ours[figure], baseline[figure])


for name, figure, unit, most in (
    ("purge.time", 0, "s for 800,000 rows", 6.0),
    ("purge.p99", 1, "ms a write waits, 99 of 100", 10.0),
    ("purge.worst", 2, "ms a write waits at worst", 50.0),
):
    against = "DELETE of 1,000 rows and a commit without a rest, by sqlite3"
    benchmark(f"deletion.{name}", unit=unit, against=against, target=Target(value=most))(partial(_purge, figure))


@benchmark("deletion.plan", unit="ms", against="counting each table's rows alone", target=Target(value=1_000))
def plan() -> Pair:
    """The plan that erases somebody in 200 tables of 20 columns, with the count of each step."""
    return Pair(*child(["-m", "benchmarks.plan_process"]))
