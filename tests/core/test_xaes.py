"""XAES-256-GCM: the specification's own vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

import pytest
from cryptography.exceptions import InvalidTag

from consentguard.crypto.xaes import Xaes

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
MESSAGE = b"XAES-256-GCM"


@pytest.mark.parametrize(
    ("key", "associated", "sealed"),
    [
        (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (b"\x03" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ],
    ids=["the top bit of L is clear", "the top bit of L is set"],
)
def test_the_vectors_of_the_specification(key: bytes, associated: bytes, sealed: str) -> None:
    """C2SP, XAES-256-GCM, section Test vectors."""
    assert Xaes(key).encrypt(NONCE, MESSAGE, associated).hex() == sealed
    assert Xaes(key).decrypt(NONCE, bytes.fromhex(sealed), associated) == MESSAGE


def test_the_accumulated_vectors_of_the_specification() -> None:
    """Ten thousand random keys, nonces, messages and associated data, drawn from SHAKE-128, as one digest."""
    stream, digest = _shake(), hashlib.shake_128()
    for _ in range(10_000):
        key, nonce = _take(stream, 32), _take(stream, 24)
        message = _take(stream, _take(stream, 1)[0])
        associated = _take(stream, _take(stream, 1)[0])
        sealed = Xaes(key).encrypt(nonce, message, associated)
        digest.update(sealed)
    assert digest.hexdigest(32) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


def test_another_nonce_or_associated_data_does_not_open() -> None:
    """Both halves of the nonce are part of the key's work."""
    key = Xaes(bytes(32))
    sealed = key.encrypt(NONCE, MESSAGE, b"here")
    for nonce, associated in ((NONCE[::-1], b"here"), (NONCE[:12] + bytes(12), b"here"), (NONCE, b"there")):
        with pytest.raises(InvalidTag):
            key.decrypt(nonce, sealed, associated)


@pytest.mark.parametrize("nonce", [b"", NONCE[:12], NONCE + b"Y"])
def test_a_nonce_of_another_length_is_refused(nonce: bytes) -> None:
    """Nothing is cut off or padded in silence."""
    with pytest.raises(ValueError, match=r"prefix|[Nn]once"):
        Xaes(bytes(32)).encrypt(nonce, MESSAGE, b"")


def _shake() -> Iterator[int]:
    """The bytes of SHAKE-128 of nothing, more than ten thousand rounds need."""
    return iter(hashlib.shake_128().digest(10_000 * (32 + 24 + 2 * 256)))


def _take(stream: Iterator[int], length: int) -> bytes:
    return bytes(islice(stream, length))
