"""The `init` command: writes both files or none, and never over what is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.datamap.schema import Column, Table
from consentguard.host import Survey
from consentguard.manifest.load import load
from tests.web_policy import BareHost

PERSON = Table(
    label="shop.Person",
    db_table="person",
    columns=(
        Column(name="email", type="email"),
        Column(name="password", type="text"),
        Column(name="note", type="text"),
    ),
)


@dataclass(frozen=True)
class ShopHost(BareHost):
    """A site with one table of people."""

    def tables(self) -> tuple[Table, ...]:
        return (PERSON,)

    def survey(self) -> Survey:
        return Survey(
            root=self.folder,
            registrations=self.folder / "privacy_map.py",
            load_registrations="Import privacy_map.",
        )


def init(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["init", *arguments], obj=ShopHost(folder))


def test_it_writes_both_files_and_says_what_to_do_next(tmp_path: Path) -> None:
    """A policy that loads, a module that compiles, and the way on."""
    done = init(tmp_path)
    assert done.exit_code == 0, done.output
    assert list(load(tmp_path / "privacy.toml").manifest.categories) == ["contact", "credential"]
    compile((tmp_path / "privacy_map.py").read_text("utf-8"), "privacy_map.py", "exec")
    assert "2 of 3 columns guessed" in done.output.replace("\n", " ")
    assert "Import privacy_map." in done.output


def test_a_path_is_printed_as_it_is(tmp_path: Path) -> None:
    """On one line and with its brackets, so that it can be copied."""
    folder = tmp_path / "a [bold] folder with a name that is longer than a line of most terminals"
    folder.mkdir()
    assert f"Wrote {folder / 'privacy.toml'} and " in init(folder).output


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """Both texts are printed, and the folder stays empty."""
    done = init(tmp_path, "--dry-run")
    assert "manifest = 1" in done.output
    assert "register(" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("standing", ["privacy.toml", "privacy_map.py"])
def test_what_is_there_stays_as_it_is(tmp_path: Path, standing: str) -> None:
    """One file that exists stops both: the message names it, and the other is not left behind."""
    (tmp_path / standing).write_text("mine", "utf-8")
    done = init(tmp_path)
    assert done.exit_code == 2
    assert standing in done.output
    assert [path.name for path in tmp_path.iterdir()] == [standing]
    assert (tmp_path / standing).read_text("utf-8") == "mine"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A message and a hint instead of a traceback."""
    done = init(tmp_path / "gone")
    assert done.exit_code == 2
    assert "check its folder" in done.output
