"""An encrypted column and the plain one beside it, of which one is on its way to take the other's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from consentguard import copying, ports
from consentguard.datamap.schema import Beside, SealedColumn
from consentguard.reencryption.tables import ColumnError

Way = Literal["encrypt", "decrypt"]


def beside(column: SealedColumn, way: Way) -> Beside | None:
    """The plain column that an encrypted one copies, or is copied to; None where none is declared."""
    return column.copies if way == "encrypt" else column.copied_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An encrypted column and the plain one beside it, and which of the two becomes a copy of the other."""

    column: SealedColumn
    plain: Beside
    way: Way
    copier: ports.Copier
    foreign: bool = False
    """Whether the plain column holds another package's values, which are read as they are stored."""

    @property
    def name(self) -> str:
        """What its work is called, such as `encrypt shop.Customer.phone_sealed`."""
        return f"{self.way} {self.column}"

    @property
    def copied(self) -> ports.CopiedColumn:
        """What a store has to know of it."""
        source, target = self._in_order(self.plain.name, self.column.name)
        stored = frozenset({self.column.name, *([self.plain.name] if self.foreign else [])})
        label, subject = self.column.label, self.column.subject
        return ports.CopiedColumn(label=label, source=source, target=target, stored=stored, subject=subject)

    @property
    def trigger(self) -> copying.Copy:
        """What the database has to know of it."""
        source, target = self._in_order(self.plain.db_name, self.column.db_column)
        return copying.Copy(table=self.column.db_table, key=self.column.db_keys, source=source, target=target)

    def _in_order(self, plain: str, sealed: str) -> tuple[str, str]:
        return (plain, sealed) if self.way == "encrypt" else (sealed, plain)

    def bound(self, rows: Sequence[ports.CopiedRow]) -> list[str | None]:
        """What the sealed values of these rows are bound to."""
        if self.column.subject:
            return [row.subject for row in rows]
        return [row.key if self.column.declared.to_row else None for row in rows]


def named_pair(columns: Sequence[SealedColumn], way: Way, name: str) -> tuple[SealedColumn, Beside]:
    """The two columns of a pair that somebody names by either, as the data map or the database does.

    Raises ColumnError.
    """
    known = [(column, plain) for column in columns if (plain := beside(column, way))]
    for column, plain in known:
        names = {str(column), f"{column.label}.{plain.name}"}
        if name in names | {f"{column.db_table}.{each}" for each in (column.db_column, plain.db_name)}:
            return column, plain
    declared = f"; declared are {', '.join(str(column) for column, _ in known)}" if known else ""
    hint = f"declare it by `{'copies' if way == 'encrypt' else 'copied_to'}=`{declared}"
    raise ColumnError(f"no encrypted column is declared beside {name!r}", hint=hint)
