"""A ledger in a table of another database, which is restored at other times than the one it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from consentguard.ports import LedgerError, StoreError
from consentguard.ports.mistakes import MissingError
from consentguard.records import Tombstone
from consentguard.tombstones.entries import parsed, written

TABLE = "consentguard_tombstone"
AT_ONCE = 500
Ask = Callable[[str, Callable[[str], str]], Sequence[Sequence[object]]]
"""`Host.ask`."""


class DatabaseLedger:
    """`consentguard.ports.Ledger` in a table that is made with the first entry.

    Nothing is quoted: a statement holds hex digits and no other values. Each is committed before it returns.
    """

    def __init__(self, ask: Ask, alias: str, about: str) -> None:
        """`alias` is the database that holds the table, `about` the one whose entries these are."""
        self._ask, self._alias, self._about = ask, alias, about.encode().hex()

    def append(self, tombstones: tuple[Tombstone, ...]) -> None:
        """Insert entries. Raises LedgerError."""
        with self._told():
            for start in range(0, len(tombstones), AT_ONCE):
                statement = self._insert(tombstones[start : start + AT_ONCE])
                try:
                    self._ask(self._alias, lambda _, sql=statement: sql)  # type: ignore[misc]
                except MissingError:
                    with suppress(StoreError):  # PostgreSQL refuses one of two that make it at once
                        self._ask(self._alias, _create)
                    self._ask(self._alias, lambda _, sql=statement: sql)  # type: ignore[misc]

    def read(self, after: str = "") -> Iterator[Tombstone]:
        """The entries by id. Raises LedgerError."""
        where = f"about = '{self._about}' AND id > '{after.encode().hex()}'"
        query = f"SELECT entry FROM {TABLE} WHERE {where} ORDER BY id"  # noqa: S608 - hex digits alone
        with self._told():
            try:
                rows = self._ask(self._alias, lambda _: query)
            except MissingError:
                rows = ()
        try:
            lines = [bytes.fromhex(str(entry)) for (entry,) in rows]
        except ValueError as error:
            raise LedgerError(f"the ledger in {self._alias!r} holds what is no entry") from error
        yield from parsed(lines, f"in the database {self._alias}")

    def _insert(self, tombstones: Sequence[Tombstone]) -> str:
        values = (f"('{self._about}', '{each.id.encode().hex()}', '{written([each]).hex()}')" for each in tombstones)
        return f"INSERT INTO {TABLE} (about, id, entry) VALUES {', '.join(values)}"  # noqa: S608 - hex digits alone

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            hint = error.hint or "see that the database can be reached; nothing was erased"
            raise LedgerError(f"the ledger in {self._alias!r} cannot be used: {error.message}", hint=hint) from error


def _create(kind: str) -> str:
    text = "MEDIUMTEXT" if kind == "mysql" else "TEXT"
    columns = f"about VARCHAR(200) NOT NULL, id VARCHAR(64) NOT NULL, entry {text} NOT NULL, PRIMARY KEY (about, id)"
    return f"CREATE TABLE IF NOT EXISTS {TABLE} ({columns})"
