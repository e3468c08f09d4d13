"""Benchmarks of erasure against django-gdpr-assist as it is shipped, by the row."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import ROOT, NotMeasuredError, Pair, Target, benchmark, child, interleave

PYTHON = "CONSENTGUARD_BENCH_GDPR_ASSIST"
"""The variable that names the Python of an environment with the peer and a version of Django that it runs on."""
PEER = "django-gdpr-assist 1.4.2"
ROWS, PEERS_ROWS = 100_000, 500
"""It takes longer for each row the more there are, so that fewer flatter it."""
FASTER = 300


def _ours(action: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "site.sqlite3")
        return next(child(["-m", "benchmarks.deletion_process", "django", path, str(ROWS), action])) / ROWS


def _peers(how: str) -> float:
    script = str(ROOT / "benchmarks" / "peers_erasure_process.py")
    with tempfile.TemporaryDirectory() as folder:
        command = [os.environ[PYTHON], script, how, folder, str(PEERS_ROWS)]
        return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _measured(action: str, how: str) -> Pair:
    found = subprocess.run(
        [os.environ[PYTHON], "-c", "from importlib.metadata import version; print(version('django-gdpr-assist'))"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if found != PEER.split()[1]:
        raise NotMeasuredError(f"the Python of {PYTHON} has no {PEER}")
    ours: Callable[[], float] = partial(_ours, action)
    return interleave(ours, partial(_peers, how), rounds=3)


for name, action, how in (("delete", "ours", "delete"), ("anonymise", "clear", "anonymise")):
    against = f"{PEER}, queryset.{how}() of {PEERS_ROWS} rows"
    target = Target(ratio=round(1 / FASTER, 5))
    benchmark(f"deletion.peer.gdpr_assist.{name}", unit="ms a row", against=against, target=target, needs=PYTHON)(
        partial(_measured, action, how)
    )
