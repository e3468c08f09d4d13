"""An authenticator in software: it answers as a browser does, and wrongly where a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
"""Flags of authenticator data (Web Authentication, section 6.1)."""


class Authenticator:
    """A device with one ES256 key. `counts` says whether it counts what it signs, as security keys do."""

    def __init__(self, origin: str = "https://shop.example.com", *, counts: bool = True, verifies: bool = True) -> None:
        self.origin = origin
        self.counts = counts
        self.verifies = verifies
        self.count = 0
        self.credential = secrets.token_bytes(32)
        self.handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any], **wrong: Any) -> str:
        """What `navigator.credentials.create()` gives for these options, as JSON."""
        self.handle = unpadded(options["user"]["id"])
        data = self._data(wrong.get("rp_id", options["rp"]["id"]), ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": padless(self._client("webauthn.create", options, wrong)),
            "attestationObject": padless(attestation),
            "transports": ["usb", "nfc", "carrier-pigeon"],
        }
        return self._answer(response)

    def use(self, options: dict[str, Any], **wrong: Any) -> str:
        """What `navigator.credentials.get()` gives for these options, as JSON."""
        data = self._data(wrong.get("rp_id", options["rpId"]))
        client = self._client("webauthn.get", options, wrong)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        if wrong.get("tampered"):
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        response = {
            "clientDataJSON": padless(client),
            "authenticatorData": padless(data),
            "signature": padless(signature),
            "userHandle": padless(wrong.get("handle", self.handle)),
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        id_ = padless(self.credential)
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})

    def _client(self, kind: str, options: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        said = {
            "type": wrong.get("type", kind),
            "challenge": wrong.get("challenge", options["challenge"]),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": wrong.get("framed", False),
        }
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int = 0) -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _attested(self) -> bytes:
        public = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (public.x, public.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + key


def padless(content: bytes) -> str:
    """Base64url as Web Authentication writes it."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    """The bytes of it."""
    return base64.urlsafe_b64decode(f"{text}==")
