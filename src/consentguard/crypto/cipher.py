"""Sealed values: what a column holds in place of the plaintext, bound to the key and to the column."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Key, Keyring
from consentguard.errors import ConsentGuardError

VERSION = 1
"""The first byte of a sealed value: AES-256-GCM with a random nonce, under a key of the column's own."""
_HEADER_BYTES = 1 + 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_NONCE_END = _HEADER_BYTES + _NONCE_BYTES
OVERHEAD = _NONCE_END + _TAG_BYTES
"""How many bytes a sealed value is longer than its plaintext."""


class DecryptionError(ConsentGuardError):
    """A sealed value cannot be opened. It says no more than that, so that nobody learns from it how to forge one."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a value belongs, under names that stay: one that is renamed in the database keeps its name here."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, eq=False)
class Sealer:
    """Seals and opens the values of one column under a keyring.

    A sealed value is one byte of version, four of key id (big-endian), a nonce of 12, the ciphertext and a tag of 16.
    Version, key id, table and column are authenticated, and each column has its own key: a value that is changed or
    put elsewhere does not open. Nonces are drawn from the operating system, so a forked process repeats none. A key
    may seal 2**32 values of each column: add a new one to the keyring before.
    """

    keyring: Keyring
    context: Context
    _ciphers: dict[bytes, tuple[AESGCM, bytes]] = field(init=False, repr=False)
    _active: tuple[bytes, AESGCM, bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # made once, and found by the bytes that a value begins with: making a cipher takes as long as sealing
        ciphers = {_header(key.id): self._cipher(key) for key in self.keyring.keys}
        active = _header(self.keyring.enabled.id)
        object.__setattr__(self, "_ciphers", ciphers)
        object.__setattr__(self, "_active", (active, *ciphers[active]))

    def seal(self, plaintext: bytes) -> bytes:
        """The plaintext, sealed under the active key; never twice the same."""
        header, cipher, associated = self._active
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + cipher.encrypt(nonce, plaintext, associated)

    def open(self, found: object) -> bytes:
        """The plaintext of a sealed value as a driver hands it out. Raises DecryptionError."""
        # some hand out a memoryview, and SQLite's a text or a number that the column held before it was encrypted
        sealed = bytes(found) if isinstance(found, (bytes, bytearray, memoryview)) else b""
        try:
            cipher, associated = self._ciphers[sealed[:_HEADER_BYTES]]
            return cipher.decrypt(sealed[_HEADER_BYTES:_NONCE_END], sealed[_NONCE_END:], associated)
        except (KeyError, ValueError, InvalidTag):
            mistake = self._mistake(sealed)
        raise mistake

    def _cipher(self, key: Key) -> tuple[AESGCM, bytes]:
        """The cipher of this column under a key, and the associated data of every value that it seals."""
        place = (self.context.table, self.context.column)
        return AESGCM(self.keyring.derive("column", *place, key=key)), framed(str(VERSION), str(key.id), *place)

    def _mistake(self, sealed: bytes) -> DecryptionError:
        if len(sealed) < OVERHEAD or sealed[0] != VERSION:
            hint = "it was stored by other means, such as before the column was encrypted, or it was cut off"
            return DecryptionError(f"a value of {self.context} is not a sealed one", hint=hint)
        if sealed[:_HEADER_BYTES] not in self._ciphers:
            key_id = int.from_bytes(sealed[1:_HEADER_BYTES], "big")
            hint = "restore that key; `consentguard keys list` shows those that there are"
            return DecryptionError(f"a value of {self.context} is sealed under the unknown key {key_id}", hint=hint)
        return DecryptionError(f"a value of {self.context} cannot be opened")


def _header(key_id: int) -> bytes:
    return bytes([VERSION]) + key_id.to_bytes(4, "big")
