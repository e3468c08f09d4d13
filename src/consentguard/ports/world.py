"""What the core asks of the world around a site: the time, the mail, where somebody is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol

from consentguard.errors import ConsentGuardError
from consentguard.records import Message, Tombstone


class MailError(ConsentGuardError):
    """A mail could not be handed over; it may be tried again."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> dt.datetime:
        """The moment, aware and in UTC."""


class Mail(Protocol):
    """The host's way of sending mail."""

    def send(self, message: Message) -> None:
        """Hand a mail over. Raises MailError, whose text holds no address, when it could not be."""


class Jurisdictions(Protocol):
    """Where a visitor is, as far as the host can tell."""

    def of(self, headers: Mapping[str, str], address: str) -> str | None:
        """An ISO 3166 code such as `ES` or `US-CA`, or None: then the most protective regime holds.

        `headers` are the request's, named as the standards write them; `address` is the client's.
        """


class FilesError(ConsentGuardError):
    """A file could not be read or deleted; it may be tried again. The text holds no file's name."""


class Files(Protocol):
    """The files that columns of the host's tables name, each in the storage of its column."""

    def open(self, label: str, column: str, name: str) -> BinaryIO:
        """A file, for reading. Raises FilesError."""

    def delete(self, label: str, column: str, name: str) -> None:
        """Delete a file; nothing where it is gone already. Raises FilesError."""


class LedgerError(ConsentGuardError):
    """The ledger of erasures cannot be written or read, or somebody changed it: nothing is erased without it."""


class Ledger(Protocol):
    """What was erased and what is held, kept outside the database, so that a restored backup is erased again."""

    def append(self, tombstones: tuple[Tombstone, ...]) -> None:
        """Keep entries so that they outlast this process and this machine's power, before it returns.

        Raises LedgerError, and then it is not known whether they are kept: written twice they do no harm.
        """

    def read(self, after: str = "") -> Iterator[Tombstone]:
        """The entries in the order of their ids, or those behind an id. Raises LedgerError."""
