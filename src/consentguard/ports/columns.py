"""What a store owes for encryption: the host's encrypted columns as they are stored, and the keys of data subjects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from consentguard.records import ColumnJob, DataKey, NewDataKey


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
        """Joined. Take the digests out of what these rows hold, for good; how many had some.

        The sealed values stay, and a length of zero before them: see `consentguard.crypto.index.layout`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedColumn:
    """Two columns of one table, by the names of the data map, of which `target` is to hold a copy of `source`.

    Values of the columns `stored` are handed out and taken as they are stored, all others as the host's code has them.
    `subject` is the column that names the data subject to whose key values are bound, if any.
    """

    label: str
    source: str
    target: str
    stored: frozenset[str]
    subject: str = ""


class CopiedRow(NamedTuple):
    """A row: its primary key as text, both values, the data subject as text.

    `marks` are the bytes that the database itself writes for the two, by which a change of either is seen.
    """

    key: str
    source: object
    target: object
    marks: tuple[bytes | None, bytes | None]
    subject: str | None = None


class CopiedRows(Protocol):
    """Rows of which one column is copied to another, while others write to both."""

    def after(self, copy: CopiedColumn, key: str, limit: int, *, uncopied: bool = False) -> Sequence[CopiedRow]:
        """Rows with greater primary keys, in their order; those of which both columns are NULL are left out.

        With `uncopied` those alone that have a source and no target.
        """

    def uncopied(self, copy: CopiedColumn) -> int:
        """How many rows have a source and no target."""

    def copy(self, copy: CopiedColumn, changes: Sequence[tuple[CopiedRow, object]]) -> int:
        """Joined. Give rows a target, each only where both of its columns are as they were read; how many were.

        Raises RefusedError where a rule of the table forbids it.
        """


class ColumnJobs(Protocol):
    """How far the works on whole columns are, so that one that was cut short goes on where it stopped."""

    def find(self, name: str) -> ColumnJob | None:
        """The work of that name, or None."""

    def all(self) -> Sequence[ColumnJob]:
        """Every work, by name."""

    def put(self, job: ColumnJob) -> None:
        """Joined. Keep how far a work is, in place of what was kept of it before."""


class DataKeys(Protocol):
    """Keys of data subjects, wrapped, one enabled for each. They may stand in another database than what they seal.

    What is asked for is found with one query for each thousand, in no order that means anything.
    """

    def put(self, keys: Sequence[NewDataKey]) -> Sequence[DataKey]:
        """Joined. Keep a key for each subject that has none enabled; where there is one, also by now, it stays.

        Returns the enabled key of each, also that which another transaction committed meanwhile, whatever the
        isolation; none of them can be destroyed before the caller's transaction ends. The table gives ids from 1 to
        LAST_DATA_KEY, and never one again that somebody else can have seen, a destroyed key's neither.
        """

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        """The enabled keys of these pseudonyms."""

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        """The keys with these ids; of a destroyed one its tombstone."""

    def destroy(self, subjects: Sequence[str], on: dt.date) -> Sequence[int]:
        """Joined. Leave nothing of the enabled keys of these pseudonyms but tombstones with that day.

        Returns the ids of those that went, in order; of several that destroy a key at once one gets its id.
        """


class WrappedKeys(Protocol):
    """The same keys by what wraps them, for moving them under another key of the keyring."""

    def after(self, id: int, limit: int) -> Sequence[DataKey]:  # noqa: A002 - the record's own word
        """Enabled keys with greater ids, by id."""

    def rewrap(self, changes: Sequence[tuple[DataKey, DataKey]]) -> int:
        """Joined. Give each key the `key_id` and `wrapped` of the second if it still is as the first; how many were."""

    def under(self) -> Mapping[int, int]:
        """How many enabled keys each key of the keyring wraps, by its id."""
