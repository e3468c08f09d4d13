"""Fernet tokens under ready-made keys, as django-encrypted-model-fields and many a site's own code store them."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.fernet import Fernet, MultiFernet

from consentguard.crypto.foreign.encoding import URL_SAFE, decoded
from consentguard.crypto.foreign.reader import ForeignSecretsError, Format, Open, Secrets

_BEGINNING = b"gAAAAA"
"""Base64 of the version byte 0x80 and of the first zeros of every time stamp before the year 4147."""


def texts_under(keys: Iterable[bytes]) -> Open:
    """Opens the UTF-8 text of a token under any of the keys (the Fernet specification, without a time to live).

    Raises ValueError when a key is not the base64 of 32 bytes, or when there is none.
    """
    fernets = MultiFernet([Fernet(key) for key in keys])

    def text(token: bytes) -> str:
        decoded(token, URL_SAFE)  # the library passes over foreign characters and surplus bits
        return fernets.decrypt(token).decode()

    return text


def is_token(stored: bytes) -> bool:
    """Whether a value begins as every Fernet token does, whole or not."""
    return stored.startswith(_BEGINNING)


def _opener(secrets: Secrets) -> Open:
    try:
        return texts_under(key.encode() for key in secrets["keys"].split())
    except ValueError:
        pass
    hint = "`Fernet.generate_key()` makes one; several are given one a line"
    raise ForeignSecretsError("`keys` are not Fernet keys, each the URL-safe base64 of 32 bytes", hint=hint)


FORMAT = Format(needs=("keys",), takes=(), opener=_opener, is_token=is_token)
"""What a token holds is text: whatever the field was, the reader gives what stands in the token."""
