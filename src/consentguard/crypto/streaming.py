"""Tink's streaming encryption AES256_GCM_HKDF: files of any size in segments, each of them authenticated.

A stream is a header (its length as one byte, a salt of 32 bytes, a nonce prefix of 7) and segments of AES-256-GCM under
a key of the stream's own: HKDF-SHA256 of the key, with the header's salt and the associated data. The nonce of a
segment is the prefix, its number (4 bytes, big-endian) and whether it is the last. The first segment is shorter by the
header. Source: "AES-GCM-HKDF Streaming AEAD" of Tink's documentation, after Hoang, Reyhanitabar, Rogaway and Vizár,
"Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (2015).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

KEY_BYTES = 32
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
TAG_BYTES = 16
MOST_SEGMENTS = 2**32


def new_header() -> bytes:
    """The header of a new stream, from the operating system's random numbers."""
    return bytes([HEADER_BYTES]) + os.urandom(SALT_BYTES + PREFIX_BYTES)


def stream_bytes(plaintext_bytes: int, segment_bytes: int) -> int:
    """How many bytes a stream has whose plaintext has so many, header and all."""
    segments = max(1, -(-(HEADER_BYTES + plaintext_bytes) // (segment_bytes - TAG_BYTES)))
    return HEADER_BYTES + plaintext_bytes + TAG_BYTES * segments


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the segments of a stream of `stream_bytes` stand; every one but the last has `segment_bytes`."""

    stream_bytes: int
    segment_bytes: int

    @property
    def last(self) -> int:
        """The number of the last segment."""
        return max(0, -(-self.stream_bytes // self.segment_bytes) - 1)

    @property
    def is_possible(self) -> bool:
        """Whether the last segment has a number, and room for its tag."""
        return self.last < MOST_SEGMENTS and self.sealed(self.last)[1] >= TAG_BYTES

    @property
    def plaintext_bytes(self) -> int:
        """How long the plaintext is, if the stream is what it says."""
        return self.stream_bytes - HEADER_BYTES - TAG_BYTES * (self.last + 1)

    def sealed(self, number: int) -> tuple[int, int]:
        """Where a segment begins in the stream, and how many bytes it has."""
        start = max(HEADER_BYTES, number * self.segment_bytes)
        return start, min((number + 1) * self.segment_bytes, self.stream_bytes) - start

    def find(self, position: int) -> tuple[int, int]:
        """The segment that holds a byte of the plaintext, and the byte's place in it."""
        number, place = divmod(HEADER_BYTES + position, self.segment_bytes - TAG_BYTES)
        return number, place if number else place - HEADER_BYTES


class StreamCipher:
    """Seals and opens the segments of one stream under a key of 32 bytes, bound to `associated` and to its header."""

    def __init__(self, key: bytes, associated: bytes, header: bytes) -> None:
        salt, self._prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
        self._cipher = AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=associated).derive(key))

    def seal(self, number: int, plaintext: memoryview, *, last: bool) -> bytes:
        """One segment. Raises OverflowError for the number 2**32."""
        return self._cipher.encrypt(self._nonce(number, last), plaintext, None)

    def open(self, number: int, sealed: memoryview, *, last: bool) -> bytes:
        """The plaintext of one segment. Raises InvalidTag."""
        return self._cipher.decrypt(self._nonce(number, last), sealed, None)

    def _nonce(self, number: int, last: bool) -> bytes:
        return self._prefix + number.to_bytes(4, "big") + bytes([last])


class Encryptor:
    """Encrypts one stream piece by piece: the header, what `update` gives and what `finalize` gives are the stream.

    Holds one segment, whose fate is open until it is known whether another follows.
    """

    def __init__(self, cipher: StreamCipher, segment_bytes: int) -> None:
        self._cipher = cipher
        self._number = 0
        self._segment = memoryview(bytearray(segment_bytes - TAG_BYTES))
        self._room = len(self._segment) - HEADER_BYTES
        self._filled = 0

    def update(self, piece: ReadableBuffer) -> Iterator[bytes]:
        """The segments that are complete with `piece`. Raises OverflowError after 2**32 segments."""
        left = memoryview(piece).cast("B")
        del piece  # a traceback keeps the locals of its frames, and reports of crashes print them
        while left:
            if self._filled == self._room:
                yield self._seal(last=False)
            fits = left[: self._room - self._filled]
            self._segment[self._filled : self._filled + len(fits)] = fits
            self._filled += len(fits)
            left = left[len(fits) :]

    def finalize(self) -> bytes:
        """The last segment."""
        return self._seal(last=True)

    def _seal(self, *, last: bool) -> bytes:
        sealed = self._cipher.seal(self._number, self._segment[: self._filled], last=last)
        self._number, self._room, self._filled = self._number + 1, len(self._segment), 0
        return sealed
