"""The digest of a term: what a database may compare without learning what it is of."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from consentguard.crypto.index.errors import SearchError

KEY_BYTES = 32
MOST_BITS = 128


def width_of(bits: int) -> int:
    """The bytes that a digest of so many bits takes."""
    return (bits + 7) // 8


class IndexDigest:
    """The digests of one index under one key of its own: the first `bits` bits of HMAC-SHA256 (FIPS 198-1).

    `key` is 32 bytes, `bits` 1 to 128. Bits of the last byte that are not used are zero. Threads may share it. Raises
    SearchError for another length of key or number of bits.
    """

    __slots__ = ("_begun", "_unused", "_width", "_zero", "bits")

    def __init__(self, key: bytes, bits: int) -> None:
        begun = HMAC(key, SHA256()) if len(key) == KEY_BYTES else None
        del key  # a traceback keeps the locals of its frames
        if begun is None or not 1 <= bits <= MOST_BITS:
            raise SearchError(f"a digest has 1 to {MOST_BITS} bits, not {bits}, and a key of {KEY_BYTES} bytes")
        self.bits = bits
        self._begun = begun  # the first block is hashed once, and not for each of many terms
        self._width = width_of(bits)
        self._unused = -bits % 8
        self._zero = bytes(self._width)

    def of(self, term: str) -> bytes:
        """The digest of a term, never all zero: in a stored value that says "no term".

        Where the bits are all zero, the last of the last byte is set. Raises SearchError for half a surrogate pair.
        """
        made = self._begun.copy()
        try:
            made.update(term.encode())
        except UnicodeEncodeError:
            del term
        else:
            return self._cut(made.finalize())
        raise SearchError("an index cannot be made of a text with half a surrogate pair")

    def _cut(self, code: bytes) -> bytes:
        digest = code[: self._width]
        if self._unused:
            digest = digest[:-1] + bytes((digest[-1] >> self._unused << self._unused,))
        return digest if digest != self._zero else digest[:-1] + b"\x01"
