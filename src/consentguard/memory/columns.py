"""Encrypted columns of the host's tables in memory, and how far the works on them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from consentguard.crypto.index.layout import beginning, without_digests
from consentguard.memory.journal import Journal, Shelf
from consentguard.memory.tables import KEY, MemoryTable, Row, in_order, place, write_back
from consentguard.ports import SealedRow, SealedTable, StoreError, Swap
from consentguard.records import ColumnJob


class MemorySealedRows:
    """`consentguard.ports.SealedRows` over tables in memory."""

    def __init__(self, journal: Journal, tables: Mapping[str, MemoryTable]) -> None:
        self._journal = journal
        self._tables = tables

    def after(self, table: SealedTable, key: str, limit: int) -> Sequence[SealedRow]:
        """Rows with greater primary keys, of which not all columns are NULL."""
        with self._journal.atomic():
            rows = [row for row in self._rows(table.label) if not key or place(row, str(row[KEY])) > place(row, key)]
            held = [row for row in in_order(rows) if any(value is not None for value in _stored(table, row))]
            return [_sealed(table, row) for row in held[:limit]]

    def swap(self, table: SealedTable, changes: Sequence[Swap]) -> int:
        """Give rows their new values where they still hold the old; how many did."""
        with self._journal.atomic():
            by_key = {str(row[KEY]): row for row in self._rows(table.label)}
            still = [(by_key[each.key], each) for each in changes if each.key in by_key]
            changed = [(row, each) for row, each in still if _stored(table, row) == each.old]
            for row, each in changed:
                self._journal.note(write_back(row))
                row.update(zip(table.columns, each.new, strict=True))
            return len(changed)

    def beginnings(self, label: str, column: str, length: int) -> Mapping[bytes, int]:
        """How many values begin alike."""
        values = (row[column] for row in self._rows(label))
        return Counter(
            beginning(value, length) if isinstance(value, bytes) else b"" for value in values if value is not None
        )

    def held(self, label: str, column: str, subject: str, key: str) -> int:
        """How many rows of a data subject hold something."""
        return len(self._of(label, column, subject, key))

    def unindex(self, label: str, column: str, subject: str, key: str) -> int:
        """Take the digests out of what they hold; how many had some."""
        with self._journal.atomic():
            theirs = self._of(label, column, subject, key)
            found = [row for row in theirs if row[column] != _without_digests(row[column])]
            for row in found:
                self._journal.note(write_back(row))
                row[column] = _without_digests(row[column])
            return len(found)

    def _of(self, label: str, column: str, subject: str, key: str) -> list[Row]:
        with self._journal.atomic():
            rows = self._rows(label)
            return [row for row in rows if row[column] is not None and _text(row[subject]) == key]

    def _rows(self, label: str) -> list[Row]:
        if label not in self._tables:
            raise StoreError(f"there is no table {label!r}", hint=f"the tables are {', '.join(self._tables)}")
        return self._tables[label].rows


class MemoryColumnJobs:
    """`consentguard.ports.ColumnJobs` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._kept = Shelf[str, ColumnJob](journal)

    def find(self, name: str) -> ColumnJob | None:
        """The work of that name, or None."""
        return self._kept.get(name)

    def all(self) -> Sequence[ColumnJob]:
        """Every work, by name."""
        return sorted(self._kept.all(), key=lambda job: job.name)

    def put(self, job: ColumnJob) -> None:
        """Keep how far a work is."""
        self._kept.put(job.name, job)


def _stored(table: SealedTable, row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in table.columns)


def _sealed(table: SealedTable, row: Row) -> SealedRow:
    subjects = (row[column] for column in table.subjects)
    return SealedRow(str(row[KEY]), _stored(table, row), tuple(map(_text, subjects)))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _without_digests(stored: object) -> object:
    return without_digests(stored) if isinstance(stored, bytes) else stored
