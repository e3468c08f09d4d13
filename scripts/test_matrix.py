"""Runs tox over the whole matrix, after naming the interpreters this machine lacks and how to get them."""

import os
import subprocess
import sys
from pathlib import Path

from scripts import contract_matrix

VERSIONS = ("3.11", "3.12", "3.13")
BIN = Path(sys.executable).parent
IN_PARALLEL = "2"


def is_here(version: str) -> bool:
    """Whether uv, and so tox, finds this Python without downloading it."""
    find: list[str | Path] = [
        BIN / "uv",
        "python",
        "find",
        "--no-python-downloads",
        "--no-project",
        "--system",
        version,
    ]
    return subprocess.run(find, capture_output=True, check=False).returncode == 0


def how_to_get(version: str) -> str:
    """One line for a reader whose machine lacks this Python."""
    return (
        f"Python {version} is not here, so its environments are skipped. To get it: "
        f".venv/bin/uv python install {version}, or with pyenv: pyenv install {version} and name it in PYENV_VERSION."
    )


def main() -> int:
    """Prints which contract runs where and what interpreter is missing, then runs tox; returns the exit status."""
    contract_matrix.main()
    missing = [version for version in VERSIONS if not is_here(version)]
    for version in missing:
        print(how_to_get(version), flush=True)
    no_skips = os.environ.get("CONSENTGUARD_NO_SKIPS") == "1"
    if missing and no_skips:
        return 1
    skip_missing = "false" if no_skips else "true"
    matrix = ["--parallel", IN_PARALLEL, "--parallel-no-spinner", "--skip-missing-interpreters", skip_missing]
    return subprocess.run([BIN / "tox", "run-parallel", *matrix], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
