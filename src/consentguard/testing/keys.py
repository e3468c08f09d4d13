"""A throw-away keyring for tests."""

from __future__ import annotations

from consentguard.crypto.keyring import Keyring


def keyring(keys: int = 1) -> Keyring:
    """A new keyring of random keys, the last of them enabled; with more than one, the others only decrypt."""
    ring = Keyring.generate()
    for _ in range(keys - 1):
        ring = ring.with_new_key()
    return ring
