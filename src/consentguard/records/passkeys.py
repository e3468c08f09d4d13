"""Passkeys: the public keys that people prove a second factor with (W3C Web Authentication)."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A public key whose private half stays in somebody's device, phone or security key.

    `id` is `id_of(credential)`, so that no two people have the same one; `credential` and `public_key` are as the
    authenticator gave them (the key in COSE, RFC 9052). `sign_count` is what it last said to have signed, 0 where it
    does not count; `transports` are how a browser reaches it (`usb nfc`), with spaces between; `name` is what its owner
    calls it, empty where they gave none.
    """

    id: str
    subject: str
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    created_at: dt.datetime
    transports: str = ""
    name: str = field(default="", repr=False)
    last_used_on: dt.date | None = None

    @staticmethod
    def id_of(credential: bytes) -> str:
        """SHA-256 of a credential's id, in hex: as short on every database, however long the id is (up to 1023)."""
        return hashlib.sha256(credential).hexdigest()
