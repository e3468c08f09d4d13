"""XAES-256-GCM: AES-256-GCM whose nonces are long enough to be drawn at random for as many messages as one likes."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

PREFIX_BYTES = 12
NONCE_BYTES = 24
_BLOCK = 16
_REDUCTION = 0x87
"""What is left of x^128 in the field of CMAC (NIST SP 800-38B section 5.3)."""


class Xaes:
    """A key of XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM).

    The first 12 of a nonce's 24 bytes choose a subkey (a KDF in counter mode over CMAC, NIST SP 800-108r1), the other
    12 are the nonce of AES-256-GCM under it. `cipher` makes that part once for all messages that share a prefix.
    """

    def __init__(self, key: bytes) -> None:
        self._blocks = Cipher(AES(key), ECB())  # noqa: S305 - single blocks of a CMAC, not a mode for messages
        top = int.from_bytes(self._blocks.encryptor().update(bytes(_BLOCK)), "big") << 1
        self._mask = (top % 2**128) ^ (_REDUCTION if top >> 128 else 0)

    def cipher(self, prefix: bytes) -> AESGCM:
        """AES-256-GCM under the subkey of a prefix of 12 bytes. Raises ValueError for another length."""
        if len(prefix) != PREFIX_BYTES:
            raise ValueError(f"a prefix has {PREFIX_BYTES} bytes")
        inputs = (int.from_bytes(bytes([0, counter]) + b"X\x00" + prefix, "big") ^ self._mask for counter in (1, 2))
        return AESGCM(self._blocks.encryptor().update(b"".join(each.to_bytes(_BLOCK, "big") for each in inputs)))

    def encrypt(self, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        """Ciphertext and tag of one message under a nonce of 24 bytes. Raises ValueError for another length."""
        prefix, rest = _halves(nonce)
        return self.cipher(prefix).encrypt(rest, plaintext, associated)

    def decrypt(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """The plaintext of what `encrypt` makes. Raises InvalidTag, and ValueError for a nonce of another length."""
        prefix, rest = _halves(nonce)
        return self.cipher(prefix).decrypt(rest, sealed, associated)


def _halves(nonce: bytes) -> tuple[bytes, bytes]:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return nonce[:PREFIX_BYTES], nonce[PREFIX_BYTES:]
