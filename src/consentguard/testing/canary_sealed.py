"""Sealed values of the canary, kept as a backup would: to show that they hold no plaintext, and are closed for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from consentguard.crypto.errors import ErasedError
from consentguard.crypto.installed import InstalledColumn
from consentguard.datamap.schema import SealedColumn
from consentguard.ports import SealedRow, SealedRows, SealedTable
from consentguard.testing.canary_search import Residual, Search
from consentguard.testing.canary_seed import AT_ONCE, Seeded
from consentguard.testing.canary_values import SeedError

UNBOUND = "its key is the site's and stays: a backup of it can be opened as long as it is kept"
STAYS = "the data subject's key stays with what the plan keeps, and opens a backup of it"


@dataclass(frozen=True, slots=True)
class SealedCopy:
    """One value as its row held it before the erasure, and the canary that was sealed in it."""

    column: SealedColumn
    stored: object
    subject: str
    canary: str

    def is_bare(self, search: Search) -> bool:
        """Whether the plaintext stands in what is stored."""
        stored = self.stored if isinstance(self.stored, bytes) else str(self.stored).encode()
        return any(search.content(stored, str(self.column)))

    def is_open(self) -> bool:
        """Whether it can still be opened. Raises DecryptionError where another reason than a lost key is against it."""
        try:
            InstalledColumn(self.column.declared).current().open(self.stored, self.subject or None)
        except ErasedError:
            return False
        return True


def copies(person: Seeded, columns: Iterable[SealedColumn], rows: SealedRows) -> Iterator[SealedCopy]:
    """Every sealed value of a made-up data subject. Raises SeedError where a row of theirs is not there."""
    for column in columns:
        for (label, key), canaries in person.rows.items():
            if label == column.label and column.name in canaries:
                row = _row(column, key, rows)
                yield SealedCopy(column, row.stored[0], next(iter(row.subjects), "") or "", canaries[column.name])


def opened(person: Seeded, taken: Sequence[SealedCopy], kept: set[str]) -> Iterator[SealedCopy | Residual]:
    """The copies that can be opened though they are bound to this person, of whom nothing sealed is kept.

    Of each other column, why nobody can expect a copy of it to be closed.
    """
    theirs = [each for each in taken if each.column.declared.subject == person.kind and each.subject == person.key]
    stays = any(each.canary in kept for each in theirs)
    for each in taken:
        if each not in theirs or stays:
            yield Residual(str(each.column), STAYS if each in theirs else UNBOUND)
        elif each.is_open():
            yield each


def _row(column: SealedColumn, key: str, rows: SealedRows) -> SealedRow:
    """A row as it is stored, found among all of its table. Raises SeedError."""
    table = SealedTable(
        label=column.label, columns=(column.name,), subjects=(column.subject,) if column.subject else ()
    )
    last = ""
    while portion := rows.after(table, last, AT_ONCE):
        for row in portion:
            if row.key == key:
                return row
        last = portion[-1].key
    hint = "look whether the column's table has the primary key that its model says"
    raise SeedError(f"the row that was made up for {column} cannot be read as it is stored", hint=hint)
