"""Runs tests against the wheel that the source distribution gives, where no source of ours can be imported."""

import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READ_FILES = ("test_cli_*.py", "test_law.py", "test_publish_*.py", "test_web_*.py")
"""The tests of the core that read what lies in the wheel beside code: templates, catalogs, style sheets, tables of law.
The rest has met the wheel where the core is tested."""
COPIED = ("tests", "example_projects", "docs", "README.md", "pyproject.toml")


def missing_from_the_wheel() -> list[str]:
    """Files of src, byte code aside, that the installed distribution does not list.

    Returns:
        Paths relative to src, sorted; empty when all of them are in the wheel.
    """
    wanted = {file.relative_to(ROOT / "src").as_posix() for file in (ROOT / "src").rglob("*") if file.is_file()}
    wheel = {file.as_posix() for file in distribution("consentguard").files or ()}
    return sorted(path for path in wanted - wheel if "__pycache__" not in path)


def copy_without_source(outside: Path) -> None:
    """Fills `outside` afresh with what the tests read, and nothing of src."""
    shutil.rmtree(outside, ignore_errors=True)
    outside.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, outside / name, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
        elif source.is_file():
            shutil.copy(source, outside)


def main(outside: Path, pytest_arguments: list[str]) -> int:
    """Compares the wheel with src, then runs pytest outside; returns the exit status."""
    if missing := missing_from_the_wheel():
        sys.exit("In src but not in the wheel:\n  " + "\n  ".join(missing))
    copy_without_source(outside)
    core = sorted(str(file) for pattern in READ_FILES for file in (outside / "tests" / "core").glob(pattern))
    tests = [*core, "tests/architecture", "tests/foreign"]
    command = [sys.executable, "-m", "pytest", *tests, *pytest_arguments]
    return subprocess.run(command, cwd=outside, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
