"""What one room of the core offers another, handed in by the guard: no feature knows another, nor the cipher."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from consentguard.errors import ConsentGuardError
from consentguard.records import ConsentRecord, EvidenceEntry, Hold, SubjectRef

Shown = Callable[[], SubjectRef | None]
"""Tells who has lately given the second factor that they have; None where nobody has. Asked only where it matters."""


def nobody() -> None:
    """Nobody has given a second factor."""


class Witness(Protocol):
    """Takes down that something was done."""

    def record(self, act: str, subject: str = "", **details: str | int | bool | None) -> None:
        """Joined. Add an entry to the evidence: `act` such as `consent.decided`, the pseudonym it concerns.

        `details` are plain facts, never personal data, nor anything that leads to it.
        """

    def record_once(
        self,
        entry_id: str,
        act: str,
        subject: str,
        after: dt.datetime | None = None,
        /,
        **details: str | int | bool | None,
    ) -> EvidenceEntry:
        """Joined. As `record`, for an act that has an id of its own (32 hex digits), so that it is taken down once.

        Its moment is later than `after`, whatever the clock of this machine says. Raises StoreError where an entry has
        that id.
        """

    def import_once(
        self, entry_id: str, act: str, subject: str, at: dt.datetime, /, **details: str | int | bool | None
    ) -> EvidenceEntry:
        """Joined. As `record_once`, for what another system took down, at a moment that is past.

        The entry says in its details on which day it came here (`imported`), so that nobody takes it for one that was
        written as it happened. Raises EvidenceError for a moment that is not past.
        """


class Macs(Protocol):
    """Keyed hashes of facts, so that a changed fact is found."""

    def mac(self, data: bytes) -> tuple[int, str]:
        """The id of the key in use, and the hash in hex."""

    def every(self, data: bytes) -> Sequence[str]:
        """The hash in hex under each key that there is, to find what was kept before a rotation; the newest first."""

    def check(self, key_id: int, data: bytes, mac: str) -> bool:
        """Whether that key made this hash of the data; False for a key that is unknown. In constant time."""

    def checker(self, key_id: int) -> Callable[[bytes, str], bool] | None:
        """`check` for one key, made ready for many hashes; None for a key that is unknown."""


class Pseudonyms(Protocol):
    """Keyed references to people: pseudonymous, not anonymous, and the same after a rotation of keys."""

    def of(self, subject: SubjectRef) -> str:
        """The reference to a data subject: 32 hex digits."""

    def of_address(self, address: str) -> str:
        """The reference to an e-mail address, upper and lower case alike: 32 hex digits."""


class Agreements(Protocol):
    """What people agree to, and take back. Somebody without an account is known by their e-mail address."""

    @property
    def purposes(self) -> Collection[str]:
        """Every purpose that waits for somebody's consent."""

    def give(
        self,
        purposes: Collection[str],
        who: SubjectRef | str | None,
        *,
        text: str,
        component: str,
        language: str,
        jurisdiction: str | None = None,
        gpc: bool = False,
        nonce: str = "",
    ) -> ConsentRecord:
        """Joined. Record consent that was given by these words. Raises ConsentError."""

    def withdraw_by(
        self, pseudonym: str, purposes: Collection[str], *, component: str, language: str = ""
    ) -> ConsentRecord | None:
        """Joined. Record that whoever has this pseudonym takes consent back; None where there is nothing to."""

    def consenting(self, purpose: str, people: Iterable[SubjectRef | str]) -> frozenset[SubjectRef | str]:
        """Those of these people who agree to a purpose now."""

    def signalling(self, people: Iterable[SubjectRef | str]) -> frozenset[SubjectRef | str]:
        """Those of these people whose browser sent Global Privacy Control when they last decided anything."""


class Informer(Protocol):
    """Says what the policy tells somebody about data of some categories (Art. 15(1) GDPR).

    `jurisdiction` is where they are, or None: then it says everything, with whom it is for.
    """

    def told(self, title: str, categories: Collection[str], language: str, jurisdiction: str | None) -> str:
        """As text, in a language: purposes, data, sources, recipients, transfers, retention, rights, complaints."""

    def facts(self, categories: Collection[str], language: str, jurisdiction: str | None) -> Mapping[str, object]:
        """The same for programs, ready to be written as JSON: by the names of the policy."""


