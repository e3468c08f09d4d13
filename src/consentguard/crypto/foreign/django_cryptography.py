"""Values of django-cryptography and django-cryptography-5: AES-CBC and HMAC-SHA256 around a pickle, as bytes."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from consentguard.crypto.foreign.encoding import stretched
from consentguard.crypto.foreign.pickled import plain_value
from consentguard.crypto.foreign.reader import ForeignSecretsError, Format, Open, Secrets

_VERSION = b"\x80"
_HEADER_BYTES = 1 + 8
_IV_END = _HEADER_BYTES + 16
_CODE_BYTES = 32
_SALT = "django-cryptography"
_ITERATIONS = 30_000


def _opener(secrets: Secrets) -> Open:
    signing = secrets["secret_key"].encode()
    algorithm = _algorithm(secrets)

    def opened(token: bytes) -> object:
        signed, code = token[:-_CODE_BYTES], token[-_CODE_BYTES:]
        genuine = hmac.compare_digest(hmac.digest(signing, signed, "sha256"), code)
        if not genuine or not signed.startswith(_VERSION):
            raise ValueError("not authentic")
        decryptor = Cipher(algorithm, CBC(signed[_HEADER_BYTES:_IV_END])).decryptor()
        unpadder = PKCS7(AES.block_size).unpadder()
        padded = decryptor.update(signed[_IV_END:]) + decryptor.finalize()
        return plain_value(unpadder.update(padded) + unpadder.finalize())

    return opened


def _algorithm(secrets: Secrets) -> AES:
    """AES under the field's own key when it has one, else under one stretched from the site's."""
    if "field_key" not in secrets:
        secret = secrets.get("cryptography_key") or secrets["secret_key"]
        return AES(stretched(secret, secrets.get("cryptography_salt", _SALT), _ITERATIONS))
    try:
        return AES(bytes.fromhex(secrets["field_key"]))
    except ValueError:
        pass
    hint = "of a `key` in bytes `key.hex()` is meant, of one in text `key.encode().hex()`"
    raise ForeignSecretsError("`field_key` is not the hex digits of 16, 24 or 32 bytes", hint=hint)


def _is_token(stored: bytes) -> bool:
    """Whether a value begins with the version and with the first zeros of every time stamp of this age."""
    return stored.startswith(_VERSION + bytes(3))


FORMAT = Format(
    needs=("secret_key",),
    takes=("cryptography_key", "cryptography_salt", "field_key"),
    opener=_opener,
    is_token=_is_token,
)
