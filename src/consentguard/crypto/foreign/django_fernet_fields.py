"""Values of django-fernet-fields and its successors: Fernet under keys derived from texts of any length."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from consentguard.crypto.foreign.fernet import is_token, texts_under
from consentguard.crypto.foreign.reader import ForeignSecretsError, Format, Open, Secrets

_SALT = b"django-fernet-fields-hkdf-salt"
_INFO = b"django-fernet-fields"


def _opener(secrets: Secrets) -> Open:
    keys = secrets["fernet_keys"].splitlines()
    if not keys:
        raise ForeignSecretsError("`fernet_keys` is empty", hint="give its keys one a line")
    return texts_under(_derived(key) for key in keys)


def _derived(key: str) -> bytes:
    """The Fernet key that stands for a text (HKDF-SHA256, RFC 5869)."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=_INFO)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))


FORMAT = Format(needs=("fernet_keys",), takes=(), opener=_opener, is_token=is_token)
"""With `FERNET_USE_HKDF = False` its keys are Fernet keys as they are, and the reader `fernet` is the one for them."""
