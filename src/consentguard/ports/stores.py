"""What a store owes: one Protocol for each capability, all of one database.

A **joined** method is part of the caller's transaction, or one of its own where there is none, so that an act and its
evidence stand or fall together. A **durable** one has an effect that must survive what the caller does next, such as a
counted attempt: it raises InsideTransactionError inside a transaction, before it does anything. What must hold under
concurrency is one atomic statement with a verdict. Moments are aware, in UTC, and keep their microseconds. To add what
is there already raises StoreError and leaves what was there; so does a database without our tables, or one that cannot
be reached. `consentguard.testing.contracts` holds every store to this page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from consentguard.errors import ConsentGuardError
from consentguard.ports.columns import ColumnJobs, CopiedRows, DataKeys, SealedRows, WrappedKeys
from consentguard.ports.minors import GuardianConsents, MinorReports
from consentguard.ports.people import AgeClaims, Authenticators, FactorSessions, Passkeys, RecoveryCodes
from consentguard.ports.work import Archive, Bookmarks, Errands, Happenings, Holds, Marks, Runs
from consentguard.records import (
    Checkpoint,
    EvidenceEntry,
    RequestState,
    RightsRequest,
    Seal,
    Selection,
    Tally,
    Token,
    TokenPurpose,
    Weight,
)


class StoreError(ConsentGuardError):
    """The database lacks consentguard's tables, cannot be reached, or refuses what it was told to keep."""


class InsideTransactionError(ConsentGuardError):
    """A durable method was called inside a transaction, whose end could undo it."""


class Transactions(Protocol):
    """Where a transaction begins and ends."""

    def atomic(self) -> AbstractContextManager[None]:
        """All of the block or nothing. Part of the caller's transaction where there is one, else one of its own."""

    def outside(self) -> None:
        """Raises InsideTransactionError inside a transaction, or while the caller's session holds changes."""


class EvidenceEntries(Protocol):
    """Acts as they happened. Append-only: there is no way to change or remove one but `EvidenceSeals.prune`."""

    def add(self, entry: EvidenceEntry) -> None:
        """Joined. Keep an entry; writers never wait for one another."""

    def find(self, id: str) -> EvidenceEntry | None:  # noqa: A002 - the record's own word
        """The entry with this id, or None."""

    def about(self, act: str, subjects: Sequence[str]) -> Sequence[EvidenceEntry]:
        """The entries of one act about these pseudonyms, the newest first by `(at, id)`; never those of EVERYONE."""

    def tally(self, act: str, since: dt.datetime) -> Sequence[Tally]:
        """How many entries of one act since a moment say the same, by day (UTC), version and details; in that order."""

    def unsealed(self, since: dt.datetime | None, limit: int) -> Sequence[EvidenceEntry]:
        """The oldest entries that no seal covers, by `(at, id)`; with `since` only those of that moment or later."""

    def waiting(self) -> int:
        """How many entries no seal covers."""

    def under(self) -> Mapping[int, int]:
        """How many entries each key of the keyring made the keyed hash of, by its id."""


class EvidenceSeals(Protocol):
    """The chain over the entries of one segment. Append-only but for `prune`."""

    def last(self) -> Seal | None:
        """The newest seal; None before the first, and right after everything sealed was pruned."""

    def extend(self, seals: Sequence[Seal]) -> bool:
        """Durable. Append seals whose sequences follow one another, all or none.

        False, with nothing changed, where a sequence or an entry has a seal already: somebody else was first. The
        entry itself need not be there: `read` tells.
        """

    def read(self, after: int, limit: int) -> Sequence[tuple[Seal, EvidenceEntry | None]]:
        """The seals after a sequence, in order, each with its entry; None where the entry is gone."""

    def checkpoint(self) -> Checkpoint | None:
        """What the last `prune` left; None before the first."""

    def prune(self, checkpoint: Checkpoint) -> int:
        """Joined. Remove the seals up to the checkpoint's sequence with their entries, and keep the checkpoint.

        Returns how many entries went. Raises StoreError, with nothing changed, unless a seal with that very
        sequence and hash is there.
        """


class Suppressions(Protocol):
    """Addresses that no mail of a purpose goes to any more, by keyed pseudonym: they outlive an erasure."""

    def add(self, address: str, purpose: str, at: dt.datetime) -> bool:
        """Joined. Suppress a pseudonym for a purpose; False, with nothing changed, where it is already."""

    def lift(self, address: str, purpose: str) -> bool:
        """Joined. Suppress it no more; the verdict."""

    def among(self, addresses: Sequence[str], purpose: str) -> frozenset[str]:
        """Those of these pseudonyms that are suppressed for a purpose."""

    def counts(self) -> Mapping[str, int]:
        """How many pseudonyms are suppressed, by purpose."""


