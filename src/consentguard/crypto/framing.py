"""Several texts as one run of bytes that can be read in one way only: each has its length before it."""

from __future__ import annotations

_LENGTH_BYTES = 8


def framed(*parts: str | bytes) -> bytes:
    """Every part (a text as UTF-8) behind its length in bytes (8, big-endian): ("ab", "c") and ("a", "bc") differ."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in encoded)


def to_row(row: str) -> bytes:
    """What is authenticated with a value that is bound to its row, by the row's name."""
    return framed("row", row)
