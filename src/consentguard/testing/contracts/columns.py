"""What `SealedRows` and `ColumnJobs` owe, and the table of a host's that they are tried on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

import pytest

from consentguard.ports import ColumnJobs, SealedRow, SealedRows, SealedTable, Stores, Swap
from consentguard.records import ColumnJob
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import DAY, ELSEWHERE, WORDS, Contract, in_utc, undone, verdict
from consentguard.testing.races import Race

EVERY_BYTE = bytes(range(256))
SEALED = b"\x02\0\0\0\x07" + EVERY_BYTE
DIGESTED = b"\x10\x10" + bytes(range(240, 256)) + SEALED
HEADS = {
    b"\x01\0\0\0\x07" + EVERY_BYTE: b"\x01\0\0\0\x07",
    b"\x01\0\0\0\x08" + EVERY_BYTE: b"\x01\0\0\0\x08",
    b"\x10\x10" + bytes(16) + b"\x01\0\0\0\x07" + EVERY_BYTE: b"\x10\x10\x01\0\0\0\x07",
    b"\x12\x7e" + b"d" * 126 + b"\x01\xff\xff\xff\xff": b"\x12\x7e\x01\xff\xff\xff\xff",
    b"\x11\0" + SEALED: b"\x11\0\x02\0\0\0\x07",
    b"\x11": b"\x11",
    b"\x11\x10cut off": b"\x11\x10",
    b"plain": b"plain",
    b"": b"",
}
"""Stored values, and what they begin with: the two bytes before their digests, if any, and five of the sealed value."""


class Vault(Protocol):
    """The fixture `vault`: a table of the host's, empty at first, whose primary key is an integer.

    Its columns `phone` and `remark` are encrypted, `owner` is an integer and `plain` a text; all may be NULL. The data
    map calls it `label`. `add` puts a row there whose encrypted columns hold these very bytes, and gives its primary
    key as text.
    """

    @property
    def label(self) -> str: ...
    def add(
        self,
        phone: bytes | None = None,
        remark: bytes | None = None,
        owner: int | None = None,
        plain: str | None = None,
    ) -> str: ...


class SealedRowsContract(Contract):
    """Encrypted columns as they are stored."""

    port = SealedRows
    attribute = "sealed_rows"

    @pytest.fixture
    def table(self, vault: Vault) -> SealedTable:
        """Both columns, and whose the row is."""
        return SealedTable(label=vault.label, columns=("phone", "remark"), subjects=("owner",))

    def test_rows_come_as_they_are_stored(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """Every byte, what is NULL, and the data subject as text; without subjects where nobody asks for them."""
        one, two = vault.add(EVERY_BYTE, b"", 7), vault.add(None, b"r")
        whole = [SealedRow(one, (EVERY_BYTE, b""), ("7",)), SealedRow(two, (None, b"r"), (None,))]
        assert list(stores.sealed_rows.after(table, "", 9)) == whole
        alone = replace(table, columns=("remark",), subjects=())
        assert list(stores.sealed_rows.after(alone, "", 9)) == [SealedRow(one, (b"",)), SealedRow(two, (b"r",))]

    def test_rows_come_in_the_order_of_their_keys(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """10 after 9, those after a key alone, whether or not it is there still, and so many at most."""
        keys = [vault.add(b"p") for _ in range(12)]
        assert [row.key for row in stores.sealed_rows.after(table, "", 99)] == keys
        assert [row.key for row in stores.sealed_rows.after(table, keys[8], 2)] == keys[9:11]
        assert list(stores.sealed_rows.after(table, str(int(keys[-1]) + 5), 9)) == []
        assert [row.key for row in stores.sealed_rows.after(table, "0", 1)] == keys[:1]

    def test_rows_without_a_value_are_left_out(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """Those of which every column that is asked for is NULL."""
        keys = vault.add(), vault.add(b"p"), vault.add(None, b"r")
        assert [row.key for row in stores.sealed_rows.after(table, "", 9)] == [*keys[1:]]
        phones = replace(table, columns=("phone",))
        assert [row.key for row in stores.sealed_rows.after(phones, "", 9)] == [keys[1]]

    def test_values_are_swapped(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """In many rows at once, in each row all of its columns, and in no other row."""
        keys = [vault.add(b"old", EVERY_BYTE), vault.add(None, b"r"), vault.add(b"other")]
        new = [(EVERY_BYTE[::-1], b""), (None, b"s"), (b"other", None)]
        old = [(b"old", EVERY_BYTE), (None, b"r")]
        assert stores.sealed_rows.swap(table, list(map(Swap, keys[:2], old, new[:2]))) == 2
        assert [row.stored for row in stores.sealed_rows.after(table, "", 9)] == new
        assert stores.sealed_rows.swap(table, []) == 0

    @pytest.mark.parametrize("was", [(b"OLD", b"r"), (b"old", None), (b"old ", b"r"), (b"old", b"R")])
    def test_a_value_that_changed_meanwhile_stays(
        self, stores: Stores, vault: Vault, table: SealedTable, was: tuple[bytes, bytes | None]
    ) -> None:
        """To the byte, whichever of the columns it was; the other rows are changed all the same."""
        keys = vault.add(b"old", b"r"), vault.add(b"old", b"r")
        changes = [Swap(keys[0], was, (b"new", b"n")), Swap(keys[1], (b"old", b"r"), (b"new", b"n"))]
        assert stores.sealed_rows.swap(table, [*changes, Swap("999999", (b"old", b"r"), (b"new", b"n"))]) == 1
        assert [row.stored for row in stores.sealed_rows.after(table, "", 9)] == [(b"old", b"r"), (b"new", b"n")]

    def test_of_several_swaps_at_once_one_wins(
        self, stores: Stores, vault: Vault, table: SealedTable, race: Race
    ) -> None:
        """What it put there stays."""
        key = vault.add(b"old", None)
        results = race(partial(_swap, table, key))
        won = [number for number, result in enumerate(results) if result == 1]
        assert len(won) == 1
        assert stores.sealed_rows.after(table, "", 9)[0].stored == (b"new %d" % won[0], None)

    def test_a_swap_is_undone_with_its_evidence(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """Neither stands without the other."""
        key = vault.add(b"old", None)
        with undone(stores):
            assert stores.sealed_rows.swap(table, [Swap(key, (b"old", None), (b"new", None))]) == 1
        assert stores.sealed_rows.after(table, "", 9)[0].stored == (b"old", None)

    def test_values_are_counted_by_their_beginning(self, stores: Stores, vault: Vault) -> None:
        """The digests are skipped, whatever their length; NULL begins with nothing and is not counted."""
        for stored in [*HEADS, None]:
            vault.add(stored, b"\x01\0\0\0\x07")
        assert dict(stores.sealed_rows.beginnings(vault.label, "phone", 5)) == dict.fromkeys(HEADS.values(), 1)
        assert dict(stores.sealed_rows.beginnings(vault.label, "remark", 5)) == {b"\x01\0\0\0\x07": len(HEADS) + 1}
        assert stores.sealed_rows.beginnings(vault.label, "phone", 1)[b"\x01"] == 2

    def test_what_a_data_subject_s_rows_hold_is_counted(self, stores: Stores, vault: Vault) -> None:
        """To the letter of the key, and not where the column is NULL or the row is nobody's."""
        for phone, owner in ((b"p", 7), (b"", 7), (None, 7), (b"p", 70), (b"p", None)):
            vault.add(phone, b"r", owner)
        for key, rows in (("7", 2), ("70", 1), ("07", 0), ("+7", 0), ("", 0), ("None", 0), ("ada", 0), ("7 OR 1=1", 0)):
            assert stores.sealed_rows.held(vault.label, "phone", "owner", key) == rows
        assert stores.sealed_rows.held(vault.label, "remark", "owner", "7") == 3

    def test_the_digests_of_a_data_subject_s_values_go(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """The sealed values stay to the byte, and so do other columns, and what others' rows hold."""
        theirs, others = [vault.add(each, DIGESTED, 7) for each in (DIGESTED, SEALED, b"", None)], vault.add(DIGESTED)
        vault.add(DIGESTED, None, 8)
        assert stores.sealed_rows.unindex(vault.label, "phone", "owner", "7") == 1
        assert stores.sealed_rows.unindex(vault.label, "phone", "owner", "7") == 0
        assert stores.sealed_rows.unindex(vault.label, "phone", "owner", "ada") == 0
        found = {row.key: row.stored for row in stores.sealed_rows.after(table, "", 9)}
        assert [found[key] for key in theirs] == [(each, DIGESTED) for each in (b"\x10\0" + SEALED, SEALED, b"", None)]
        assert [found[key] for key in found if key not in theirs] == [(DIGESTED, None)] * 2
        assert others in found

    def test_digests_of_both_slots_go(self, stores: Stores, vault: Vault, table: SealedTable) -> None:
        """And the longest that there are; with every byte that a value can hold."""
        longest = b"\x12\x7e" + b"\xff" * 126 + SEALED
        vault.add(b"\x11\x02dd" + SEALED, longest, 7)
        for column in ("phone", "remark"):
            assert stores.sealed_rows.unindex(vault.label, column, "owner", "7") == 1
        assert list(stores.sealed_rows.after(table, "", 9))[0].stored == (b"\x11\0" + SEALED, b"\x12\0" + SEALED)  # noqa: RUF015

    def test_digests_are_there_again_with_the_evidence_undone(
        self, stores: Stores, vault: Vault, table: SealedTable
    ) -> None:
        """A shredding that fails leaves everything as it was."""
        vault.add(DIGESTED, None, 7)
        with undone(stores):
            assert stores.sealed_rows.unindex(vault.label, "phone", "owner", "7") == 1
        assert [row.stored for row in stores.sealed_rows.after(table, "", 9)] == [(DIGESTED, None)]


JOB = ColumnJob(name=f"rotate {WORDS}", goal=WORDS, phase="running", last_key="", done=0, at=MOMENT)


class ColumnJobsContract(Contract):
    """How far the works on whole columns are."""

    port = ColumnJobs
    attribute = "column_jobs"

    def test_a_work_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field, its moment in UTC; another name is another work."""
        stores.column_jobs.put(replace(JOB, at=MOMENT.astimezone(ELSEWHERE)))
        found = stores.column_jobs.find(JOB.name)
        assert found == JOB
        assert found is not None
        assert in_utc(found.at)
        assert stores.column_jobs.find(JOB.name.upper()) is None

    def test_what_is_kept_last_holds(self, stores: Stores) -> None:
        """Also where nothing has changed, and of no other work."""
        later = replace(JOB, goal="g", phase="done", last_key=WORDS * 9, done=2**40, at=MOMENT + DAY)
        other = replace(JOB, name="another")
        for job in (JOB, other, later, later):
            stores.column_jobs.put(job)
        assert list(stores.column_jobs.all()) == [other, later]
        assert stores.column_jobs.find(JOB.name) == later

    def test_a_work_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Neither stands without the other."""
        with undone(stores):
            stores.column_jobs.put(JOB)
        assert list(stores.column_jobs.all()) == []


def _swap(table: SealedTable, key: str, stores: Stores, number: int) -> object:
    change = Swap(key, (b"old", None), (b"new %d" % number, None))
    return verdict(partial(stores.sealed_rows.swap, table, [change]))