class RightsRequests(Protocol):
    """Requests of data subjects and how far they are."""

    def add(self, request: RightsRequest) -> None:
        """Joined. Keep a new request."""

    def find(self, id: str) -> RightsRequest | None:  # noqa: A002 - the record's own word
        """The request with this id, or None."""

    def change(self, request: RightsRequest, was: RightsRequest) -> bool:
        """Joined. Replace the fields of a request that differ between both and are `records.CHANGING`, if these fields,
        its `state` and `owes` still are as in `was`; the verdict.

        What differs in none of both is left as it is by now. The rest of a request never changes.
        """

    def in_state(self, state: RequestState, limit: int) -> Sequence[RightsRequest]:
        """Requests in a state, the most urgent first: by `(due_on, id)`."""

    def of(self, contact_ref: str) -> Sequence[RightsRequest]:
        """The requests from an address, by its pseudonym, the newest first: by `id`."""

    def owing(self, limit: int) -> Sequence[RightsRequest]:
        """Requests whose mail has not gone out, the oldest first: by `(received_at, id)`."""


class Tokens(Protocol):
    """Digests of the tokens that people and machines hold. Expiry is read at use, against the caller's `now`."""

    def add(self, token: Token) -> None:
        """Joined. Keep a token's digest."""

    def find(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """The token if it is of that purpose, not used and not expired (`now < expires_at`); else None."""

    def claim(self, digest: str, purpose: TokenPurpose, now: dt.datetime) -> Token | None:
        """Joined. As `find`, and it is used from now on; of several claims at once exactly one gets it."""

    def withdraw(self, about: str, purpose: TokenPurpose) -> int:
        """Joined. Remove the tokens of that purpose about something, used or not; how many went."""

    def forget(self, before: dt.datetime) -> int:
        """Joined. Remove every token that expired before then; how many went."""


class Dataset(Protocol):
    """The host's own tables, by the labels and names of the data map; every act is set-based."""

    def match(self, label: str, column: str, value: str) -> Sequence[str]:
        """The primary keys, as text and in order, of rows whose column is `value`, upper and lower case alike.

        ASCII letters at least, and alike in nothing but case, whatever the collation: an accent makes another person.
        ASCII is like ASCII alone.
        """

    def count(self, selection: Selection) -> int:
        """How many rows are selected."""

    def weigh(self, selection: Selection, column: str = "") -> Weight:
        """How many rows are selected, the bytes of their values (about), and the oldest moment of `column`."""

    def keys(self, selection: Selection, after: str, limit: int) -> Sequence[str]:
        """The first so many primary keys behind `after` (empty: from the first) of the selected rows, in their order.

        As text, and numbers in the order of numbers: the order that `rows` has.
        """

    def split(self, selection: Selection, parts: int) -> Sequence[str]:
        """At most `parts - 1` primary keys, in order, that part the selected rows into about equal shares."""

    def rows(self, selection: Selection, columns: Sequence[str]) -> Iterator[Mapping[str, object]]:
        """The selected rows' columns, by primary key, read in portions."""

    def delete(self, selection: Selection) -> int:
        """Joined. Delete the selected rows; how many went."""

    def clear(self, selection: Selection, columns: Sequence[str]) -> int:
        """Joined. Empty these columns of the selected rows (NULL, or `""` where NULL is not allowed); how many rows.

        A text that allows no NULL and has to differ from row to row becomes the row's own primary key. Raises
        StoreError, with nothing changed, for a column that can be none of these.
        """

    def change(self, selection: Selection, values: Mapping[str, object]) -> int:
        """Joined. Give columns of the selected rows these values; how many rows.

        Raises StoreError, with nothing changed, for a value that a column cannot hold; it never shows the value.
        """

    def insert(self, label: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Joined. Add rows as `rows` gave them, or as JSON writes those values; how many. Raises StoreError."""

    def histories(self, label: str) -> Sequence[str]:
        """The labels of the tables in which other packages keep the past of a table's rows."""

    def forget(self, label: str, keys: Sequence[str], columns: Sequence[str] = ()) -> Mapping[str, int]:
        """Joined. Remove the past of these rows from those tables, or of those columns alone where one can tell.

        How many rows of which table were touched. What writes such tables is not told of any of this.
        """


class Stores(Protocol):
    """Every store of one database. `name` is its alias or bind, and the name of its evidence segment."""

    @property
    def name(self) -> str: ...
    @property
    def transactions(self) -> Transactions: ...
    @property
    def entries(self) -> EvidenceEntries: ...
    @property
    def seals(self) -> EvidenceSeals: ...
    @property
    def suppressions(self) -> Suppressions: ...
    @property
    def requests(self) -> RightsRequests: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def authenticators(self) -> Authenticators: ...
    @property
    def recovery_codes(self) -> RecoveryCodes: ...
    @property
    def factor_sessions(self) -> FactorSessions: ...
    @property
    def passkeys(self) -> Passkeys: ...
    @property
    def age_claims(self) -> AgeClaims: ...
    @property
    def minor_reports(self) -> MinorReports: ...
    @property
    def guardian_consents(self) -> GuardianConsents: ...
    @property
    def data_keys(self) -> DataKeys: ...
    @property
    def wrapped_keys(self) -> WrappedKeys: ...
    @property
    def dataset(self) -> Dataset: ...
    @property
    def sealed_rows(self) -> SealedRows: ...
    @property
    def copied_rows(self) -> CopiedRows: ...
    @property
    def column_jobs(self) -> ColumnJobs: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def holds(self) -> Holds: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def errands(self) -> Errands: ...
    @property
    def happenings(self) -> Happenings: ...
    @property
    def archive(self) -> Archive: ...
    @property
    def bookmarks(self) -> Bookmarks: ...
