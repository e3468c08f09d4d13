"""Services over HTTP on the loopback: Vault's transit engine as its API is documented, and one that answers as told."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Service(Protocol):
    """What answers a request: the path, its headers and its JSON give a status and JSON."""

    def answer(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, object]: ...


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The URL under which a service answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = service.answer(self.path, dict(self.headers), found)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Answers:
    """Gives the same answer to every request, and keeps what it was asked."""

    status: int = 200
    body: object = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, object]:
        self.asked.append(body)
        return self.status, self.body


class RefusedError(Exception):
    """An answer that is none of success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Transit:
    """The paths `encrypt` and `decrypt` of a transit engine, with AES-256-GCM, key versions and derived keys.

    `binds` is false for a Vault before 1.13, which overlooks `associated_data`; `denied` are operations that the
    token's policy leaves out; `oldest` is a key's `min_decryption_version`; `sealed` is a Vault that is.
    """

    token: ClassVar[str] = "hvs.testing"
    mount: str = "transit"
    versions: dict[str, list[bytes]] = field(
        default_factory=lambda: {name: [os.urandom(32)] for name in ("shop", "derived")}
    )
    binds: bool = True
    sealed: bool = False
    denied: set[str] = field(default_factory=set)
    oldest: int = 1
    namespaces: list[str | None] = field(default_factory=list)

    def rotate(self, name: str) -> None:
        """Give a key a new version, which encrypts from now on."""
        self.versions[name].append(os.urandom(32))

    def answer(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> tuple[int, object]:
        self.namespaces.append(headers.get("X-Vault-Namespace"))
        try:
            return 200, {"data": self._operation(path, headers)(path.rpartition("/")[2], body)}
        except RefusedError as error:
            return error.status, {"errors": [f"{error} {json.dumps(body)}"]}

    def _operation(self, path: str, headers: dict[str, str]) -> Callable[[str, dict[str, Any]], dict[str, str]]:
        if self.sealed:
            raise RefusedError(503, "Vault is sealed")
        head, _, operation = path.rpartition("/")[0].rpartition("/")
        if headers.get("X-Vault-Token") != self.token or operation in self.denied:
            raise RefusedError(403, "permission denied")
        if head != f"/v1/{self.mount}":
            raise RefusedError(404, "no handler for route")
        return {"encrypt": self._encrypt, "decrypt": self._decrypt}[operation]

    def _encrypt(self, name: str, body: dict[str, Any]) -> dict[str, str]:
        version = len(self._key(name))
        nonce = os.urandom(NONCE)
        plaintext = base64.b64decode(body["plaintext"], validate=True)
        sealed = nonce + self._cipher(name, version, body).encrypt(nonce, plaintext, self._data(body))
        return {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}"}

    def _decrypt(self, name: str, body: dict[str, Any]) -> dict[str, str]:
        try:
            vault, version, text = body["ciphertext"].split(":")
            number, sealed = int(version.removeprefix("v")), base64.b64decode(text, validate=True)
            if vault != "vault" or not self.oldest <= number <= len(self._key(name)):
                raise RefusedError(400, "ciphertext or signature version is disallowed by policy (too old)")
            plain = self._cipher(name, number, body).decrypt(sealed[:NONCE], sealed[NONCE:], self._data(body))
        except (ValueError, InvalidTag):
            raise RefusedError(400, "cipher: message authentication failed") from None
        return {"plaintext": base64.b64encode(plain).decode()}

    def _key(self, name: str) -> list[bytes]:
        if name not in self.versions:
            raise RefusedError(400, "encryption key not found")
        return self.versions[name]

    def _cipher(self, name: str, version: int, body: dict[str, Any]) -> AESGCM:
        """The cipher of a key's version: derived from the context where the key is, which is overlooked elsewhere."""
        key = self._key(name)[version - 1]
        context = base64.b64decode(body.get("context", ""), validate=True)
        if name != "derived":
            return AESGCM(key)
        if not context:
            raise RefusedError(400, "missing 'context' for key derivation")
        return AESGCM(hmac.digest(key, context, "sha256"))

    def _data(self, body: dict[str, Any]) -> bytes:
        return base64.b64decode(body.get("associated_data", ""), validate=True) if self.binds else b""
