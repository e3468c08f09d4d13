"""Benchmarks of decisions: how many SQL statements one takes with its proof, counted on the wire to PostgreSQL."""

from __future__ import annotations

from functools import partial

from benchmarks.databases import POSTGRES, database
from benchmarks.harness import Pair, Target, benchmark, child


def _post(framework: str) -> Pair:
    """Ours is every statement, with BEGIN and COMMIT; the baseline is those alone that hold something."""
    with database() as url:
        alone, all_of_them = child(["-m", "benchmarks.rights_process", framework, url, "decision"])
    return Pair(all_of_them, alone)


for framework in ("django", "flask"):
    figure = benchmark(
        f"decision.post.{framework}",
        unit="statements",
        against="BEGIN and COMMIT not counted",
        target=Target(value=3),
        needs=POSTGRES,
    )
    figure(partial(_post, framework))
