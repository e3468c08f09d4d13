"""The encrypted columns of a host by their tables, each with what brings its values up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from consentguard.datamap.schema import SealedColumn
from consentguard.errors import ConsentGuardError
from consentguard.ports import Resealer, SealedRow, SealedTable, Swap
from consentguard.reencryption.refusals import Refusal


class ColumnError(ConsentGuardError):
    """A column is asked for that is not there, or not in the state that this needs."""


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """The encrypted columns of one table."""

    columns: tuple[SealedColumn, ...]
    resealers: tuple[Resealer, ...]

    @property
    def label(self) -> str:
        """What the data map calls it."""
        return self.columns[0].label

    @property
    def stored(self) -> SealedTable:
        """What a store has to know of it."""
        names = tuple(column.name for column in self.columns)
        subjects = tuple(dict.fromkeys(column.subject for column in self.columns if column.subject))
        return SealedTable(label=self.label, columns=names, subjects=subjects)

    @property
    def goal(self) -> str:
        """What it means that all of its values are up to date."""
        return "; ".join(resealer.goal for resealer in self.resealers)

    def changes(self, rows: Sequence[SealedRow]) -> tuple[list[Swap], list[Refusal]]:
        """What has to be changed in some rows, and which of their values cannot be."""
        renewed = [
            resealer.renew([row.stored[place] for row in rows], self._bound(column, rows))
            for place, (column, resealer) in enumerate(zip(self.columns, self.resealers, strict=True))
        ]
        refused = [
            Refusal(str(column), rows[place].key, error.message)
            for column, each in zip(self.columns, renewed, strict=True)
            for place, error in each.refused.items()
        ]
        after = zip(*(each.values for each in renewed), strict=True)
        pairs = zip(rows, after, strict=True)
        return [Swap(row.key, row.stored, new) for row, new in pairs if new != row.stored], refused

    def _bound(self, column: SealedColumn, rows: Sequence[SealedRow]) -> list[str | None]:
        """What the values of a column are bound to: a row that names its data subject is named by both."""
        keys = [row.key if column.declared.to_row else None for row in rows]
        if not column.subject:
            return keys
        place = self.stored.subjects.index(column.subject)
        subjects = [row.subjects[place] for row in rows]
        return [f"{subject}.{key}" if key else subject for subject, key in zip(subjects, keys, strict=True)]


def by_table(columns: Iterable[SealedColumn], resealer: Callable[[SealedColumn], Resealer]) -> Iterator[EncryptedTable]:
    """The columns by their tables, in the order in which these come."""
    tables: dict[str, list[SealedColumn]] = {}
    for column in columns:
        tables.setdefault(column.label, []).append(column)
    for theirs in tables.values():
        yield EncryptedTable(tuple(theirs), tuple(map(resealer, theirs)))


def named(columns: Iterable[SealedColumn], name: str) -> SealedColumn:
    """The column that somebody names by the data map's names or the database's own. Raises ColumnError."""
    known = tuple(columns)
    for column in known:
        if name in {str(column), f"{column.db_table}.{column.db_column}"}:
            return column
    hint = f"the encrypted columns are {', '.join(map(str, known))}" if known else "there is none"
    raise ColumnError(f"there is no encrypted column {name!r} here", hint=hint)
