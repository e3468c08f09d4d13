"""Several texts as one run of bytes that can be read in one way only: each has its length before it."""

from __future__ import annotations


def framed(*parts: str) -> bytes:
    """Every part as UTF-8 behind its length in bytes (8 bytes, big-endian): ("ab", "c") and ("a", "bc") differ."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
