"""Runs the tests that meet a framework most, with its newest version: start-up, pages, admin, queries, migrations."""

import subprocess
import sys
from pathlib import Path

DJANGO = (
    "account", "admin*", "checks", "cookies", "doors", "emptied", "forms", "middleware", "migrations", "missing_tables",
    "pages*", "purposes*", "rights", "startup", "streaming", "tasks", "unified_inbox_site",
)  # fmt: skip


def main(pytest_arguments: list[str]) -> int:
    """Runs pytest; returns the exit status."""
    files = sorted(str(file) for name in DJANGO for file in Path("tests/django").glob(f"test_{name}.py"))
    command = [sys.executable, "-m", "pytest", "-m", "not postgres and not mariadb", *files, *pytest_arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
