"""The commands about a policy, on a host that has several sites: each takes the one that `--site` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.findings import Finding
from consentguard.host import Survey
from consentguard.manifest.schema import Manifest

NO_PURPOSE = 'manifest = 1\n[categories.account]\nkind = "contact"\n'
FINE = 'manifest = 1\ncontroller = { name = "Bakery", contact = "privacy@bakery.example.com" }\n'


@dataclass
class Host:
    """A host of two sites in memory: the shop's policy is weak, the bakery's is not."""

    folder: Path

    def options(self) -> Mapping[str, object]:
        sites = {"shop": {"manifest": "shop.toml"}, "bakery": {"manifest": "bakery.toml"}}
        return {"sites": sites, "place": "tests.core.test_cli_sites.place", "coverage": "strict"}

    def root(self) -> Path:
        return self.folder

    def tables(self) -> tuple[Table, ...]:
        return ()

    def tags(self) -> Mapping[str, Tag]:
        return {}

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        return ()

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        return {}

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        return ()

    def mirroring_cookie(self) -> str:
        return ""

    def survey(self) -> Survey:
        return Survey(root=self.folder, registrations=self.folder / "tags.py", load_registrations="")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The two policies in a folder of their own, which is the working directory."""
    (tmp_path / "shop.toml").write_text(NO_PURPOSE, "utf-8")
    (tmp_path / "bakery.toml").write_text(FINE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return Host(tmp_path)


def run(host: Host, *arguments: str) -> Result:
    """Run a command on the host."""
    return CliRunner().invoke(group, arguments, obj=host, catch_exceptions=False)


@pytest.mark.parametrize("command", ["check", "lint", "publish"])
def test_without_a_name_the_first_site_is_meant(host: Host, command: str) -> None:
    """As everywhere where no place is given."""
    result = run(host, command)
    assert (result.exit_code, "shop.toml:2: error L-NO-PURPOSE" in result.output) == (1, True)


@pytest.mark.parametrize("command", ["check", "lint", "publish"])
def test_a_site_is_taken_by_its_name(host: Host, command: str) -> None:
    """The other site's weakness is nothing to it."""
    result = run(host, command, "--site", "bakery")
    assert "shop.toml" not in result.output
    assert "L-NO-PURPOSE" not in result.output


@pytest.mark.parametrize("command", ["check", "lint", "publish"])
def test_a_name_that_no_site_has_is_told_with_those_there_are(host: Host, command: str) -> None:
    """Bad input: nothing is checked or written."""
    result = run(host, command, "--site", "baker")
    assert result.exit_code == 2
    assert "the sites are shop, bakery" in result.output


def test_keys_are_made_without_a_site_s_name(host: Host) -> None:
    """They belong to the process."""
    assert "Key 1 is enabled" in run(host, "keys", "new").output
