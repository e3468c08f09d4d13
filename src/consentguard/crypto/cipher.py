"""Sealed values: what a column holds in place of the plaintext, bound to the key and to the column."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from cryptography.exceptions import InvalidTag

from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.xaes import PREFIX_BYTES, Xaes

VERSION = 1
"""The first byte of a sealed value: XAES-256-GCM under a key of the column's own."""
HEADER_BYTES = 1 + 4
GCM_NONCE_BYTES = 12
TAG_BYTES = 16
_PREFIX_END = HEADER_BYTES + PREFIX_BYTES
_NONCE_END = _PREFIX_END + GCM_NONCE_BYTES
OVERHEAD = _NONCE_END + TAG_BYTES
"""How many bytes a sealed value is longer than its plaintext."""
BATCH = 2**16
"""How many values share the first half of their nonce, unless said otherwise."""
NOT_SEALED = "it was stored by other means, such as before the column was encrypted, or it was cut off"
"""What may be wrong with a value that does not begin as a sealed one."""
_MOST_CIPHERS = 4096
"""How many subkeys are kept ready to open values."""

Encrypt = Callable[[bytes, bytes, bytes], bytes]
Opener = tuple[Encrypt, bytes]
"""What decrypts (nonce, ciphertext and tag, associated data), and the associated data of its values."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a value belongs, under names that stay: one that is renamed in the database keeps its name here."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(slots=True)
class _Batch:
    """Values that share a subkey: what they begin with, what encrypts them, and how many more there may be."""

    head: bytes
    encrypt: Encrypt
    associated: bytes
    left: int


class Sealer:
    """Seals and opens the values of one column under a keyring.

    A sealed value is one byte of version, four of key id (big-endian), a nonce of 24, the ciphertext and a tag of 16:
    XAES-256-GCM (C2SP) under a key of the column's own (HKDF, RFC 5869), for as many values as one likes. Version, key
    id, table and column are authenticated: a value that is changed or put elsewhere does not open. Nonces are drawn
    from the operating system. Up to `batch` values of one process share the first half of theirs, and with it the work
    of deriving a subkey; with a batch of 1 none do, which takes three times as long.
    """

    def __init__(self, keyring: Keyring, context: Context, *, batch: int = BATCH) -> None:
        self.keyring, self.context, self.batch = keyring, context, batch
        self._keys = {header(key.id): self._key(key.id) for key in keyring.usable}
        self._openers: dict[bytes, Opener] = {}
        self._begun: _Batch | None = None
        _SEALERS.add(self)

    def __repr__(self) -> str:
        return f"<Sealer of {self.context}, {self.keyring!r}>"

    def seal(self, plaintext: bytes, bound: bytes = b"") -> bytes:
        """The plaintext, sealed under the enabled key; never twice the same. `bound` is authenticated with it."""
        batch = self._begun
        if batch is None or batch.left < 1:
            batch = self._next_batch()
        batch.left -= 1
        nonce = os.urandom(GCM_NONCE_BYTES)
        return batch.head + nonce + batch.encrypt(nonce, plaintext, batch.associated + bound)

    def seal_many(self, plaintexts: Sequence[bytes]) -> list[bytes]:
        """Each plaintext sealed, in order: as `seal`, but the operating system is asked once for many nonces."""
        sealed: list[bytes] = []
        while len(sealed) < len(plaintexts):
            batch = self._begun
            if batch is None or batch.left < 1:
                batch = self._next_batch()
            portion = plaintexts[len(sealed) : len(sealed) + batch.left]
            batch.left -= len(portion)
            sealed += _seal_portion(batch, portion)
        return sealed

    def open(self, found: object, bound: bytes = b"") -> bytes:
        """The plaintext of a sealed value as a driver hands it out.

        Raises TamperedError, UnknownKeyError or ErasedError.
        """
        sealed = found if type(found) is bytes else as_bytes(found)
        opener = self._openers.get(sealed[:_PREFIX_END]) or self._opener(sealed)
        try:
            return opener[0](sealed[_PREFIX_END:_NONCE_END], sealed[_NONCE_END:], opener[1] + bound)
        except (ValueError, InvalidTag):
            mistake = TamperedError(f"a value of {self.context} cannot be opened")
        raise mistake

    def open_many(self, found: Iterable[object]) -> list[bytes]:
        """The plaintexts of several sealed values, in order. Raises as `open`."""
        return [self.open(each) for each in found]

    def key_id(self, found: object) -> int:
        """The id of the key that a sealed value names. Raises TamperedError for what is none."""
        sealed = as_bytes(found)
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            raise self._mistake(sealed)
        return key_id_of(sealed)

    def _key(self, key_id: int) -> tuple[Xaes, bytes]:
        """The column's own key under one of the ring's, and the associated data of every value that it seals."""
        place = (self.context.table, self.context.column)
        derived = self.keyring.derive("column", *place, key=self.keyring.find(key_id))
        return Xaes(derived), framed(str(VERSION), str(key_id), *place)

    def _next_batch(self) -> _Batch:
        begins = header(self.keyring.enabled.id)
        key, associated = self._keys[begins]
        prefix = os.urandom(PREFIX_BYTES)
        self._begun = _Batch(begins + prefix, key.cipher(prefix).encrypt, associated, self.batch)
        return self._begun

    def _opener(self, sealed: bytes) -> Opener:
        """What opens a value, kept for the next that begins alike. Raises as `open`."""
        found = self._keys.get(sealed[:HEADER_BYTES])
        if found is None or len(sealed) < OVERHEAD:
            raise self._mistake(sealed)
        key, associated = found
        opener = key.cipher(sealed[HEADER_BYTES:_PREFIX_END]).decrypt, associated
        if len(self._openers) >= _MOST_CIPHERS:
            self._openers.clear()  # one step, whatever other threads do; what is needed is derived anew
        self._openers[sealed[:_PREFIX_END]] = opener
        return opener

    def _mistake(self, sealed: bytes) -> DecryptionError:
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            return TamperedError(f"a value of {self.context} is not a sealed one", hint=NOT_SEALED)
        key_id = key_id_of(sealed)
        if self.keyring.was_destroyed(key_id):
            return ErasedError(f"a value of {self.context} is sealed under key {key_id}, which was destroyed")
        hint = "restore that key; `consentguard keys list` shows those that there are"
        return UnknownKeyError(f"a value of {self.context} is sealed under the unknown key {key_id}", hint=hint)


def _seal_portion(batch: _Batch, plaintexts: Sequence[bytes]) -> list[bytes]:
    head, encrypt, associated = batch.head, batch.encrypt, batch.associated
    chance = os.urandom(GCM_NONCE_BYTES * len(plaintexts))
    nonces = (chance[at : at + GCM_NONCE_BYTES] for at in range(0, len(chance), GCM_NONCE_BYTES))
    return [head + nonce + encrypt(nonce, plain, associated) for nonce, plain in zip(nonces, plaintexts, strict=True)]


def as_bytes(found: object) -> bytes:
    """What a driver hands out for a column of bytes; a text or number that SQLite kept from before is none."""
    return bytes(found) if isinstance(found, (bytes, bytearray, memoryview)) else b""


def key_id_of(sealed: bytes) -> int:
    """The id of the key that a sealed value names."""
    return int.from_bytes(sealed[1:HEADER_BYTES], "big")


def header(key_id: int) -> bytes:
    """What a value under that key of the ring begins with: the version and the key's id."""
    return bytes([VERSION]) + key_id.to_bytes(4, "big")


_SEALERS: WeakSet[Sealer] = WeakSet()


def _forget_batches() -> None:
    """A forked process draws prefixes of its own, so that each batch stays as small as it was said to be."""
    for sealer in list(_SEALERS):
        sealer._begun = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_batches)
