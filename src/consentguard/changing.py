"""SQL that changes many rows, each only where it still is what it was read to be, for each kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SAME = {"postgresql": "IS NOT DISTINCT FROM", "sqlite": "IS", "mysql": "<=>", "mariadb": "<=>"}
"""What compares two values of which either may be NULL."""
_MARK = {
    "postgresql": """convert_to({column}::text, 'UTF8')""",
    "sqlite": "CAST({column} AS BLOB)",
    "mysql": "CAST({column} AS BINARY)",
    "mariadb": "CAST({column} AS BINARY)",
}
Row = tuple[Sequence[object], Sequence[object], Sequence[object]]
"""The values of a row's keys, of the columns that are set, and of what is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The columns `sets` of a table's rows, set by the columns `keys` where every expression of `guards` is as given.

    `where` is what has to hold besides. Names and expressions are SQL, quoted; all values but those of keys are bytes.
    """

    table: str
    keys: tuple[str, ...]
    sets: tuple[str, ...]
    guards: tuple[str, ...]
    where: str = ""

    def of_one(self, kind: str, *, new: str, key: str, old: str) -> str:
        """The statement for one row, whose parameters are those of a `Row` in the order of sets, keys and guards.

        `new`, `key` and `old` stand for one of each.
        """
        setting = ", ".join(f"{column} = {new}" for column in self.sets)
        same = (f"{guard} {SAME[kind]} {old}" for guard in self.guards)
        where = self._where(*(f"{column} = {key}" for column in self.keys), *same)
        return f"UPDATE {self.table} SET {setting} WHERE {where}"  # noqa: S608 - names alone

    def unnested(self, place: str, key_types: Sequence[str]) -> str:
        """The statement for many rows on PostgreSQL, whose parameters are one list for each key, set and guard."""
        types = [*key_types, *["bytea"] * len((*self.sets, *self.guards))]
        lists = ", ".join(f"{place}::{each}[]" for each in types)
        given = f"unnest({lists}) AS cg_given ({', '.join(self._given)})"
        return f"UPDATE {self.table} SET {self._setting} FROM {given} WHERE {self._matching('postgresql')}"  # noqa: S608

    def joined(self, rows: Iterable[Row]) -> str:
        """The statement for many rows on MariaDB, whose keys are integers: with all values in it, as literals."""
        nothing = ", ".join(f"{'0' if name.startswith(_KEY) else _NOTHING} AS {name}" for name in self._given)
        values = ", ".join(f"({', '.join(map(_literal, (*keys, *new, *old)))})" for keys, new, old in rows)
        given = f"(SELECT {nothing} UNION ALL VALUES {values}) AS cg_given"
        return f"UPDATE {self.table} JOIN {given} SET {self._setting} WHERE {self._matching('mysql')}"  # noqa: S608

    @property
    def _given(self) -> list[str]:
        """The columns of the rows that are given, in their order."""
        return [*_numbered(_KEY, self.keys), *_numbered(_NEW, self.sets), *_numbered(_OLD, self.guards)]

    @property
    def _setting(self) -> str:
        pairs = zip(self.sets, _numbered(_NEW, self.sets), strict=True)
        return ", ".join(f"{column} = {new}" for column, new in pairs)

    def _matching(self, kind: str) -> str:
        keys = zip(self.keys, _numbered(_KEY, self.keys), strict=True)
        guards = zip(self.guards, _numbered(_OLD, self.guards), strict=True)
        return self._where(*(" = ".join(pair) for pair in keys), *(f" {SAME[kind]} ".join(pair) for pair in guards))

    def _where(self, *conditions: str) -> str:
        return " AND ".join([*conditions, *([self.where] if self.where else [])])


_KEY, _NEW, _OLD = "cg_key_", "cg_new_", "cg_old_"
_NOTHING = "x''"


def _numbered(name: str, columns: Sequence[str]) -> list[str]:
    return [f"{name}{number}" for number in range(len(columns))]


def mark(kind: str, column: str) -> str:
    """The bytes that a database writes for a value, of which two are alike only where the values are: not by case."""
    return _MARK[kind].format(column=column)


def _literal(value: object) -> str:
    """NULL, a number or bytes, as SQL."""
    if value is None:
        return "NULL"
    return f"x'{value.hex()}'" if isinstance(value, bytes) else str(int(str(value)))
