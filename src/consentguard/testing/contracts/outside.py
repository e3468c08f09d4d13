"""What `Files` and `Ledger` owe: what is kept outside of the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from consentguard.ports import Files, FilesError, Ledger
from consentguard.records import Tombstone
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ADA, BOB, ELSEWHERE, WORDS, identifier

WRITERS = 4
EACH = 10
NAME = "ada-lovelace.txt"


class FilesContract:
    """The files that a column of the host's names.

    The fixture `files` gets at them, `column` is the label and the name of the column, and `keep` is a function that
    keeps a file of these bytes there and gives its name.
    """

    def test_a_file_is_read_to_the_byte(
        self, files: Files, column: tuple[str, str], keep: Callable[[bytes], str]
    ) -> None:
        """As it was kept, an empty one too."""
        for content in (bytes(range(256)) * 999, b""):
            with files.open(*column, keep(content)) as file:
                assert file.read() == content

    def test_a_file_is_deleted(self, files: Files, column: tuple[str, str], keep: Callable[[bytes], str]) -> None:
        """It and no other; again it does no harm."""
        gone, stays = keep(b"one"), keep(b"another")
        files.delete(*column, gone)
        files.delete(*column, gone)
        with pytest.raises(FilesError) as caught:
            files.open(*column, gone)
        assert gone not in f"{caught.value} {caught.value!r}"
        with files.open(*column, stays) as file:
            assert file.read() == b"another"

    def test_a_column_that_names_no_files_is_refused(self, files: Files, column: tuple[str, str]) -> None:
        """With what to do, and without the name."""
        for act in (files.open, files.delete):
            with pytest.raises(FilesError) as caught:
                act(column[0], "nowhere", NAME)
            assert caught.value.hint
            assert NAME not in f"{caught.value} {caught.value!r}"


class LedgerContract:
    """What was erased and what is held.

    The fixture `opened` is a function that opens the ledger, empty at first, as another process would.
    """

    @pytest.fixture
    def ledger(self, opened: Callable[[], Ledger]) -> Ledger:
        """Whoever erases."""
        return opened()

    def test_entries_come_back_as_they_were(self, ledger: Ledger, opened: Callable[[], Ledger]) -> None:
        """Every field, to everybody who opens it."""
        whole = Tombstone(
            id=identifier(1),
            act="hold",
            epoch=MOMENT,
            kind="member",
            subject=ADA,
            identities=(BOB, ADA),
            digest="d" * 64,
            hold=bytes(range(256)),
            mac="e" * 64,
            key_id=7,
        )
        bare = Tombstone(id=identifier(2), act="erase", epoch=MOMENT.astimezone(ELSEWHERE), kind=WORDS)
        assert list(ledger.read()) == []
        ledger.append((whole, bare))
        assert list(opened().read()) == list(ledger.read()) == [whole, bare]

    def test_entries_come_in_the_order_of_their_ids(self, ledger: Ledger, opened: Callable[[], Ledger]) -> None:
        """Whoever wrote them when; those behind an id alone, whether or not it is there."""
        ledger.append((_stone(5), _stone(3)))
        opened().append((_stone(1),))
        ledger.append(())
        assert [each.id for each in ledger.read()] == [*map(identifier, (1, 3, 5))]
        assert [each.id for each in ledger.read(identifier(3))] == [identifier(5)]
        assert [each.id for each in ledger.read(identifier(2))] == [*map(identifier, (3, 5))]
        assert list(ledger.read(identifier(5))) == []

    def test_writers_at_once_lose_nothing(self, opened: Callable[[], Ledger]) -> None:
        """Each entry is whole, and there once."""

        def write(first: int) -> None:
            for number in range(first, first + EACH):
                opened().append((_stone(number),))

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(0, WRITERS * EACH, EACH)))
        assert [each.id for each in opened().read()] == [*map(identifier, range(WRITERS * EACH))]


def _stone(number: int) -> Tombstone:
    return Tombstone(id=identifier(number), act="erase", epoch=MOMENT, kind="member", subject=ADA)
