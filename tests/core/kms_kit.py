"""A key management service in this process, found as a host's own is: by an entry point."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consentguard.crypto.kms import KmsUri, associated_data, refused, unreachable

URI = "local:shop"


class LocalKms:
    """AES-256-GCM under one key for each name; `down` while it cannot be reached, `calls` what it was asked."""

    keys: ClassVar[dict[str, bytes]] = {}
    calls: ClassVar[list[str]] = []
    down: ClassVar[bool] = False

    def __init__(self, uri: KmsUri) -> None:
        uri.check_options("unbound")
        self.uri = uri
        self.cipher = AESGCM(self.keys.setdefault(uri.key, os.urandom(32)))

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        data = self._asked("wrap", context)
        nonce = os.urandom(12)
        return nonce + self.cipher.encrypt(nonce, secret, data)

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        data = self._asked("unwrap", context)
        try:
            return self.cipher.decrypt(wrapped[:12], wrapped[12:], data)
        except (InvalidTag, ValueError):
            raise refused(self.uri, "another context") from None

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        secret = os.urandom(32)
        return secret, self.wrap(secret, context)

    def _asked(self, what: str, context: Mapping[str, str]) -> bytes:
        self.calls.append(what)
        if self.down:
            raise unreachable(self.uri, "down")
        return b"" if "unbound" in self.uri.options else associated_data(context)


def register(folder: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, target: str) -> None:
    """Install a distribution whose entry point is an adapter, as a host's own package would."""
    info = folder / f"{scheme}_kms-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {scheme}-kms\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[consentguard.kms]\n{scheme} = {target}\n")
    monkeypatch.syspath_prepend(str(folder))


def of_our_frames(trace: TracebackType | None) -> Iterator[Any]:
    """The locals of our own frames in a traceback, which reports of crashes print."""
    while trace:
        if trace.tb_frame.f_globals["__name__"].startswith("consentguard."):
            yield from trace.tb_frame.f_locals.values()
        trace = trace.tb_next
