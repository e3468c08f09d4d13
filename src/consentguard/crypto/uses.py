"""The keyring as the ports that features ask for: keyed hashes, pseudonyms, signatures."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass

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
        """The id of the active key, and the hash in hex."""
        made = self.keyring.mac(self.label, data)
        return made.key_id, made.code.hex()

    def check(self, key_id: int, data: bytes, mac: str) -> bool:
        """Whether that key made this hash of the data."""
        try:
            code = bytes.fromhex(mac)
        except ValueError:
            return False
        return self.keyring.verify(self.label, key_id, data, code)


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
        key = self.keyring.find(int(match["key"])) if match else None
        if match is None or key is None:
            return None
        try:
            code = base64.urlsafe_b64decode(match["code"] + "==")
            payload = match["payload"].encode()
        except (binascii.Error, UnicodeEncodeError):
            return None
        right = self.keyring.code(self.label, key, payload)[:SIGNATURE_BYTES]
        return match["payload"] if hmac.compare_digest(right, code) else None