class Sealer(Protocol):
    """Seals what only this site may read, bound to the one place that it is kept in."""

    def seal(self, plaintext: bytes) -> bytes:
        """The sealed value."""

    def open(self, sealed: bytes) -> bytes:
        """The plaintext. Raises DecryptionError, which never says why."""


class RowSealer(Protocol):
    """As Sealer, bound to the one row as well, by a name that stays: what stands in another row does not open."""

    def seal(self, plaintext: bytes, row: str) -> bytes:
        """The sealed value of a row."""

    def open(self, sealed: bytes, row: str) -> bytes:
        """The plaintext. Raises DecryptionError, which never says why."""


class Renewed(NamedTuple):
    """Stored values brought up to date: those that cannot be opened are left as they are, and `refused` says why."""

    values: list[object]
    refused: dict[int, ConsentGuardError]


class Resealer(Protocol):
    """Brings the stored values of one encrypted column up to date: under the key in use, with the digests in use.

    What a value begins with, as `SealedRows.beginnings` counts it, tells whether it is.
    """

    @property
    def goal(self) -> str:
        """What up to date means: another text wherever it means something else."""

    @property
    def length(self) -> int:
        """How many bytes of the sealed value have to be known of its beginning."""

    def is_settled(self, beginning: bytes) -> bool:
        """Whether a value that begins so is up to date, or was erased for good."""

    def key_id(self, beginning: bytes) -> int | None:
        """The key of the keyring that a value is under; None for what is no sealed value, or under another key."""

    def renew(self, stored: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as it would be stored now, bound to what `rows` say; the very same where nothing has to change.

        Raises StoreError where the keys of data subjects cannot be loaded.
        """


class Copier(Protocol):
    """Makes values of an encrypted column of those of a plain one, or the other way round, and compares the two.

    `rows` are what the sealed values are bound to. No reason for a refusal shows a value. Raises StoreError where the
    keys of data subjects cannot be loaded.
    """

    def seal(self, plain: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as the encrypted column stores it; None where that takes it for NULL."""

    def open(self, stored: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as the plain column has it."""

    def compare(
        self, plain: Sequence[object], stored: Sequence[object], rows: Sequence[str | None]
    ) -> Mapping[int, str]:
        """Why what is stored is no copy of a plain value, by the place of each that is none."""


class SubjectKeys(Protocol):
    """The keys of data subjects, under each of which what is theirs is sealed."""

    def destroy(self, subjects: Iterable[SubjectRef]) -> int:
        """Joined. Destroy the keys of these data subjects; how many there were.

        What was sealed under one can be opened by nobody who has no copy of the table. Raises StoreError.
        """


class Shredder(Protocol):
    """Destroys the keys of data subjects."""

    def after_erasure(self, subjects: Sequence[SubjectRef]) -> None:
        """Joined. Destroy the keys of those data subjects of whose sealed values no row is left. Raises StoreError."""


class Undertaker(Protocol):
    """Writes into the ledger outside the database who is erased and what is held; nothing where there is no ledger."""

    def bury(self, people: Sequence[SubjectRef], addresses: Sequence[str], digest: str) -> tuple[str, ...]:
        """Durable. Write that these data subjects are erased under the plan of this digest, before anything of it is.

        What their own rows know them by is added to the `addresses` (e-mail, phone) that are known of them. The ids of
        the entries; written twice they do no harm. Raises LedgerError, and then nothing may be erased.
        """

    def held(self, hold: Hold) -> None:
        """Durable. Write that a hold is placed, before it is: one that never came about holds too much, not too little.

        Raises LedgerError.
        """

    def released(self, hold: Hold) -> None:
        """Durable. Write that a hold is released, after it was. Raises LedgerError."""


class ReportSigner(Protocol):
    """Signs what is shown to others, who can verify it without any secret of ours."""

    def sign(self, data: bytes) -> tuple[str, str]:
        """The fingerprint of the public key, and the signature in hex (Ed25519, RFC 8032)."""


class Signer(Protocol):
    """Signs what a browser keeps, so that nobody else can have written it."""

    def sign(self, payload: str) -> str:
        """The payload with its signature: characters that a cookie may hold (RFC 6265 section 4.1.1)."""

    def unsign(self, signed: str) -> str | None:
        """The payload, or None where the signature is not ours, whatever is wrong with it."""
