"""Benchmarks of purposes: what a query pays for the hook, and what one in a purpose pays for who is left out."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Pair, Target, benchmark, child

AGAINST = {
    "free": "the same query where nothing of ours listens",
    "purpose": "the same query outside of any purpose, which finds the marked ones too",
}
MOST = {"free": 1.03, "purpose": 1.5}


def _measured(case: str, framework: str) -> Pair:
    ours, baseline = child(["-m", "benchmarks.purposes_process", case, framework])
    return Pair(ours, baseline)


for case, against in AGAINST.items():
    for framework in ("django", "sqlalchemy"):
        figure = benchmark(
            f"purposes.{case}.{framework}",
            unit="µs a query of 100 rows",
            against=against,
            target=Target(ratio=MOST[case]),
        )
        figure(partial(_measured, case, framework))
