"""Benchmarks of rights: how many SQL statements the form of a request takes, counted on the wire to PostgreSQL."""

from __future__ import annotations

from functools import partial

from benchmarks.databases import POSTGRES, database
from benchmarks.harness import Pair, Target, benchmark, child


def _post(framework: str, *, every: bool) -> Pair:
    """Ours is what is held to the target: the statements alone, or `every` one with BEGIN, COMMIT and SAVEPOINT."""
    with database() as url:
        alone, all_of_them = child(["-m", "benchmarks.rights_process", framework, url, "request"])
    return Pair(all_of_them, alone) if every else Pair(alone, all_of_them)


for framework in ("django", "flask"):
    for name, every, against in (
        ("post", False, "BEGIN, COMMIT and SAVEPOINT counted too"),
        ("post_with_transactions", True, "BEGIN, COMMIT and SAVEPOINT not counted"),
    ):
        figure = benchmark(
            f"rights.{name}.{framework}", unit="statements", against=against, target=Target(value=6), needs=POSTGRES
        )
        figure(partial(_post, framework, every=every))
