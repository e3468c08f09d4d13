"""The command `keys rotate`: what it prints of each column, and the exit code where a value is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE
from consentguard.testing.keys import keyring
from tests.core.vault_kit import Vault
from tests.web_policy import POLICY


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Three rows under key 1, of which one has a note, and a file in which key 2 is enabled."""
    vault = Vault(keyring())
    for number in range(3):
        vault.add(phone=f"+502 {number}", note=None if number else "note")
    vault.ring = vault.ring.with_new_key()
    vault.ring.write(tmp_path / "consentguard.keys")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "consentguard.keys"))
    return vault


def rotate(vault: Vault, *arguments: str) -> Result:
    """What the command prints, and its exit code."""
    site = vault.host(Path.cwd())
    return CliRunner().invoke(group, ["keys", "rotate", *arguments], obj=site, catch_exceptions=False)


def test_each_column_is_told_by_key(vault: Vault) -> None:
    """Before and after; a second run has nothing to do. The site has no policy, and needs none."""
    done = rotate(vault)
    lines = ["Customer.phone: 3 under key 1 -> 3 under key 2", "Customer.note: 1 under key 1 -> 1 under key 2"]
    assert (done.exit_code, done.stdout.splitlines()) == (0, lines)
    assert rotate(vault).stdout.splitlines() == ["Customer.phone: 3 under key 2", "Customer.note: 1 under key 2"]


def test_a_dry_run_says_what_would_be_done(vault: Vault) -> None:
    """And does nothing."""
    printed = rotate(vault, "--dry-run", "--column", "Customer.phone").stdout
    assert printed == "Customer.phone: 3 under key 1; 3 would be re-encrypted (dry run)\n"
    assert rotate(vault, "--dry-run").stdout.startswith(printed)


def test_what_is_left_alone_is_named(vault: Vault) -> None:
    """By column and row; the exit code says that it is."""
    vault.table.rows[1]["phone"] = b"plain"
    done = rotate(vault)
    assert done.exit_code == 1
    assert (
        "Customer.phone: 1 under another key, 2 under key 1 -> 1 under another key, 2 under key 2; 1 are" in done.stdout
    )
    assert "Customer.phone, row 2: left alone: a value of shop_customer.phone is not a sealed one" in done.stdout


def test_json_tells_the_same(vault: Vault) -> None:
    """For a program that watches over it."""
    vault.table.rows[1]["phone"] = b"plain"
    facts = json.loads(rotate(vault, "--json").stdout)
    phone = {"before": {"other": 1, "1": 2}, "after": {"other": 1, "2": 2}, "behind": 1}
    assert facts["columns"][0] == {"column": "Customer.phone", **phone}
    assert [(each["column"], each["key"]) for each in facts["refused"]] == [("Customer.phone", "2")]
    assert (facts["dry_run"], facts["refusals"]) == (False, 1)


def test_evidence_names_the_policy_where_there_is_one(vault: Vault, tmp_path: Path) -> None:
    """And no version where there is none."""
    rotate(vault, "--column", "Customer.phone")
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    rotate(vault)
    versions = [entry.version for entry in vault.stores.entries.unsealed(None, 9)]
    assert [bool(version) for version in versions] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--column", "Customer.fax"], "there is no encrypted column 'Customer.fax'"),
        (["--database", "nowhere"], "nowhere"),
        (["--rate", "0"], "--rate"),
        (["--file", "nowhere.keys"], "nowhere.keys cannot be read"),
    ],
)
def test_what_is_not_there_is_bad_input(vault: Vault, arguments: list[str], message: str) -> None:
    """It is named, and nothing is done."""
    refused = rotate(vault, *arguments)
    assert (refused.exit_code, message in refused.stderr) == (2, True)
    assert vault.texts("phone")[0] == "+502 0"
