"""One column of sealed values: what the field or type of an ORM asks for, whatever it is bound to and found by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from consentguard.crypto.cipher import BATCH, HEADER_BYTES, OVERHEAD, Context, Sealer, as_bytes, header, key_id_of
from consentguard.crypto.data_keys import VERSION as SUBJECT_VERSION
from consentguard.crypto.data_keys import KeyBatch, SubjectKeys
from consentguard.crypto.errors import TamperedError, UnboundError
from consentguard.crypto.framing import framed, to_row
from consentguard.crypto.index.digest import IndexDigest
from consentguard.crypto.index.kinds import Index
from consentguard.crypto.index.layout import (
    BEFORE_DIGESTS,
    FIRST_BYTES,
    Layout,
    beginning,
    has_digests,
    head_length,
    is_cleared,
)
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.slots import Slot
from consentguard.crypto.subject_cipher import OVERHEAD as SUBJECT_OVERHEAD
from consentguard.crypto.subject_cipher import SubjectSealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is declared of an encrypted column, and holds no key.

    `context` is where its values belong. `indexes` are what they can be found by. With a `subject`, the kind of a data
    subject, each value is sealed under the key of the subject that its row names; with `to_row`, under the column's,
    bound to the primary key of its row. Up to `batch` values share the first half of their nonce.
    """

    context: Context
    indexes: tuple[Index, ...] = ()
    subject: str = ""
    to_row: bool = False
    batch: int = BATCH

    @property
    def is_bound(self) -> bool:
        """Whether a value can be sealed and opened only with what its row names."""
        return bool(self.subject) or self.to_row

    @property
    def overhead(self) -> int:
        """How many bytes a sealed value is longer than its plaintext, without its digests."""
        return SUBJECT_OVERHEAD if self.subject else OVERHEAD


class _Cipher(Protocol):
    """Seals and opens for one column; `row` is what the value is bound to, `extra` authenticated with it."""

    def seal(self, plaintext: bytes, row: str, extra: bytes) -> bytes: ...

    def open(self, sealed: bytes, row: str, extra: bytes, batch: KeyBatch | None) -> bytes: ...

    def key_id(self, sealed: bytes) -> int: ...


