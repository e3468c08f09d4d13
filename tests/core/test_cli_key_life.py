"""The commands `keys index` and `keys destroy`: each step is refused while somebody would lose by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.index.kinds import Exact
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring
from consentguard.testing.keys import keyring
from tests.core.vault_kit import PHONE, Vault, column

INDEXED = replace(PHONE, indexes=(Exact("casefold"),))
OF_SUBJECT = Declaration(context=Context("shop_customer", "note"), subject="user")
RING = Path("consentguard.keys")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """Three rows under key 1, found by their phones, with notes under data subjects' keys; key 2 is enabled by now."""
    vault = Vault(keyring(), (column("phone", INDEXED), column("note", OF_SUBJECT)))
    for owner in (7, 8, 9):
        vault.add(owner, phone=f"Phone {owner}", note=f"note {owner}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / RING))
    vault.ring.write(RING)
    keys(vault, "new")
    return vault


def keys(vault: Vault, *arguments: str, answer: str = "") -> Result:
    """What a command prints, and its exit code; the vault goes by the keyring that it leaves."""
    site = vault.host(Path.cwd())
    done = CliRunner().invoke(group, ["keys", *arguments], obj=site, input=answer, catch_exceptions=False)
    vault.ring = Keyring.load(RING)
    return done


def found(vault: Vault, text: str) -> list[int]:
    """The rows that a query by the phone finds, as a generated column would have its digest."""
    declared, slots = vault.columns[0].declared, vault.ring.slots
    made = Column(declared, vault.ring, lambda: vault.encryption.subject_keys).digest(declared.indexes[0], text)
    rows = []
    for row in vault.table.rows:
        first, stored = bytes(row["phone"])[0], bytes(row["phone"])  # type: ignore[call-overload]
        place = {0x10: {"a": 2}, 0x11: {"b": 2}, 0x12: {"a": 2, "b": 18}}[first].get(slots.reading)
        rows += [row["id"]] if place and stored[place : place + 16] == made else []
    return rows  # type: ignore[return-value]


def test_indexes_move_to_another_key_while_they_serve(vault: Vault) -> None:
    """A row is found at every step, also one that is written in between, and the old digests are gone in the end."""
    for number, step in enumerate((["index", "begin"], ["rotate"], ["index", "switch"], ["index", "end"], ["rotate"])):
        done = keys(vault, *step)
        assert done.exit_code == 0, done.output
        written = vault.add(7, phone=f"Phone in step {number}")
        assert (found(vault, "PHONE 8"), found(vault, f"phone in step {number}")) == ([2], [written])
    assert (vault.ring.slots.a, vault.ring.slots.b, vault.ring.slots.reading) == (None, 2, "b")
    assert {bytes(row["phone"])[0] for row in vault.table.rows} == {0x11}  # type: ignore[call-overload]


def test_each_step_says_what_holds_and_what_comes_next(vault: Vault) -> None:
    """In two lines."""
    first, then = keys(vault, "index", "begin").stdout.splitlines()
    assert first == "Digests are made with key 1 and key 2; queries read those of key 1."
    assert "`keys rotate`" in then
    keys(vault, "rotate")
    assert "queries read those of key 2." in keys(vault, "index", "switch").stdout
    assert keys(vault, "index", "end").stdout.startswith("Digests are made with key 2; queries read those of key 2.")


def test_queries_are_not_switched_while_a_value_lacks_its_digest(vault: Vault) -> None:
    """The refusal names the column and how many; one that was switched can be switched back."""
    before = keys(vault, "index", "switch")
    keys(vault, "index", "begin")
    refused = keys(vault, "index", "switch")
    assert [each.exit_code for each in (before, refused)] == [2, 2]
    assert "not being moved" in before.stderr
    assert "values lack the digests that queries would read: Customer.phone (3)" in refused.stderr
    keys(vault, "rotate")
    assert [keys(vault, "index", "switch").exit_code for _ in range(2)] == [0, 0]
    assert (vault.ring.slots.reading, found(vault, "phone 8")) == ("a", [2])


@pytest.mark.parametrize(
    ("steps", "message"),
    [([["index", "end"]], "not being moved"), ([["index", "begin"]] * 2, "already")],
)
def test_a_step_that_is_out_of_turn_is_refused(vault: Vault, steps: list[list[str]], message: str) -> None:
    """And leaves the keyring as it was."""
    for step in steps[:-1]:
        keys(vault, *step)
    before = RING.read_bytes()
    refused = keys(vault, *steps[-1])
    assert (refused.exit_code, message in refused.stderr, RING.read_bytes()) == (2, True, before)


def test_a_key_in_use_is_not_destroyed(vault: Vault) -> None:
    """By a stored value, a data subject's key, the evidence: the refusal names where and how much."""
    keys(vault, "index", "begin")
    keys(vault, "rotate")
    keys(vault, "index", "switch")
    keys(vault, "index", "end")
    keys(vault, "new")
    refused = keys(vault, "destroy", "2", "--yes")
    assert refused.exit_code == 2
    assert "search indexes are made with it" in refused.stderr
    for step in (["index", "begin"], ["rotate"], ["index", "switch"], ["index", "end"]):
        keys(vault, *step)
    vault.add(7, phone="late")
    late, stored = vault.table.rows[-1], Vault(vault.ring.enabling(2), vault.columns)
    late["phone"] = stored.sealed(vault.columns[0], "late", 4)
    refused = keys(vault, "destroy", "2", "--yes")
    assert "key 2 cannot be destroyed: it is in use by Customer.phone (1), evidence (2)" in refused.stderr
    assert vault.ring.find(2) is not None


def test_a_key_that_wraps_a_data_subject_s_key_is_not_destroyed(vault: Vault) -> None:
    """Values under that one would be lost with it."""
    vault.add(10, note="under a data key that key 2 wraps")
    keys(vault, "new")
    refused = keys(vault, "destroy", "2", "--yes")
    assert (refused.exit_code, "it is in use by keys of data subjects (1)" in refused.stderr) == (2, True)


def test_what_no_key_needs_is_destroyed(vault: Vault) -> None:
    """After a question, with evidence; its id is left in the ring, and nothing opens under it."""
    keys(vault, "new")
    abandoned = keys(vault, "destroy", "2", answer="n\n")
    assert (abandoned.exit_code, vault.ring.find(2) is not None) == (1, True)
    assert "backups" in abandoned.stderr
    done = keys(vault, "destroy", "2", answer="y\n")
    assert (done.exit_code, done.stdout) == (0, "Key 2 is destroyed in consentguard.keys.\n")
    assert (vault.ring.find(2), vault.ring.was_destroyed(2)) == (None, True)
    assert [entry.act for entry in vault.stores.entries.unsealed(None, 9)] == ["keys.destroyed"]


def test_a_key_in_the_environment_is_destroyed_by_what_is_printed(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyring is for the one who keeps it to put there."""
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.setenv(VARIABLE, vault.ring.with_new_key().dumps())
    printed = keys(vault, "destroy", "2", "--yes", "--print").stdout
    assert Keyring.parse(printed, where="what was printed").was_destroyed(2)
    refused = keys(vault, "destroy", "2", "--yes")
    assert (refused.exit_code, "add --print" in refused.stderr) == (2, True)


def test_data_keys_are_told_with_the_values(vault: Vault) -> None:
    """How many each key wraps, before and after."""
    printed = keys(vault, "rotate").stdout.splitlines()
    assert printed[-1] == "keys of data subjects: 3 under key 1 -> 3 under key 2"
