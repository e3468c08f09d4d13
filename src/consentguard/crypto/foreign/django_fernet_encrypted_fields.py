"""Values of django-fernet-encrypted-fields: Fernet under keys stretched from Django's SECRET_KEY and a SALT_KEY."""

from __future__ import annotations

import base64
import json

from consentguard.crypto.foreign.encoding import stretched
from consentguard.crypto.foreign.fernet import is_token, texts_under
from consentguard.crypto.foreign.reader import Format, Open, Secrets

_ITERATIONS = 100_000
_NEEDS = ("secret_key", "salt_key")
_TAKES = ("secret_key_fallbacks", "salt_key_fallbacks")


def _texts(secrets: Secrets) -> Open:
    return texts_under(
        base64.urlsafe_b64encode(stretched(secret, salt, _ITERATIONS))
        for secret in _all(secrets, "secret_key")
        for salt in _all(secrets, "salt_key")
    )


def _all(secrets: Secrets, setting: str) -> list[str]:
    """A setting and those that it replaced, which are given one a line."""
    return [secrets[setting], *secrets.get(f"{setting}_fallbacks", "").splitlines()]


def _documents(secrets: Secrets) -> Open:
    text = _texts(secrets)

    def opened(part: object) -> object:
        match part:
            case dict():
                return {key: opened(value) for key, value in part.items()}
            case list():
                return [opened(value) for value in part]
            case str():
                return text(part.encode())
        raise ValueError("a leaf of the document is not encrypted")

    return lambda stored: opened(json.loads(stored))


def _has_token(document: bytes) -> bool:
    return any(is_token(text) for text in document.split(b'"'))


TEXT = Format(needs=_NEEDS, takes=_TAKES, opener=_texts, is_token=is_token)
"""Every field but one stores `str(value)`, and that text is what the reader gives."""
DOCUMENT = Format(needs=_NEEDS, takes=_TAKES, opener=_documents, is_token=_has_token)
"""EncryptedJSONField stores JSON whose shape and keys are in the clear, and each leaf a token of `str(leaf)`."""
