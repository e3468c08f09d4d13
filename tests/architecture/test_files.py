"""The shape of our source files: each says in one line what it is for, and none grows out of sight."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("consentguard", "consentguard_django", "consentguard_flask")
MOST_LINES = 300


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed"
    return Path(str(spec.origin)).parent


def _sources() -> list[Path]:
    files = (file for package in PACKAGES for file in sorted(_folder(package).rglob("*.py")))
    return [file for file in files if "migrations" not in file.parts]


@pytest.mark.parametrize("source", _sources(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_opens_with_one_line_that_says_what_it_is_for(source: Path) -> None:
    """The first line of every module docstring is a sentence that stands alone."""
    docstring = ast.get_docstring(ast.parse(source.read_text("utf-8")))
    assert docstring, f"{source} has no module docstring"
    first, _, rest = docstring.partition("\n")
    assert first.endswith((".", ":")), f"{source}: the first line is no sentence: {first!r}"
    assert not rest or rest.startswith("\n"), f"{source}: the first line runs on into the second"


@pytest.mark.parametrize("source", _sources(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_stays_readable(source: Path) -> None:
    """A room that outgrows 300 lines becomes a folder of the same name."""
    assert len(source.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    """PEP 561: type checkers read our annotations only beside a py.typed."""
    assert (_folder(package) / "py.typed").is_file()
