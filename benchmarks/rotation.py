"""Benchmarks of rotation: rows brought under a new key in bulk, against the loop of save() that peers tell to write."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path

from benchmarks.harness import Pair, Target, benchmark, child

PEER = "django-fernet-encrypted-fields"
TIMES = 15
"""How many times as many rows a second as the loop."""
SERVERS = {"postgres": "CONSENTGUARD_TEST_POSTGRES", "mariadb": "CONSENTGUARD_TEST_MARIADB", "memory": "", "file": ""}


def _loop() -> str:
    return f"save() of each row, {PEER} {version(PEER)}"


def _rotate(server: str, needs: str) -> Pair:
    with tempfile.TemporaryDirectory() as folder:
        where = os.environ[needs] if needs else str(Path(folder) / "site.sqlite3") if server == "file" else ""
        return Pair(*child(["-m", "benchmarks.rotation_rows", where]))


for server, needs in SERVERS.items():
    benchmark(
        f"rotation.{server}",
        unit="µs a row of five columns",
        against=_loop,
        target=Target(ratio=1 / TIMES) if server == "file" else Target(),
        needs=needs,
    )(partial(_rotate, server, needs))
