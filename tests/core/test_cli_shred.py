"""The command `shred`: what it asks, what it prints, and that it needs no policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.errors import ErasedError
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from tests.core.test_shredding import EMAIL, PHONE
from tests.core.vault_kit import Vault, column
from tests.web_policy import POLICY, BareHost


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Two rows of Ada's and one of Bob's, under a keyring in a file."""
    vault = Vault(keyring(), (column("email", EMAIL), column("phone", PHONE)))
    for owner, phone in ((7, "+502 1"), (7, None), (8, "+502 2")):
        vault.add(owner, email=f"{owner}@example.org", phone=phone)
    vault.ring.write(tmp_path / "consentguard.keys")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "consentguard.keys"))
    return vault


def shred(vault: Vault, *arguments: str, answer: str = "", host: BareHost | None = None) -> Result:
    """What the command prints, and its exit code."""
    site = host or vault.host(Path.cwd())
    return CliRunner().invoke(group, ["shred", *arguments], obj=site, input=answer, catch_exceptions=False)


def test_it_asks_before_it_destroys(vault: Vault) -> None:
    """With the number of values; whoever says no, or nothing, has changed nothing."""
    for answer in ("n\n", "\n", ""):
        ended = shred(vault, "user:7", answer=answer)
        assert (ended.exit_code, ended.stdout) == (1, "")
        assert "Destroy the key of user:7? It cannot be brought back, and 3 values" in ended.stderr
    assert vault.texts("phone") == ["+502 1", None, "+502 2"]
    assert shred(vault, "user:7", answer="y\n").exit_code == 0
    with pytest.raises(ErasedError):
        vault.texts("phone")


def test_it_tells_what_was_done(vault: Vault) -> None:
    """By column; a second time too, since it may be repeated."""
    done = shred(vault, "user:7", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "user:7: the key is destroyed",
        "Customer.email: 2 unreadable, 2 found by nothing any more",
        "Customer.phone: 1 unreadable",
    ]
    again = shred(vault, "user:7", "--yes").stdout.splitlines()
    assert again[0] == "user:7: there was no key, or it was destroyed before"
    assert again[1] == "Customer.email: 2 unreadable, 0 found by nothing any more"


def test_a_dry_run_changes_nothing(vault: Vault) -> None:
    """And asks nothing."""
    printed = shred(vault, "user:7", "--dry-run")
    assert printed.stdout.splitlines() == [
        "user:7: the key would be destroyed (dry run)",
        "Customer.email: 2 unreadable",
        "Customer.phone: 1 unreadable",
    ]
    assert vault.texts("phone") == ["+502 1", None, "+502 2"]
    assert vault.stores.entries.waiting() == 0


def test_machines_read_json(vault: Vault) -> None:
    """The same counts."""
    values = {"Customer.email": 2, "Customer.phone": 1}
    asked = json.loads(shred(vault, "user:7", "--dry-run", "--json").stdout)
    assert asked == {"dry_run": True, "subject": "user:7", "unreadable": values}
    done = json.loads(shred(vault, "user:7", "--yes", "--json").stdout)
    assert done == {**asked, "dry_run": False, "keys": 1, "cleared": {"Customer.email": 2}}


@pytest.mark.parametrize(("written", "said"), [("user", "kind:key"), (":7", "kind:key"), ("usr:7", '"usr"')])
def test_a_slip_of_the_keyboard_is_no_shredding(vault: Vault, written: str, said: str) -> None:
    """Exit code 2, and what is wrong."""
    ended = shred(vault, written, "--yes")
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("policy", "version"), [(None, ""), (POLICY, "16 hex digits")])
def test_the_evidence_names_the_policy_where_there_is_one(vault: Vault, policy: str | None, version: str) -> None:
    """A site that only encrypts has none."""
    if policy:
        Path("privacy.toml").write_text(policy, "utf-8")
    assert shred(vault, "user:7", "--yes").exit_code == 0
    (entry,) = vault.stores.entries.unsealed(None, 9)
    assert (entry.act, bool(entry.version)) == ("subject.shredded", bool(version))


@dataclass(frozen=True)
class Apart(BareHost):
    """A host whose data keys stand in a database of their own."""

    def options(self) -> Mapping[str, object]:
        return {"data_keys": "keys"}


def test_every_database_is_cleared_and_the_key_destroyed_once(vault: Vault, tmp_path: Path) -> None:
    """Of a host with a second database that holds columns of the same people, and a third for the keys."""
    archive, keys = MemoryStores("archive", tables={"Old": MemoryTable()}), MemoryStores("keys")
    old = replace(column("email", EMAIL), label="Old", database="archive")
    every = {"default": vault.stores, "archive": archive, "keys": keys}
    SubjectKeys(vault.ring, keys.data_keys).for_writing([SubjectRef("user", "7")])
    done = shred(vault, "user:7", "--yes", "--json", host=Apart(tmp_path, every, sealed=(*vault.columns, old)))
    facts = json.loads(done.stdout)
    assert (facts["keys"], facts["cleared"]) == (1, {"Customer.email": 2, "Old.email": 0})
    assert [each.entries.waiting() for each in every.values()] == [1, 1, 0]
