"""The commands that need a policy's file alone: lint, schema and diff."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import COMMANDS, group
from consentguard.manifest.json_schema import json_schema

COMPLETE = Path(__file__).parent / "data" / "complete.toml"
POLICIES = Path(__file__).parents[2] / "example_projects" / "policies"
LIFTED = COMPLETE.read_text("utf-8").replace("threshold = 18", "threshold = 13")


def run(*arguments: str | Path) -> Result:
    """What a command prints, and its exit code; an exception is a failure of the test."""
    return CliRunner().invoke(group, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A manifest with two mistakes."""
    path = tmp_path / "privacy.toml"
    path.write_text("manifest = 1\n[backups]\nkeep = '30 days'\n[ages]\n", "utf-8")
    return path


@pytest.fixture
def lifted(tmp_path: Path) -> Path:
    """The complete manifest with a weaker age protection."""
    path = tmp_path / "lifted.toml"
    path.write_text(LIFTED, "utf-8")
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    """The list is written apart, so that it imports no command; the two must not drift."""
    about = run(name, "--help").stdout
    assert COMMANDS[name].rstrip(".") in " ".join(about.split())


def test_schema_prints_the_json_schema() -> None:
    """What an editor reads is JSON."""
    result = run("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json_schema()


def test_lint_prints_every_mistake_of_a_manifest(broken: Path) -> None:
    """Each with file, line, id, place, message and hint; the exit code says that the input is bad."""
    result = run("lint", broken)
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{broken}:3: error M-VALUE backups.keep: expected an ISO 8601 duration")
    assert lines[1] == "    did you mean `P30D`?"
    assert lines[2] == f"{broken}:4: error M-UNKNOWN-KEY ages: there is no such key"


def test_lint_prints_mistakes_for_machines(broken: Path) -> None:
    """With --json the same findings are one list."""
    result = run("lint", broken, "--json")
    assert result.exit_code == 2
    assert [(finding["id"], finding["line"]) for finding in json.loads(result.stdout)] == [
        ("M-VALUE", 3),
        ("M-UNKNOWN-KEY", 4),
    ]


def test_lint_of_a_missing_file_is_one_message(tmp_path: Path) -> None:
    """A path that leads nowhere is bad input, not a traceback."""
    result = run("lint", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "M-FILE-MISSING" in result.stdout


def test_lint_reports_weak_places_with_their_lines() -> None:
    """An error that is left makes the exit code 1, and each finding points into the file."""
    path = POLICIES / "u2.toml"
    result = run("lint", path, "--json")
    assert result.exit_code == 1
    findings = json.loads(result.stdout)
    assert any(finding["severity"] == "error" for finding in findings)
    assert all(finding["id"].startswith("L-") for finding in findings)
    printed = run("lint", path)
    assert printed.exit_code == 1
    assert f"{path}:" in printed.stdout


def test_diff_says_what_is_material(lifted: Path) -> None:
    """A change is printed with its place, both values and its reason; a material one makes the exit code 1."""
    result = run("diff", COMPLETE, lifted)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["~ age.threshold: 18 -> 13", "    material: younger people may be let in"]


def test_diff_prints_changes_for_machines(lifted: Path) -> None:
    """With --json the changes are one list."""
    result = run("diff", lifted, COMPLETE, "--json")
    assert result.exit_code == 0
    (change,) = json.loads(result.stdout)
    assert (change["where"], change["before"], change["after"], change["material"]) == ("age.threshold", 13, 18, False)


def test_diff_of_alike_manifests_says_so() -> None:
    """No change is said in words."""
    result = run("diff", COMPLETE, COMPLETE)
    assert (result.exit_code, result.stdout) == (0, "No changes.\n")


def test_diff_of_a_broken_manifest_is_told(broken: Path) -> None:
    """Every mistake is printed, and the exit code says that the input is bad."""
    result = run("diff", COMPLETE, broken)
    assert result.exit_code == 2
    assert "M-VALUE backups.keep" in result.output
    assert "M-UNKNOWN-KEY ages" in result.output
