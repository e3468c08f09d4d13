"""Encrypted files: what a storage holds in place of a file, bound to the key, the storage and the file's name."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO

from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Key, Keyring
from consentguard.crypto.stream_files import DecryptingReader, EncryptingWriter, Source, fill
from consentguard.crypto.streaming import HEADER_BYTES, Encryptor, StreamCipher, new_header, stream_bytes

SEGMENT_BYTES = 2**20
"""The segments of a file unless said otherwise: a read opens at least one."""
_VERSIONS = {SEGMENT_BYTES: 1, 2**12: 2}
"""The first byte of an encrypted file, by its segments: Tink's AES256_GCM_HKDF_1MB and AES256_GCM_HKDF_4KB."""
_SEGMENT_BYTES_OF = {version: size for size, version in _VERSIONS.items()}
START_BYTES = 1 + 4
_BUFFER_BYTES = 2**16
_NOT_ENCRYPTED = "it was stored by other means, such as before the storage was encrypted, or it was cut off"


def _nothing(whole: bool) -> None:
    """What is left to do where a file is written in its place."""


@dataclass(frozen=True, slots=True)
class FileSealer:
    """Encrypts and decrypts the files of one storage, whose `label` stays whatever else is renamed.

    An encrypted file is one byte of version, four of key id (big-endian) and a stream of Tink's AES256_GCM_HKDF, under
    a key of the storage's own. Version, key id, label and name are authenticated: a file that is changed, cut off or
    put under another name does not open. `keyring` gives the ring at each use. Segments have 2**20 bytes, or 2**12 for
    files of which small pieces are read. Raises ValueError for another size, and for no label.
    """

    keyring: Callable[[], Keyring]
    label: str
    segment_bytes: int = SEGMENT_BYTES

    def __post_init__(self) -> None:
        if self.segment_bytes not in _VERSIONS:
            raise ValueError(f"segments of {self.segment_bytes} bytes: there are those of 2**20 and of 2**12")
        if not self.label:
            raise ValueError("the files of a storage without a label cannot be told from those of another")

    def encrypt(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The encrypted file of a plaintext in pieces, in pieces too. Raises KeyringError, and what `pieces` does."""
        start, encryptor = self._begin(name)
        yield start
        yield from chain.from_iterable(map(encryptor.update, pieces))
        yield encryptor.finalize()

    def writer(
        self, name: str, destination: IO[bytes], finish: Callable[[bool], object] = _nothing
    ) -> EncryptingWriter:
        """A file to write the plaintext to, which closes `destination` and then tells `finish` whether it is whole.

        Raises KeyringError and what the destination does.
        """
        start, encryptor = self._begin(name)
        return EncryptingWriter(encryptor, destination, start=start, finish=finish)

    def reader(self, name: str, source: Source) -> io.BufferedReader:
        """A file to read the plaintext from, at any place, which closes `source`: an encrypted file at its beginning.

        Raises KeyringError and DecryptionError; so does a read that meets what was changed.
        """
        try:
            return io.BufferedReader(self._open(name, source), _BUFFER_BYTES)
        except BaseException:
            source.close()
            raise

    def encrypted_bytes(self, plaintext_bytes: int) -> int:
        """How long the encrypted file is whose plaintext has so many bytes."""
        return START_BYTES + stream_bytes(plaintext_bytes, self.segment_bytes)

    def is_current(self, source: Source) -> bool:
        """Whether an encrypted file at its beginning says that it is under the enabled key. Raises KeyringError."""
        return _read(source, START_BYTES)[1:] == _key_bytes(self.keyring().enabled.id)

    def _begin(self, name: str) -> tuple[bytes, Encryptor]:
        """What a new file begins with, and what encrypts the rest."""
        ring, version, header = self.keyring(), _VERSIONS[self.segment_bytes], new_header()
        cipher = self._cipher(ring, ring.enabled, version, name, header)
        return bytes([version]) + _key_bytes(ring.enabled.id) + header, Encryptor(cipher, self.segment_bytes)

    def _open(self, name: str, source: Source) -> DecryptingReader:
        ring, what = self.keyring(), f"the file {name!r} of the storage {self.label!r}"
        head = _read(source, START_BYTES + HEADER_BYTES)
        if (
            len(head) < START_BYTES + HEADER_BYTES
            or head[0] not in _SEGMENT_BYTES_OF
            or head[START_BYTES] != HEADER_BYTES
        ):
            raise TamperedError(f"{what} is not an encrypted one", hint=_NOT_ENCRYPTED)
        version, key_id = head[0], int.from_bytes(head[1:START_BYTES], "big")
        key = ring.find(key_id)
        if key is None:
            raise _keyless(what, ring, key_id)
        cipher = self._cipher(ring, key, version, name, head[START_BYTES:])
        return DecryptingReader(cipher, _SEGMENT_BYTES_OF[version], source, begin=START_BYTES, what=what)

    def _cipher(self, ring: Keyring, key: Key, version: int, name: str, header: bytes) -> StreamCipher:
        bound = framed(str(version), str(key.id), self.label, name)
        return StreamCipher(ring.derive("files", self.label, key=key), bound, header)


def _read(source: Source, count: int) -> bytes:
    """So many bytes, or as many as there are."""
    room = memoryview(bytearray(count))
    return bytes(room[: fill(source, room)])


def _keyless(what: str, ring: Keyring, key_id: int) -> DecryptionError:
    if ring.was_destroyed(key_id):
        return ErasedError(f"{what} is encrypted under key {key_id}, which was destroyed")
    hint = "restore that key; `consentguard keys list` shows those that there are"
    return UnknownKeyError(f"{what} is encrypted under the unknown key {key_id}", hint=hint)


def _key_bytes(key_id: int) -> bytes:
    return key_id.to_bytes(4, "big")
