"""Values sealed under the key of a data subject: destroying that key makes all of them unreadable at once."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag

from consentguard.crypto.cipher import GCM_NONCE_BYTES, HEADER_BYTES, NOT_SEALED, TAG_BYTES, Context, key_id_of
from consentguard.crypto.data_keys import VERSION, KeyBatch, SubjectKey, SubjectKeys
from consentguard.crypto.errors import ErasedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.records import SubjectRef

_NONCE_END = HEADER_BYTES + GCM_NONCE_BYTES
OVERHEAD = _NONCE_END + TAG_BYTES


class SubjectSealer:
    """Seals and opens the values of one column, each under the key of the data subject that its row names.

    A sealed value is one byte of version, four of the data key's id, a nonce of 12, the ciphertext and a tag of 16.
    Version, table, column, kind of the subject, key id and key of the subject are authenticated, in this order: what
    stands last, the key of the subject, needs no length.
    """

    def __init__(self, context: Context, kind: str, keys: Callable[[], SubjectKeys]) -> None:
        self._context, self._kind, self._keys = context, kind, keys
        self._associated = framed(str(VERSION), context.table, context.column, kind)

    def seal(self, plaintext: bytes, row: str, extra: bytes) -> bytes:
        """The plaintext under the key of the subject `row`. Raises what loading its key raises."""
        subject = SubjectRef(self._kind, row)
        key = self._keys().for_writing((subject,))[subject]
        nonce = os.urandom(GCM_NONCE_BYTES)
        named, bound = key.bound
        if named != row:
            bound = key.bind(row)
        return key.header + nonce + key.cipher.encrypt(nonce, plaintext, self._associated + extra + bound)

    def open(self, sealed: bytes, row: str, extra: bytes, batch: KeyBatch | None) -> bytes:
        """The plaintext. Raises TamperedError, UnknownKeyError, ErasedError, and what loading its key raises."""
        key = batch.keys.get(sealed[:HEADER_BYTES]) if batch else None
        if key is None:
            key = self._key(sealed, batch or KeyBatch(self._keys))
        named, bound = key.bound
        if named != row:
            bound = key.bind(row)
        try:
            associated = self._associated + extra + bound if extra else self._associated + bound
            return key.cipher.decrypt(sealed[HEADER_BYTES:_NONCE_END], sealed[_NONCE_END:], associated)
        except (ValueError, InvalidTag):
            mistake = TamperedError(f"a value of {self._context} cannot be opened")
        raise mistake

    def key_id(self, sealed: bytes) -> int:
        """The id of the data key that a value names. Raises TamperedError for what is none."""
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            raise TamperedError(f"a value of {self._context} is not sealed under a data subject's key", hint=NOT_SEALED)
        return key_id_of(sealed)

    def _key(self, sealed: bytes, batch: KeyBatch) -> SubjectKey:
        """The key that a value names, loaded with those of its batch. Raises as `open`."""
        key_id = self.key_id(sealed)
        try:
            key = batch.get(sealed[:HEADER_BYTES])
        except KeyError:
            hint = "restore the table of data keys that belongs to this database"
            mistake = UnknownKeyError(f"a value of {self._context} needs the unknown data key {key_id}", hint=hint)
        else:
            if key is not None:
                return key
            raise ErasedError(f"a value of {self._context} was erased: its data key {key_id} was destroyed")
        raise mistake
