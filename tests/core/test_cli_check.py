"""`consentguard check`: what it prints, what it writes, and with which status it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.findings import Finding
from consentguard.host import Survey
from consentguard.manifest.schema import Manifest
from tests.core.neutral import table

POLICY = """
manifest = 1
[subjects.user]
[categories.account]
kind = "contact"
"""
USER = table("a.User", "id:key email:email", "orders<a.Order")
ORDER = table("a.Order", "id:key user:key delivery_address", "user>a.User", source="a/models.py:7")
ROOT = Tag(category="account", subjects={"user": "self"})


@dataclass
class Site:
    """A host in memory."""

    folder: Path
    coverage: str = "report"
    all_tags: Mapping[str, Tag] = field(default_factory=lambda: {"a.User": ROOT})
    drafted: Sequence[Finding] = ()

    def options(self) -> Mapping[str, object]:
        return {"coverage": self.coverage}

    def root(self) -> Path:
        return self.folder

    def tables(self) -> tuple[Table, ...]:
        return (USER, ORDER)

    def tags(self) -> Mapping[str, Tag]:
        return self.all_tags

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        return ()

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        return {}

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        return self.drafted

    def mirroring_cookie(self) -> str:
        return ""

    def survey(self) -> Survey:
        return Survey(root=self.folder, registrations=self.folder / "tags.py", load_registrations="")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with one gap, and a policy that is no more than its categories."""
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    return Site(tmp_path)


def check(site: Site, *arguments: str) -> Result:
    """Run the command on the site."""
    return CliRunner().invoke(group, ["check", *arguments], obj=site, catch_exceptions=False)


def data_findings(result: Result) -> list[dict[str, object]]:
    """The findings about the data map, of `--json`."""
    found = json.loads(result.stdout)["findings"]
    return [finding for finding in found if finding["id"].startswith("D-")]


def test_a_gap_is_printed_with_its_place_and_the_line_to_add(site: Site) -> None:
    """Brackets in a hint are text, not markup."""
    result = check(site)
    assert "a/models.py:7: warning D-UNCLASSIFIED a.Order.delivery_address: leads to" in result.output
    assert 'register("a.Order", "account", subjects={"user": "user"})' in result.output
    assert "1 of 2 reachable columns classified (50%)" in result.output


def test_a_weakness_of_the_policy_is_printed_with_its_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`file:line:`, which editors and build logs make a link of; the file as it is called from here."""
    monkeypatch.chdir(site.folder)
    assert "privacy.toml:4: error L-NO-PURPOSE categories.account.purposes: it serves" in check(site).output


def test_drafts_of_an_admin_that_differ_are_listed(site: Site) -> None:
    """And fail nothing: a draft is not in force."""
    site.drafted = (Finding(id="C-DRAFT-DIFFERS", severity="warning", message="differs", where="cookies.video"),)
    assert "warning C-DRAFT-DIFFERS cookies.video: differs" in check(site).output


def test_strict_coverage_fails_and_full_coverage_passes(site: Site) -> None:
    """CI fails when code and policy disagree; the finding in the way is gone with its tag."""
    site.coverage = "strict"
    assert data_findings(check(site, "--json"))[0]["severity"] == "error"
    assert check(site).exit_code == 1
    site.all_tags = {"a.User": ROOT, "a.Order": Tag(category="account", subjects={"user": "user"})}
    assert data_findings(check(site, "--json")) == []
    assert "2 of 2 reachable columns classified (100%)" in check(site).output


def test_json_carries_findings_coverage_and_the_data_map(site: Site) -> None:
    """Machines get every column, one by one."""
    data = json.loads(check(site, "--json").output)
    assert data["coverage"] == {"mode": "report", "classified": 1, "needed": 2}
    assert data["data_map"] == [
        {
            "id": "data:a.User.email",
            "table": "a.User",
            "column": "email",
            "category": "account",
            "reason": "",
            "subjects": ["user"],
        }
    ]


def test_the_tree_shows_whose_data_each_table_holds(site: Site) -> None:
    """Subjects, tables with their path, columns by category."""
    lines = check(site, "--tree").output.splitlines()
    assert [line.strip(" │├└─") for line in lines[:4]] == [
        "data map",
        "user",
        "a.User  is the person",
        "account: email",
    ]


def test_a_long_line_of_the_tree_is_wrapped_and_not_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column can be read on a narrow terminal."""
    monkeypatch.setenv("COLUMNS", "30")
    site.all_tags = {"a.User": ROOT, "a.Order": Tag(category="account", subjects={"user": "user"})}
    words = check(site, "--tree").output.replace("│", " ").split()
    assert "delivery_address" in words


def test_a_written_baseline_makes_today_s_gaps_pass(site: Site) -> None:
    """From then on only new ones fail."""
    site.coverage = "new-only"
    assert data_findings(check(site, "--json"))[0]["severity"] == "error"
    assert data_findings(check(site, "--write-baseline", "--json"))[0]["severity"] == "note"
    assert json.loads((site.folder / "privacy.baseline.json").read_text()) == {
        "gaps": {"D-UNCLASSIFIED": ["a.Order.delivery_address"]}
    }


def test_gaps_of_the_baseline_are_counted_and_not_listed(site: Site) -> None:
    """Among the hundreds that a large site begins with, nobody would see the one that is new."""
    site.coverage = "new-only"
    assert "Wrote " in check(site, "--write-baseline").output
    printed = check(site).output
    assert "D-UNCLASSIFIED" not in printed
    assert "privacy.baseline.json puts up with: 1" in printed


def test_a_site_without_a_person_s_table_is_told_how_to_begin(site: Site) -> None:
    """Nothing leads to anybody yet, so nothing is counted."""
    site.all_tags = {}
    assert 'subjects={"user": "self"}' in check(site).output


def test_a_wrong_tag_is_one_message_and_status_2(site: Site) -> None:
    """Bad input is no finding, and no traceback."""
    site.all_tags = {"a.User": Tag(category="acount", subjects={"user": "self"})}
    result = CliRunner().invoke(group, ["check"], obj=site)
    assert result.exit_code == 2
    assert 'did you mean "account"?' in result.output


def test_lint_reads_the_site_s_own_policy(site: Site) -> None:
    """Run by a framework's command it finds the file by the settings, wherever it is run from."""
    result = CliRunner().invoke(group, ["lint"], obj=site, catch_exceptions=False)
    assert f"{site.folder / 'privacy.toml'}:" in result.output
