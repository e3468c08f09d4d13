"""Keys and texts as several packages write them: stretched secrets, lists in one text, base64 without a second form."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

URL_SAFE = b"-_"
"""The two characters in which base64 for URLs differs (RFC 4648, section 5)."""


@cache
def stretched(secret: str, salt: str, iterations: int) -> bytes:
    """32 bytes from a text by PBKDF2-HMAC-SHA256 (RFC 8018): tens of milliseconds, so once in a process."""
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), salt.encode(), iterations)


def hashed(key: str) -> bytes:
    """The 32 bytes of a text's SHA-256, which some take for a key."""
    return hashlib.sha256(key.encode()).digest()


def decoded(text: bytes, altchars: bytes | None = None) -> bytes:
    """The bytes that a base64 text stands for. Raises ValueError.

    Only the canonical text of those bytes will do (RFC 4648, section 3.5), so that no second text passes for it.
    """
    data = base64.b64decode(text, altchars, validate=True)
    if base64.b64encode(data, altchars) != text:
        raise ValueError("not the canonical base64 of its bytes")
    return data


def is_base64(text: bytes, *, least: int, block: int = 1) -> bool:
    """Whether a text is the base64 of at least so many bytes, in whole blocks."""
    try:
        size = len(decoded(text))
    except ValueError:
        return False
    return size >= least and size % block == 0
