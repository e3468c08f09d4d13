"""The keyring as the ports that features ask for: keyed hashes, pseudonyms, signatures, values bound to a row."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.framing import to_row
from consentguard.crypto.keyring import Keyring
from consentguard.records import SubjectRef

SIGNATURE_BYTES = 16
_SIGNED = re.compile(r"(?P<payload>.*)\.(?P<key>[0-9]{1,10})\.(?P<code>[A-Za-z0-9_-]{22})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyedMacs:
    """`consentguard.ports.Macs` under one label."""

    keyring: Keyring
    label: str

    def mac(self, data: bytes) -> tuple[int, str]:
        """The id of the enabled key, and the hash in hex."""
        made = self.keyring.mac(self.label, data)
        return made.key_id, made.code.hex()

    def every(self, data: bytes) -> tuple[str, ...]:
        """The hash in hex under each key of the ring, the newest first."""
        return tuple(self.keyring.code(self.label, key, data).hex() for key in reversed(self.keyring.usable))

    def check(self, key_id: int, data: bytes, mac: str) -> bool:
        """Whether that key made this hash of the data."""
        try:
            code = bytes.fromhex(mac)
        except ValueError:
            return False
        return self.keyring.verify(self.label, key_id, data, code)

    def checker(self, key_id: int) -> Callable[[bytes, str], bool] | None:
        """`check` for one key, whose first block is hashed once and not for each of many hashes; None if unknown."""
        key = self.keyring.find(key_id)
        if key is None:
            return None
        begun = HMAC(self.keyring.derive("mac", self.label, key=key), SHA256())

        def check(data: bytes, mac: str) -> bool:
            made = begun.copy()
            made.update(data)
            return hmac.compare_digest(made.finalize().hex().encode(), mac.encode())

        return check


@dataclass(frozen=True, slots=True)
class KeyedPseudonyms:
    """`consentguard.ports.Pseudonyms`."""

    keyring: Keyring

    def of(self, subject: SubjectRef) -> str:
        """The reference to a data subject."""
        return self.keyring.pseudonym("subject", subject.kind, subject.key)

    def of_address(self, address: str) -> str:
        """The reference to an e-mail address, upper and lower case alike."""
        return self.keyring.pseudonym("address", address.strip().casefold())


@dataclass(frozen=True, slots=True)
class KeyedSigner:
    """`consentguard.ports.Signer` under one label: the payload, the key's id and 128 bits of HMAC-SHA256."""

    keyring: Keyring
    label: str

    def sign(self, payload: str) -> str:
        """The payload with its signature."""
        made = self.keyring.mac(self.label, payload.encode())
        code = base64.urlsafe_b64encode(made.code[:SIGNATURE_BYTES]).decode().rstrip("=")
        return f"{payload}.{made.key_id}.{code}"

    def unsign(self, signed: str) -> str | None:
        """The payload, or None where the signature is not ours."""
        match = _SIGNED.fullmatch(signed)
        if match is None:
            return None
        payload, key_id, code = match.groups()
        key = self.keyring.find(int(key_id))
        if key is None:
            return None
        try:
            made = base64.urlsafe_b64decode(f"{code}==")
            right = self.keyring.code(self.label, key, payload.encode())[:SIGNATURE_BYTES]
        except (binascii.Error, UnicodeEncodeError):
            return None
        return payload if hmac.compare_digest(right, made) else None


class KeyedRowSealer:
    """`consentguard.ports.RowSealer` of one column: what a rotation of keys finds as values with `to_row`."""

    def __init__(self, keyring: Keyring, table: str, column: str) -> None:
        self._sealer = Sealer(keyring, Context(table, column))

    def seal(self, plaintext: bytes, row: str) -> bytes:
        """The sealed value of a row."""
        return self._sealer.seal(plaintext, to_row(row))

    def open(self, sealed: bytes, row: str) -> bytes:
        """The plaintext. Raises TamperedError, UnknownKeyError or ErasedError."""
        return self._sealer.open(sealed, to_row(row))


@lru_cache(maxsize=8)
def row_sealer(keyring: Keyring, table: str, column: str) -> KeyedRowSealer:
    """A column's sealer, made once for a keyring: to derive its keys takes ten times as long as to open a value."""
    return KeyedRowSealer(keyring, table, column)
