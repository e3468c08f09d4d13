"""How a benchmark is declared, paired, measured and written down."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Pair:
    """What was measured: ours, and what it is held against, in the benchmark's unit (smaller is better)."""

    ours: float
    baseline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """At most this `ratio` of the baseline, or this `value` in the benchmark's unit; neither: a figure to know."""

    ratio: float | None = None
    value: float | None = None

    def met(self, pair: Pair) -> bool | None:
        """Whether the measurement keeps the target; None where there is none."""
        if self.ratio is not None:
            return pair.ours <= self.ratio * pair.baseline
        return None if self.value is None else pair.ours <= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One named benchmark: `against` names its baseline or peer, with the version where it is a package.

    `needs` is the environment variable without which it cannot be measured, if any.
    """

    name: str
    unit: str
    against: Callable[[], str]
    target: Target
    needs: str
    measure: Callable[[], Pair]


class NotMeasuredError(Exception):
    """This machine lacks what a benchmark needs; the message says what."""


REGISTRY: dict[str, Benchmark] = {}


def benchmark(
    name: str, *, unit: str, against: str | Callable[[], str], target: Target, needs: str = ""
) -> Callable[[Callable[[], Pair]], Callable[[], Pair]]:
    """Register a function that measures one pair, under a name such as `core.import`."""

    def add(measure: Callable[[], Pair]) -> Callable[[], Pair]:
        names = against if callable(against) else lambda: against
        REGISTRY[name] = Benchmark(name=name, unit=unit, against=names, target=target, needs=needs, measure=measure)
        return measure

    return add


def run(entry: Benchmark) -> dict[str, object]:
    """Measure one benchmark and give its entry of `results.json`."""
    pair = entry.measure()
    return {
        "name": entry.name,
        "unit": entry.unit,
        "ours": round(pair.ours, 4),
        "baseline": round(pair.baseline, 4),
        "against": entry.against(),
        "ratio": round(pair.ours / pair.baseline, 3) if pair.baseline else None,
        "target": {key: value for key, value in asdict(entry.target).items() if value is not None},
        "met": entry.target.met(pair),
        "machine": machine(),
    }


def machine() -> str:
    """The machine in a few words: no host name, nothing that names a person."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def interleave(ours: Callable[[], float], baseline: Callable[[], float], rounds: int) -> Pair:
    """Measure both by turns, so that a change of the machine's pace meets both; the medians count."""
    ours(), baseline()  # warm: caches of the disk, compiled modules and templates
    pairs = [(ours(), baseline()) for _ in range(rounds)]
    return Pair(statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs))


def timed(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """A measurement in milliseconds per call of `work`, over `times` calls without garbage collection."""

    def measure() -> float:
        gc.collect()
        gc.disable()
        try:
            start = time.perf_counter()
            for _ in range(times):
                work()
            return (time.perf_counter() - start) * 1000 / times
        finally:
            gc.enable()

    return measure


def child(arguments: Sequence[str]) -> Iterator[float]:
    """Run a fresh Python with `arguments`, its modules compiled as on any site; it prints its figures, one a line."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    out = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment | {"PYTHONPYCACHEPREFIX": _compiled().name},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return map(float, out.stdout.split())


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Where this run's children keep compiled modules: the first of them fills it, and it goes with the run."""
    return tempfile.TemporaryDirectory(prefix="benchmarks-")
