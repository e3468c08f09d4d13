"""New keys of a keyring, and their secrets wrapped by a key management service where the keyring names one."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import replace

from consentguard.crypto.key import SECRET_BYTES, Key
from consentguard.crypto.kms import Kms, KmsError, open_kms


def new_key(key_id: int, kms: str) -> Key:
    """A new key that only decrypts, made by the KMS of that URI, or without one from the operating system's numbers.

    Raises KmsError, and KeyringError for an id that no key may have.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    secret, wrapped = open_kms(kms).generate(_context(key_id)) if kms else (os.urandom(SECRET_BYTES), b"")
    return Key(id=key_id, state="decrypt-only", created=now, secret=secret, wrapped=wrapped)


def wrapped_by(kms: str, keys: Iterable[Key]) -> tuple[Key, ...]:
    """The keys with their secrets wrapped by the KMS of that URI. Raises KmsError."""
    service = open_kms(kms)
    return tuple(replace(key, wrapped=_wrapped(service, key)) for key in keys)


def unwrapped(kms: Kms, key_id: int, wrapped: bytes) -> bytes:
    """The secret of that key. Raises KmsError, which says whose it is."""
    try:
        return kms.unwrap(wrapped, _context(key_id))
    except KmsError as error:
        raise type(error)(f"key {key_id}: {error.message}", hint=error.hint) from None


def _wrapped(kms: Kms, key: Key) -> bytes:
    return kms.wrap(key.secret, _context(key.id)) if key.usable else b""


def _context(key_id: int) -> dict[str, str]:
    """What binds a wrapped secret to its use and its key: in another's place it does not open."""
    return {"use": "consentguard keyring", "key": str(key_id)}
