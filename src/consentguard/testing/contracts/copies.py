"""What `CopiedRows` owes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from consentguard.ports import CopiedColumn, CopiedRow, CopiedRows, Stores
from consentguard.testing.contracts.base import WORDS, Contract, undone, verdict
from consentguard.testing.contracts.columns import EVERY_BYTE, Vault
from consentguard.testing.races import Race


class CopiedRowsContract(Contract):
    """The vault's column `plain`, a text, and `phone`, which is encrypted."""

    port = CopiedRows
    attribute = "copied_rows"

    @pytest.fixture
    def sealing(self, vault: Vault) -> CopiedColumn:
        """From the text to the sealed bytes."""
        stored = frozenset({"phone"})
        return CopiedColumn(label=vault.label, source="plain", target="phone", stored=stored, subject="owner")

    @pytest.fixture
    def opening(self, vault: Vault) -> CopiedColumn:
        """And back."""
        return CopiedColumn(label=vault.label, source="phone", target="plain", stored=frozenset({"phone"}))

    def test_rows_come_with_both_values(
        self, stores: Stores, vault: Vault, sealing: CopiedColumn, opening: CopiedColumn
    ) -> None:
        """The text as a text, the bytes as they are, and whose the row is; not those that have neither."""
        one, two = vault.add(EVERY_BYTE, owner=7, plain=WORDS), vault.add(plain="")
        vault.add(remark=b"r")
        found = stores.copied_rows.after(sealing, "", 9)
        assert [(row.key, row.source, row.target, row.subject) for row in found] == [
            (one, WORDS, EVERY_BYTE, "7"),
            (two, "", None, None),
        ]
        back = stores.copied_rows.after(opening, one, 9)
        assert [(row.key, row.source, row.target, row.subject) for row in back] == [(two, None, "", None)]

    def test_marks_tell_any_two_values_apart(self, stores: Stores, vault: Vault, sealing: CopiedColumn) -> None:
        """By case, accents and spaces too, whatever the collation; NULL has none."""
        texts = ["ada", "Ada", "àda", "ada ", "ada\u0301", "", None]
        for text in texts:
            vault.add(b"phone", plain=text)
        marks = [row.marks for row in stores.copied_rows.after(sealing, "", 99)]
        assert len({first for first, _ in marks}) == len(texts)
        assert (marks[-1][0], {second is None for _, second in marks}) == (None, {False})

    def test_rows_that_are_not_copied_yet(self, stores: Stores, vault: Vault, sealing: CopiedColumn) -> None:
        """Those with a source and no target, in the order of their keys, so many at most; and how many."""
        keys = [vault.add(plain=str(number)) for number in range(12)]
        vault.add(b"phone", plain="copied")
        vault.add(b"phone")
        assert stores.copied_rows.uncopied(sealing) == 12
        assert [row.key for row in stores.copied_rows.after(sealing, keys[8], 2, uncopied=True)] == keys[9:11]
        assert [row.key for row in stores.copied_rows.after(sealing, "", 99, uncopied=True)] == keys
        assert len(stores.copied_rows.after(sealing, "", 99)) == 14

    def test_rows_are_given_a_copy(
        self, stores: Stores, vault: Vault, sealing: CopiedColumn, opening: CopiedColumn
    ) -> None:
        """Many at once, and no other; in either direction."""
        for number in range(3):
            vault.add(plain=str(number))
        rows = stores.copied_rows.after(sealing, "", 9)
        assert stores.copied_rows.copy(sealing, [(row, EVERY_BYTE) for row in rows[:2]]) == 2
        assert self._both(stores, sealing) == [("0", EVERY_BYTE), ("1", EVERY_BYTE), ("2", None)]
        rows = stores.copied_rows.after(opening, "", 9)
        assert stores.copied_rows.copy(opening, [(rows[0], WORDS), (rows[2], "Two")]) == 2
        assert self._both(stores, sealing) == [(WORDS, EVERY_BYTE), ("1", EVERY_BYTE), ("Two", None)]
        assert stores.copied_rows.copy(sealing, []) == 0

    @pytest.mark.parametrize("now", ["ADA", "ada ", "àda"])
    def test_a_row_whose_source_changed_meanwhile_gets_none(
        self, stores: Stores, vault: Vault, sealing: CopiedColumn, opening: CopiedColumn, now: str
    ) -> None:
        """By a letter's case alone: a copy of what was there before would stand beside what is there now."""
        vault.add(plain="ada")
        (read,) = stores.copied_rows.after(sealing, "", 9)
        assert stores.copied_rows.copy(opening, [(read._replace(marks=(None, read.marks[0])), now)]) == 1
        assert stores.copied_rows.copy(sealing, [(read, b"sealed")]) == 0
        assert self._both(stores, sealing) == [(now, None)]

    def test_a_row_that_has_a_copy_meanwhile_keeps_it(
        self, stores: Stores, vault: Vault, sealing: CopiedColumn
    ) -> None:
        """And one that is gone gets none."""
        vault.add(plain="ada")
        (read,) = stores.copied_rows.after(sealing, "", 9)
        assert stores.copied_rows.copy(sealing, [(read, b"first"), (read._replace(key="999999"), b"f")]) == 1
        assert stores.copied_rows.copy(sealing, [(read, b"second")]) == 0
        assert self._both(stores, sealing) == [("ada", b"first")]

    def test_of_several_copies_at_once_one_wins(
        self, stores: Stores, vault: Vault, sealing: CopiedColumn, race: Race
    ) -> None:
        """The others are told so."""
        vault.add(plain="ada")
        (read,) = stores.copied_rows.after(sealing, "", 9)
        results = race(partial(_copy, sealing, read))
        (won,) = (number for number, result in enumerate(results) if result == 1)
        assert self._both(stores, sealing) == [("ada", b"%d" % won)]

    def test_a_copy_is_undone_with_its_evidence(self, stores: Stores, vault: Vault, sealing: CopiedColumn) -> None:
        """Neither stands without the other."""
        vault.add(plain="ada")
        (read,) = stores.copied_rows.after(sealing, "", 9)
        with undone(stores):
            assert stores.copied_rows.copy(sealing, [(read, b"sealed")]) == 1
        assert stores.copied_rows.uncopied(sealing) == 1

    @staticmethod
    def _both(stores: Stores, sealing: CopiedColumn) -> Sequence[tuple[object, object]]:
        return [(row.source, row.target) for row in stores.copied_rows.after(sealing, "", 99)]


def _copy(sealing: CopiedColumn, read: CopiedRow, stores: Stores, number: int) -> object:
    return verdict(partial(stores.copied_rows.copy, sealing, [(read, b"%d" % number)]))
