"""Benchmarks of several workers: two Celery workers that share a run of retention, against one."""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec

from benchmarks.databases import POSTGRES, database
from benchmarks.harness import NotMeasuredError, Pair, Target, benchmark, child

REDIS = "CONSENTGUARD_TEST_REDIS"


@benchmark(
    "deletion.workers",
    unit="s for 200,000 rows",
    against="one Celery worker",
    target=Target(ratio=0.625),  # 1.6 times as fast
    needs=POSTGRES,
)
def workers() -> Pair:
    """Two workers against one, over Redis on PostgreSQL."""
    if REDIS not in os.environ:
        raise NotMeasuredError(f"{REDIS} is not set")
    if find_spec("celery") is None:
        raise NotMeasuredError("celery is not installed")
    with tempfile.TemporaryDirectory() as folder, database() as url:
        return Pair(*child(["-m", "benchmarks.workers_process", url, os.environ[REDIS], folder]))
