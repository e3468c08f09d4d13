"""A table in memory whose columns are encrypted, for the tests of what works on whole columns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.keyring import Keyring
from consentguard.datamap.schema import SealedColumn
from consentguard.encryption import Encryption
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.testing.clock import FrozenClock
from tests.web_policy import BareHost

PHONE = Declaration(context=Context("shop_customer", "phone"))
NOTE = Declaration(context=Context("shop_customer", "note"), to_row=True)


def column(name: str, declared: Declaration, load: Callable[[bytes], object] = bytes.decode) -> SealedColumn:
    """An encrypted column of texts of the table `Customer`."""
    return SealedColumn(
        label="Customer",
        name=name,
        database="default",
        db_table="shop_customer",
        db_column=name,
        db_keys=("id",),
        declared=declared,
        load=load,
        dump=lambda value: str(value).encode(),
        subject="owner" if declared.subject else "",
        db_subject="owner" if declared.subject else "",
    )


@dataclass
class Vault:
    """A site with the table `Customer` in memory, under a keyring that a test may change."""

    ring: Keyring
    columns: tuple[SealedColumn, ...] = (column("phone", PHONE), column("note", NOTE))
    table: MemoryTable = field(default_factory=MemoryTable)

    def __post_init__(self) -> None:
        self.stores = MemoryStores(tables={"Customer": self.table})
        self._ids = itertools.count(1)

    @property
    def encryption(self) -> Encryption:
        """What is encrypted, under the keyring as it is."""
        return Encryption(self.host(), self.ring, "default", clock=FrozenClock())

    def host(self, folder: Path = Path()) -> BareHost:
        """The site itself, without a policy unless there is one in the folder."""
        return BareHost(folder, {"default": self.stores}, sealed=self.columns)

    def add(self, owner: int | None = None, **texts: str | None) -> int:
        """A row whose columns hold these texts, sealed."""
        key = next(self._ids)
        row = {column.name: self.sealed(column, texts.get(column.name), key, owner) for column in self.columns}
        self.table.rows.append({"id": key, "owner": owner, **row})
        return key

    def sealed(self, column: SealedColumn, text: str | None, key: int, owner: int | None = None) -> bytes | None:
        """A text as the column stores it."""
        row = str(owner) if column.declared.subject else str(key)
        return None if text is None else self._column(column).seal(text.encode(), text, row)

    def texts(self, name: str) -> list[str | None]:
        """What a column's values are, opened."""
        (wanted,) = (column for column in self.columns if column.name == name)
        opener = self._column(wanted)
        return [
            None if row[name] is None else opener.open(row[name], self._bound(wanted, row)).decode()
            for row in self.table.rows
        ]

    def _bound(self, wanted: SealedColumn, row: Mapping[str, object]) -> str:
        return str(row["owner"] if wanted.declared.subject else row["id"])

    def _column(self, column: SealedColumn) -> Column:
        return Column(column.declared, self.ring, lambda: SubjectKeys(self.ring, self.stores.data_keys))
