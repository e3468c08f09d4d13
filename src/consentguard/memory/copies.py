"""Columns of a host's tables in memory that are copies of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consentguard.memory.journal import Journal
from consentguard.memory.tables import KEY, MemoryTable, Row, in_order, place, write_back
from consentguard.ports import CopiedColumn, CopiedRow, StoreError


class MemoryCopiedRows:
    """`consentguard.ports.CopiedRows` over tables in memory."""

    def __init__(self, journal: Journal, tables: Mapping[str, MemoryTable]) -> None:
        self._journal = journal
        self._tables = tables

    def after(self, copy: CopiedColumn, key: str, limit: int, *, uncopied: bool = False) -> Sequence[CopiedRow]:
        """Rows with greater primary keys."""
        with self._journal.atomic():
            wanted = _is_uncopied if uncopied else _is_there
            rows = [row for row in self._rows(copy) if not key or place(row, str(row[KEY])) > place(row, key)]
            return [_read(copy, row) for row in in_order(rows) if wanted(_read(copy, row))][:limit]

    def uncopied(self, copy: CopiedColumn) -> int:
        """How many rows have a source and no target."""
        with self._journal.atomic():
            return sum(_is_uncopied(_read(copy, row)) for row in self._rows(copy))

    def copy(self, copy: CopiedColumn, changes: Sequence[tuple[CopiedRow, object]]) -> int:
        """Give rows a target, where both columns are as they were; how many were."""
        with self._journal.atomic():
            by_key = {str(row[KEY]): row for row in self._rows(copy)}
            still = [(by_key[was.key], was, new) for was, new in changes if was.key in by_key]
            changed = [(row, new) for row, was, new in still if _read(copy, row).marks == was.marks]
            for row, new in changed:
                self._journal.note(write_back(row))
                row[copy.target] = new
            return len(changed)

    def _rows(self, copy: CopiedColumn) -> list[Row]:
        if copy.label not in self._tables:
            raise StoreError(f"there is no table {copy.label!r}", hint=f"the tables are {', '.join(self._tables)}")
        return self._tables[copy.label].rows


def _read(copy: CopiedColumn, row: Row) -> CopiedRow:
    source, target = row[copy.source], row[copy.target]
    subject = row[copy.subject] if copy.subject else None
    return CopiedRow(
        str(row[KEY]), source, target, (_mark(source), _mark(target)), None if subject is None else str(subject)
    )


def _mark(value: object) -> bytes | None:
    return None if value is None else repr(value).encode()


def _is_uncopied(row: CopiedRow) -> bool:
    return row.source is not None and row.target is None


def _is_there(row: CopiedRow) -> bool:
    return row.source is not None or row.target is not None
