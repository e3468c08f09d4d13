"""Signatures that others can verify: Ed25519 (RFC 8032) keys of which the keyring is the only secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consentguard.crypto.keyring import Key, Keyring

LABEL = "public signature"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies signatures: 32 bytes, made public in hex. `key_id` is that of the key of the ring behind it."""

    key_id: int
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """By what the key is named: 32 hex digits of its SHA-256."""
        return fingerprint(self.raw)


@dataclass(frozen=True, slots=True)
class KeyedReportSigner:
    """`consentguard.ports.ReportSigner` with the enabled key of a ring."""

    keyring: Keyring

    def sign(self, data: bytes) -> tuple[str, str]:
        """The fingerprint of the public key, and the signature in hex."""
        private = _private(self.keyring, self.keyring.enabled)
        return fingerprint(private.public_key().public_bytes_raw()), private.sign(data).hex()


def public_keys(keyring: Keyring) -> Iterator[PublicKey]:
    """The public keys of every key of a ring that is not destroyed, the newest first."""
    for key in reversed(keyring.usable):
        yield PublicKey(key.id, _private(keyring, key).public_key().public_bytes_raw())


def is_signed(raw: bytes, data: bytes, signature: str) -> bool:
    """Whether the public key of these 32 bytes verifies a signature in hex; False for what is neither.

    There is one way to write a signature: in lower case, with nothing between.
    """
    try:
        code = bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(raw).verify(code, data)
    except (InvalidSignature, ValueError):
        return False
    return code.hex() == signature


def fingerprint(raw: bytes) -> str:
    """The name of a public key."""
    return hashlib.sha256(raw).hexdigest()[:32]


def _private(keyring: Keyring, key: Key) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyring.derive(LABEL, key=key))
