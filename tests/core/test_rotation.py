"""Rotation: all under the enabled key in the end, whoever writes meanwhile and wherever it is cut short."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.index.kinds import Exact, Last
from consentguard.memory import MemoryStores
from consentguard.ports import SealedRow
from consentguard.reencryption import ColumnError, Rotated
from consentguard.reencryption.walk import MOST, MOST_BYTES, Walk
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from tests.core.vault_kit import NOTE, PHONE, Vault, column

INDEXED = replace(PHONE, indexes=(Exact("casefold"),))
OF_SUBJECT = Declaration(context=Context("shop_customer", "note"), subject="user")


@pytest.fixture
def vault() -> Vault:
    """Forty rows under key 1, of which some have no note, and a ring in which key 2 is enabled."""
    vault = Vault(keyring())
    for number in range(40):
        vault.add(phone=f"+502 {number}", note=None if number % 3 else f"note {number}")
    vault.ring = vault.ring.with_new_key()
    return vault


def rotate(vault: Vault, name: str = "", **options: object) -> Rotated:
    """What a rotation of the table says."""
    rotation = vault.encryption.rotation
    (table,) = rotation.tables(name)
    return rotation.run(table, **options)  # type: ignore[arg-type]


def interrupted(rows: int) -> None:
    """Ends a run after its first batch."""
    raise KeyboardInterrupt


def digest(vault: Vault, text: str) -> bytes | None:
    """That of a text in the first index of the only column."""
    (only,) = vault.columns
    made = Column(only.declared, vault.ring, lambda: vault.encryption.subject_keys)
    return made.digest(only.declared.indexes[0], text) if only.declared.indexes else None


def counted(states: object) -> list[tuple[str, dict[int | None, int], int]]:
    """The states of columns as plain values."""
    return [(state.column, dict(state.keys), state.behind) for state in states]  # type: ignore[attr-defined]


def test_every_value_comes_under_the_enabled_key(vault: Vault) -> None:
    """It says the same as before, NULL stays NULL, and the report counts by key."""
    before = vault.texts("phone"), vault.texts("note")
    rotated = rotate(vault)
    assert counted(rotated.before) == [("Customer.phone", {1: 40}, 40), ("Customer.note", {1: 14}, 14)]
    assert counted(rotated.after) == [("Customer.phone", {2: 40}, 0), ("Customer.note", {2: 14}, 0)]
    assert (vault.texts("phone"), vault.texts("note")) == before
    vault.ring = vault.ring.enabling(1)
    assert rotate(vault).after[0].keys == {1: 40}


def test_what_is_up_to_date_is_not_read_again(vault: Vault) -> None:
    """One query for each column tells."""
    rotate(vault)
    stored = [dict(row) for row in vault.table.rows]
    seen: list[int] = []
    rotated = rotate(vault, progress=seen.append)
    assert (seen, rotated.before, vault.table.rows) == ([], rotated.after, stored)


def test_a_dry_run_opens_everything_and_changes_nothing(vault: Vault) -> None:
    """It says what would not open; neither a checkpoint nor evidence is left."""
    vault.table.rows[7]["phone"] = b"\x01\0\0\0\x01" + bytes(60)
    stored = [dict(row) for row in vault.table.rows]
    rotated = rotate(vault, dry_run=True)
    assert [(each.column, each.key) for each in rotated.refused] == [("Customer.phone", "8")]
    assert (vault.table.rows, rotated.before) == (stored, rotated.after)
    assert (list(vault.stores.column_jobs.all()), vault.stores.entries.waiting()) == ([], 0)


def test_one_column_alone(vault: Vault) -> None:
    """By the data map's name or the database's; another is named with those that there are."""
    for name in ("Customer.note", "shop_customer.note"):
        assert counted(rotate(vault, name).after) == [("Customer.note", {2: 14}, 0)]
    assert counted(rotate(vault).before) == [("Customer.phone", {1: 40}, 40), ("Customer.note", {2: 14}, 0)]
    with pytest.raises(ColumnError, match=r"Customer\.fax.*\n.*Customer\.phone, Customer\.note"):
        rotate(vault, "Customer.fax")


def test_what_does_not_open_is_named_and_left(vault: Vault) -> None:
    """One that was changed, one under a key that is not there, plaintext; the other column of its row goes on."""
    rows = vault.table.rows
    tampered = bytearray(rows[0]["phone"])  # type: ignore[call-overload]
    tampered[-1] ^= 1
    bad = {0: bytes(tampered), 5: b"\x01\0\0\0\x09" + bytes(60), 9: b"+502 9", 12: "text"}
    for place, stored in bad.items():
        rows[place]["phone"] = stored
    rotated = rotate(vault)
    assert [(each.column, each.key) for each in rotated.refused] == [
        ("Customer.phone", key) for key in ["1", "6", "10", "13"]
    ]
    assert "unknown key 9" in rotated.refused[1].why
    assert (rotated.refusals, counted(rotated.after)[0][1:]) == (4, ({1: 1, 9: 1, None: 2, 2: 36}, 4))
    assert {place: rows[place]["phone"] for place in bad} == bad
    assert counted(rotated.after)[1][1:] == ({2: 14}, 0)


def test_what_was_erased_is_settled(vault: Vault) -> None:
    """Under a destroyed key there is nothing to open and nothing to do."""
    rotate(vault, "Customer.note")
    vault.ring = vault.ring.with_new_key().destroying(2)
    rotated = rotate(vault)
    assert counted(rotated.after) == [("Customer.phone", {3: 40}, 0), ("Customer.note", {2: 14}, 0)]
    assert rotated.refusals == 0


def test_a_run_that_is_cut_short_goes_on_where_it_stopped(vault: Vault) -> None:
    """Nothing is lost, nothing done twice: the next run begins with the row after those that were done."""
    with pytest.raises(KeyboardInterrupt):
        rotate(vault, progress=interrupted)
    (job,) = vault.stores.column_jobs.all()
    assert (job.name, job.phase, job.last_key, job.done) == ("rotate Customer", "running", "16", 16)
    seen: list[int] = []
    assert counted(rotate(vault, progress=seen.append).after)[0][1:] == ({2: 40}, 0)
    assert seen == [16, 8]
    assert [job.phase for job in vault.stores.column_jobs.all()] == ["done"]


def test_a_run_towards_another_key_begins_anew(vault: Vault) -> None:
    """What was done under the key before is behind again."""
    with pytest.raises(KeyboardInterrupt):
        rotate(vault, progress=interrupted)
    vault.ring = vault.ring.with_new_key()
    seen: list[int] = []
    assert counted(rotate(vault, progress=seen.append).after)[0][1:] == ({3: 40}, 0)
    assert sum(seen) == 40


def test_a_writer_between_reading_and_writing_loses_nothing() -> None:
    """What was written meanwhile stays, and the row is done in the next pass where that was under an older key."""
    vault = Vault(keyring(), (column("phone", INDEXED),))
    for number in range(3):
        vault.add(phone=f"phone {number}")
    old, vault.ring = vault.ring, vault.ring.with_new_key()
    writes = iter([(vault.ring, "under the new"), (old, "under the old")])

    def load(plain: bytes) -> str:
        for number, (ring, text) in enumerate(writes):
            vault.table.rows[number]["phone"] = Vault(ring, vault.columns).sealed(vault.columns[0], text, number + 1)
        return plain.decode()

    vault.columns = (column("phone", INDEXED, load),)
    assert counted(rotate(vault).after)[0][1:] == ({2: 3}, 0)
    assert vault.texts("phone") == ["under the new", "under the old", "phone 2"]


def test_values_under_data_subjects_keys_keep_them() -> None:
    """They are not read; those keys are wrapped anew, not the values under them."""
    vault = Vault(keyring(), (column("note", OF_SUBJECT),))
    for owner in (7, 8, 7):
        vault.add(owner, note=f"of {owner}")
    vault.ring = vault.ring.with_new_key()
    stored = [dict(row) for row in vault.table.rows]
    rotated = rotate(vault)
    assert (counted(rotated.after), vault.table.rows) == ([("Customer.note", {None: 3}, 0)], stored)


@pytest.mark.parametrize("declared", [PHONE, NOTE, OF_SUBJECT], ids=["column", "row", "subject"])
def test_an_index_that_is_declared_later_is_filled(declared: Declaration) -> None:
    """Whatever values are bound to; and one that is declared no more is emptied."""
    vault = Vault(keyring(), (column("note", declared),))
    for owner in (7, 8):
        vault.add(owner, note=f"of {owner}")
    for indexes, length in (((Exact(),), 16), ((Exact(), Last(1, bits=12)), 18), ((), None)):
        vault.columns = (column("note", replace(declared, indexes=indexes)),)
        before = rotate(vault)
        assert before.before[0].behind == 2
        assert (before.after[0].behind, vault.texts("note")) == (0, ["of 7", "of 8"])
        stored = [bytes(row["note"]) for row in vault.table.rows]  # type: ignore[call-overload]
        assert {each[1] if each[0] == 0x10 else None for each in stored} == {length}
        assert {each[2:18] for each in stored} == {digest(vault, f"of {owner}") for owner in (7, 8)} or not length


def test_a_row_without_a_data_subject_is_named() -> None:
    """Its value belongs to nobody that it could be opened for."""
    vault = Vault(keyring(), (column("note", replace(OF_SUBJECT, indexes=())),))
    vault.add(7, note="of 7")
    vault.table.rows[0]["owner"] = None
    vault.columns = (column("note", replace(OF_SUBJECT, indexes=(Exact(),))),)
    assert [(each.key, "not given" in each.why) for each in rotate(vault).refused] == [("1", True)]


ROWS = [SealedRow(str(key), (b"",)) for key in range(1, 3001)]


def sizes(walk: Walk, weight: int, most: int) -> list[int]:
    """How many rows the first batches have whose rows are all of that weight."""
    batches = walk.batches(lambda key, limit: ROWS[int(key or 0) :][:limit], "", lambda row: weight)
    return [len(rows) for rows, _ in zip(batches, range(most), strict=False)]


def test_a_rate_is_kept() -> None:
    """Batches are no larger than what a second allows, and the pause is what is left of its time."""
    seconds, pauses = iter(range(1000)), list[float]()
    walk = Walk(
        stores=MemoryStores(), clock=FrozenClock(), rate=10, sleep=pauses.append, timer=lambda: next(seconds) / 10
    )
    assert sizes(walk, 50, 5) == [10] * 5
    assert pauses == pytest.approx([0.9] * 5)


def test_a_batch_of_large_values_is_small() -> None:
    """A table of large documents does not fill the memory; one of small ones is read a thousand rows at a time."""
    walk = Walk(stores=MemoryStores(), clock=FrozenClock())
    assert sizes(walk, 50, 4) == [16, 128, MOST, MOST]
    assert sizes(walk, MOST_BYTES // 3, 4) == [16, 3, 3, 3]
    assert sizes(walk, 9 * MOST_BYTES, 4) == [16, 1, 1, 1]


def test_evidence_says_what_was_done(vault: Vault) -> None:
    """One entry for each column, with the counts by key; none where nothing was to do."""
    rotate(vault)
    rotate(vault)
    entries = vault.stores.entries.unsealed(None, 9)
    assert [entry.act for entry in entries] == ["keys.rotated"] * 2
    details = {"after": "2: 40", "before": "1: 40", "behind": 0, "column": "Customer.phone"}
    assert [json.loads(entry.details) for entry in entries if "phone" in entry.details] == [details]