class Column:
    """A column under one keyring: seals, opens, and makes the digests that its values are found by."""

    def __init__(self, declared: Declaration, keyring: Keyring, subject_keys: Callable[[], SubjectKeys]) -> None:
        self.declared, self.keyring = declared, keyring
        self.layout = Layout(declared.indexes) if declared.indexes else None
        self._sealer = Sealer(keyring, declared.context, batch=declared.batch)
        self._is_simple = not (declared.is_bound or declared.indexes)
        self._cipher: _Cipher = _ByColumn(self._sealer, to_row=declared.to_row)
        if declared.subject:
            self._cipher = SubjectSealer(declared.context, declared.subject, subject_keys)

    def __repr__(self) -> str:
        return f"<Column {self.declared.context}>"

    def seal(self, plaintext: bytes, value: object = None, row: str | None = None) -> bytes:
        """What the column stores: the digests of the value that `plaintext` is of, if it is searched, and it, sealed.

        `row` is the key of the data subject, or the primary key, where values are bound to one. Raises UnboundError
        where it is missing, SearchError, and what loading a data subject's key raises.
        """
        if self._is_simple:
            return self._sealer.seal(plaintext)
        head = self._head(value)
        return head + self._cipher.seal(plaintext, self._named(row), framed(head) if head else b"")

    def seal_many(self, plaintexts: Sequence[bytes]) -> list[bytes]:
        """Many values of a column that is neither bound nor searched. Raises UnboundError for another."""
        if not self._is_simple:
            raise UnboundError(f"values of {self.declared.context} are sealed one by one: they are bound or searched")
        return self._sealer.seal_many(plaintexts)

    def open(self, stored: object, row: str | None = None, batch: KeyBatch | None = None) -> bytes:
        """The plaintext of what the column stores, as a driver hands it out; `batch` loads keys for many at once.

        Raises TamperedError, UnknownKeyError or ErasedError; UnboundError; KeysNotLoadedError.
        """
        if self._is_simple:
            try:
                return self._sealer.open(stored)
            except TamperedError:
                if not has_digests(as_bytes(stored)):  # of an index that is declared no more
                    raise
        found = stored if type(stored) is bytes else as_bytes(stored)
        if found[:1] not in FIRST_BYTES:
            return self._cipher.open(found, row or self._named(row), b"", batch)
        length = head_length(found)
        extra = framed(found[:length])
        return self._cipher.open(found[length:], self._named(row), extra, batch)

    def note(self, stored: object, batch: KeyBatch) -> None:
        """Let a batch know that this value will be opened, where its key has to be loaded."""
        found = stored if type(stored) is bytes else as_bytes(stored)
        start = head_length(found)
        batch.noted.add(found[start : start + HEADER_BYTES])

    def key_id(self, stored: object) -> int:
        """The id of the key that a stored value names. Raises TamperedError for what is none."""
        found = as_bytes(stored)
        return self._cipher.key_id(found[head_length(found) :])

    @cached_property
    def begins(self) -> bytes:
        """What a value begins with that is stored now, as `beginning` has it with `begins_with` bytes."""
        sealed = bytes((SUBJECT_VERSION,)) if self.declared.subject else header(self.keyring.enabled.id)
        if self.layout is None:
            return sealed
        slots, none = self.keyring.slots, [None] * len(self.declared.indexes)
        return self.layout.compose(none if slots.a else None, none if slots.b else None)[:BEFORE_DIGESTS] + sealed

    @property
    def begins_with(self) -> int:
        """The bytes of a sealed value that say whether it is under the key in use: a data subject's always is."""
        return 1 if self.declared.subject else HEADER_BYTES

    def is_recent(self, stored: bytes) -> bool:
        """Whether a value is under the key in use, with digests of the slots in use, as far as it shows unopened.

        One whose digests were taken out for good is left as it is.
        """
        return beginning(stored, self.begins_with) == self.begins or is_cleared(stored)

    def is_current(self, stored: object, value: object) -> bool:
        """Whether a value that was opened is stored as it would be stored now: the same key, the same digests."""
        found = as_bytes(stored)
        length = head_length(found)
        is_head_current = found[:length] == self._head(value)
        return is_head_current and (bool(self.declared.subject) or key_id_of(found[length:]) == self.keyring.enabled.id)

    def digest(self, index: Index, query: object) -> bytes | None:
        """What the generated column of an index holds for what somebody looks for, in the slot that is read.

        None where nothing can be equal to it, as to NULL. Raises SearchError.
        """
        return self.digests(index, query).get(self.keyring.slots.reading)

    def digests(self, index: Index, query: object) -> Mapping[Slot, bytes]:
        """The same for each slot that is filled, for a statement that may be kept while another becomes the one read.

        Empty where nothing can be equal to it. Raises SearchError.
        """
        term = index.query_terms(query)
        return {} if term is None else {slot: made[index.name].of(term) for slot, made in self._digests.items()}

    def _head(self, value: object) -> bytes:
        if self.layout is None:
            return b""
        terms = [(index.name, index.terms(value)) for index in self.declared.indexes]
        blocks = {
            slot: [None if term is None else digests[name].of(term) for name, term in terms]
            for slot, digests in self._digests.items()
        }
        return self.layout.compose(blocks.get("a"), blocks.get("b"))

    @cached_property
    def _digests(self) -> dict[Slot, dict[str, IndexDigest]]:
        """What makes the digests of each index, for each slot that is filled."""
        slots: tuple[Slot, ...] = ("a", "b")
        return {slot: self._digests_under(key_id) for slot in slots if (key_id := self.keyring.slots.of(slot))}

    def _digests_under(self, key_id: int) -> dict[str, IndexDigest]:
        key, (table, column) = self.keyring.find(key_id), (self.declared.context.table, self.declared.context.column)
        return {
            index.name: IndexDigest(self.keyring.derive("index", table, column, index.name, key=key), index.bits)
            for index in self.declared.indexes
        }

    def _named(self, row: str | None) -> str:
        if not row and self.declared.is_bound:
            what = f"the key of a {self.declared.subject}" if self.declared.subject else "the primary key of its row"
            hint = "save the object itself, or say whose value it is where it is written"
            raise UnboundError(f"a value of {self.declared.context} is bound to {what}, which is not given", hint=hint)
        return row or ""


class _ByColumn:
    """Values under the column's own key, bound to their row or to the column alone."""

    def __init__(self, sealer: Sealer, *, to_row: bool) -> None:
        self._sealer, self._to_row = sealer, to_row

    def seal(self, plaintext: bytes, row: str, extra: bytes) -> bytes:
        return self._sealer.seal(plaintext, self._bound(row) + extra)

    def open(self, sealed: bytes, row: str, extra: bytes, batch: KeyBatch | None) -> bytes:
        return self._sealer.open(sealed, self._bound(row) + extra)

    def key_id(self, sealed: bytes) -> int:
        return self._sealer.key_id(sealed)

    def _bound(self, row: str) -> bytes:
        return to_row(row) if self._to_row else b""
