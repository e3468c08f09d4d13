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


def _sources() -> list[pytest.ParameterSet]:
    return [
        pytest.param(file, id=str(file.relative_to(folder.parent)))
        for folder in map(_folder, PACKAGES)
        for file in sorted(folder.rglob("*.py"))
        if "migrations" not in file.parts
    ]


every_source = pytest.mark.parametrize("source", _sources())


@every_source
def test_a_file_opens_with_one_line_that_says_what_it_is_for(source: Path) -> None:
    """The first line of every module docstring is a sentence that stands alone."""
    docstring = ast.get_docstring(ast.parse(source.read_text("utf-8")))
    assert docstring, "no module docstring"
    first, _, rest = docstring.partition("\n")
    assert first.endswith((".", ":")), f"the first line is no sentence: {first!r}"
    assert not rest or rest.startswith("\n"), "the first line runs on into the second"


@every_source
def test_a_file_stays_readable(source: Path) -> None:
    """A room that outgrows 300 lines becomes a folder of the same name."""
    lines = len(source.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    """PEP 561: type checkers read our annotations only beside a py.typed."""
    assert (_folder(package) / "py.typed").is_file()
