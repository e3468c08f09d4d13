"""Benchmarks of copies: a hundred thousand rows of one person, and a million, as they are sent."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Pair, Target, benchmark, child

ROWS = 100_000
MANY = 1_000_000


def _time(framework: str) -> Pair:
    ours, by_hand = child(["-m", "benchmarks.exports_process", framework, "time", str(ROWS)])
    return Pair(ours, by_hand)


def _memory(framework: str) -> Pair:
    (few,) = child(["-m", "benchmarks.exports_process", framework, "memory", str(ROWS)])
    (many,) = child(["-m", "benchmarks.exports_process", framework, "memory", str(MANY)])
    return Pair(many, few)


for framework in ("django", "sqlalchemy"):
    benchmark(
        f"exports.time.{framework}",
        unit="s for 100k rows",
        against="JSON Lines alone, written into a zip by hand",
        target=Target(value=1.5),
    )(partial(_time, framework))
    benchmark(
        f"exports.memory.{framework}",
        unit="MiB of growth at 1M rows",
        against="100k rows",
        target=Target(value=64),
    )(partial(_memory, framework))
