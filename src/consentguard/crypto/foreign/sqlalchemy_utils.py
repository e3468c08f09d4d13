"""Values of SQLAlchemy-Utils' StringEncryptedType and EncryptedType, by engine: AES-CBC, AES-GCM, Fernet."""

from __future__ import annotations

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import ANSIX923, PKCS7

from consentguard.crypto.foreign import fernet
from consentguard.crypto.foreign.encoding import decoded, hashed, is_base64
from consentguard.crypto.foreign.reader import ForeignSecretsError, Format, Open, Secrets

_BLOCK_BYTES = 16
_NONCE_BYTES = 12
_TAG_END = _NONCE_BYTES + 16


def _aes(secrets: Secrets) -> Open:
    key = hashed(secrets["key"])
    cipher = Cipher(AES(key), CBC(key[:_BLOCK_BYTES]))
    unpadded = _unpadding(secrets.get("padding", "naive"))

    def opened(token: bytes) -> str:
        decryptor = cipher.decryptor()
        return unpadded(decryptor.update(decoded(token)) + decryptor.finalize()).decode()

    return opened


def _aes_gcm(secrets: Secrets) -> Open:
    cipher = AESGCM(hashed(secrets["key"]))

    def opened(token: bytes) -> str:
        data = decoded(token)
        nonce, tag, ciphertext = data[:_NONCE_BYTES], data[_NONCE_BYTES:_TAG_END], data[_TAG_END:]
        return cipher.decrypt(nonce, ciphertext + tag, None).decode()

    return opened


def _fernet(secrets: Secrets) -> Open:
    return fernet.texts_under([base64.urlsafe_b64encode(hashed(secrets["key"]))])


def _unpadding(name: str) -> Callable[[bytes], bytes]:
    if name in _UNPADDINGS:
        return _UNPADDINGS[name]
    raise ForeignSecretsError("`padding` is none of the package's", hint=f"it is one of {', '.join(_UNPADDINGS)}")


def _without_pkcs7(padded: bytes) -> bytes:
    unpadder = PKCS7(AES.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _without_x923(padded: bytes) -> bytes:
    unpadder = ANSIX923(AES.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _without_bit(padded: bytes) -> bytes:
    """Without 0x80 and the zeros after it (ISO/IEC 7816-4), also where the package takes a byte of the text too."""
    unpadded = padded.rstrip(b"\0")
    if not unpadded.endswith(b"\x80") or len(padded) - len(unpadded) >= _BLOCK_BYTES:
        raise ValueError("not padded")
    return unpadded[:-1]


def _without_stars(padded: bytes) -> bytes:
    """Without the stars at its end. The text's own are taken too, as the package does: nobody can tell them apart."""
    if not padded.endswith(b"*"):
        raise ValueError("not padded")
    return padded.rstrip(b"*")


_UNPADDINGS = {
    "naive": _without_stars,
    "pkcs5": _without_pkcs7,
    "oneandzeroes": _without_bit,
    "zeroes": _without_x923,
}

AES_CBC = Format(
    needs=("key",),
    takes=("padding",),
    opener=_aes,
    is_token=lambda stored: is_base64(stored, least=_BLOCK_BYTES, block=_BLOCK_BYTES),
)
"""The engine that is used where none is named. Its values carry no code: one that was changed may well open."""
AES_GCM = Format(
    needs=("key",),
    takes=(),
    opener=_aes_gcm,
    is_token=lambda stored: is_base64(stored, least=_TAG_END),
)
FERNET = Format(needs=("key",), takes=(), opener=_fernet, is_token=fernet.is_token)
"""Also what advanced-alchemy's FernetBackend stores."""
