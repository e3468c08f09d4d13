"""What a store owes for the host's encrypted columns: as they are stored, read in order and changed in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from consentguard.records import ColumnJob


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTable:
    """Encrypted columns of one table, by the label and the names of the data map.

    `subjects` are columns of the same table that name the data subjects to whose keys values are bound.
    """

    label: str
    columns: tuple[str, ...]
    subjects: tuple[str, ...] = ()


class SealedRow(NamedTuple):
    """One row as it is stored: its primary key as text, a value for each column, a text for each data subject."""

    key: str
    stored: tuple[object, ...]
    subjects: tuple[str | None, ...] = ()


class Swap(NamedTuple):
    """What a row's columns should hold in place of what they were read to hold."""

    key: str
    old: tuple[object, ...]
    new: tuple[object, ...]


class SealedRows(Protocol):
    """Encrypted columns of the host's tables. Values are bytes; what is none, as SQLite may keep, is handed out as is.

    A primary key of several columns is a JSON list of their texts.
    """

    def after(self, table: SealedTable, key: str, limit: int) -> Sequence[SealedRow]:
        """Rows with greater primary keys, in their order; with an empty key from the first.

        Those of which all columns are NULL are left out.
        """

    def swap(self, table: SealedTable, changes: Sequence[Swap]) -> int:
        """Joined. Give rows their new values, each only where all of its columns still hold the old; how many did.

        Raises RefusedError where a rule of the table forbids it, such as that of a unique index.
        """

    def beginnings(self, label: str, column: str, length: int) -> Mapping[bytes, int]:
        """How many values begin alike, in one query; those that are no bytes begin with none.

        That is the first two bytes of what stands before the sealed value, where there are digests, and the first
        `length` of the sealed value: see `consentguard.crypto.index.layout`.
        """

    def held(self, label: str, column: str, subject: str, key: str) -> int:
        """How many rows hold something in that column, of those whose column `subject` is `key`, to the letter."""

    def unindex(self, label: str, column: str, subject: str, key: str) -> int:
        """Joined. Leave of what these rows hold the sealed value alone, without digests; how many had some."""


class ColumnJobs(Protocol):
    """How far the works on whole columns are, so that one that was cut short goes on where it stopped."""

    def find(self, name: str) -> ColumnJob | None:
        """The work of that name, or None."""

    def all(self) -> Sequence[ColumnJob]:
        """Every work, by name."""

    def put(self, job: ColumnJob) -> None:
        """Joined. Keep how far a work is, in place of what was kept of it before."""
