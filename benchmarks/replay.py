"""Benchmarks of what follows a restored backup: how long it takes to erase again whom the ledger knows of."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from benchmarks.harness import Pair, Target, benchmark, child

ENTRIES = 10_000


@benchmark("replay.10k", unit="ms", against="the replay of a tenth of the entries", target=Target(value=5_000))
def replay_10k() -> Pair:
    """Ten thousand entries on as many rows with a note each, half of which are somebody else's by now."""
    return Pair(_replayed(ENTRIES), _replayed(ENTRIES // 10))


def _replayed(entries: int) -> float:
    with TemporaryDirectory() as folder:
        [milliseconds] = child(["-m", "benchmarks.replay_process", folder, str(entries)])
    return milliseconds
