"""Small encrypted streams for tests: segments of 64 bytes, so that a few words fill several."""

from __future__ import annotations

import io

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.stream_files import DecryptingReader
from consentguard.crypto.streaming import HEADER_BYTES, Encryptor, StreamCipher, new_header

KEY = bytes(range(32))
ASSOCIATED = b"which file"
SEGMENT = 64
"""Of which the first has room for 8 bytes, and each other for 48."""
TEXT = bytes(range(256)) * 2
THREE = TEXT[:100]
"""A plaintext of three segments: 8, 48 and 44 bytes."""


def encrypted(*pieces: bytes) -> bytes:
    """The stream of a plaintext in pieces."""
    header = new_header()
    encryptor = Encryptor(StreamCipher(KEY, ASSOCIATED, header), SEGMENT)
    return header + b"".join(part for piece in pieces for part in encryptor.update(piece)) + encryptor.finalize()


def reader(stream: bytes, associated: bytes = ASSOCIATED) -> DecryptingReader:
    """A stream to read from."""
    return reader_of(io.BytesIO(stream), stream, associated)


def reader_of(source: io.BytesIO, stream: bytes, associated: bytes = ASSOCIATED) -> DecryptingReader:
    """A stream to read from what gives it out."""
    cipher = StreamCipher(KEY, associated, stream[:HEADER_BYTES])
    return DecryptingReader(cipher, SEGMENT, source, begin=0, what="the stream")


def refused(stream: bytes, associated: bytes = ASSOCIATED) -> bool:
    """Whether reading a stream to its end is refused, with no other error than ours."""
    try:
        reader(stream, associated).readall()
    except TamperedError:
        return True
    return False
