"""Benchmarks of encrypted files: 64 MiB written and read in pieces, against the cipher alone and against Tink."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from benchmarks.harness import Pair, Target, benchmark, interleave, timed

MIB = 2**20
SIZE = 64 * MIB
PIECE = 2**16
ROUNDS = 15
NAME = "large.bin"
NONCE = bytes(12)


class Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data)


class Kept(io.BytesIO):
    """Can be looked at after it was closed."""

    def close(self) -> None: ...


Way = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""What makes of a file for ciphertext one to write plaintext to, and one to read it from."""


def _ours() -> Way:
    from consentguard.crypto.files import FileSealer
    from consentguard.crypto.keyring import Keyring

    ring = Keyring.generate()
    sealer = FileSealer(lambda: ring, "benchmark")
    return partial(sealer.writer, NAME), partial(sealer.reader, NAME)


def _tink() -> Way:
    import tink
    from tink import streaming_aead

    streaming_aead.register()
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    primitive = tink.new_keyset_handle(template).primitive(streaming_aead.StreamingAead)
    return (
        lambda file: primitive.new_encrypting_stream(file, NAME.encode()),
        lambda file: primitive.new_decrypting_stream(file, NAME.encode()),
    )


def _write(opened: Callable[[Any], Any], destination: io.IOBase) -> None:
    piece = bytes(PIECE)
    with opened(destination) as file:
        for _ in range(SIZE // PIECE):
            file.write(piece)


def _read(opened: Callable[[Any], Any], sealed: bytes) -> None:
    with opened(io.BytesIO(sealed)) as file:
        while file.read(PIECE):
            pass


def _stream(build: Callable[[], Way], decrypting: bool) -> Callable[[], float]:
    """Milliseconds to encrypt the file, or to decrypt it."""
    write, read = build()
    if not decrypting:
        return timed(lambda: _write(write, Nowhere()))
    kept = Kept()
    _write(write, kept)
    return timed(partial(_read, read, kept.getvalue()))


def _cipher(decrypting: bool) -> Callable[[], float]:
    """AES-256-GCM over the same segments, each in one call."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, segment = AESGCM(os.urandom(32)), bytes(MIB)
    sealed = cipher.encrypt(NONCE, segment, None)
    act = partial(cipher.decrypt, NONCE, sealed, None) if decrypting else partial(cipher.encrypt, NONCE, segment, None)
    return timed(lambda: deque((act() for _ in range(SIZE // MIB)), maxlen=0))


def _pair(baseline: Callable[[bool], Callable[[], float]], decrypting: bool) -> Pair:
    return interleave(_stream(_ours, decrypting), baseline(decrypting), ROUNDS)


BASELINES = {
    "cipher": (_cipher, lambda: f"AESGCM of cryptography {version('cryptography')} on each MiB", Target()),
    "tink": (partial(_stream, _tink), lambda: f"AES256_GCM_HKDF_1MB of tink {version('tink')}", Target(ratio=1)),
}
for name, (baseline, against, target) in BASELINES.items():
    for act, decrypting in (("encrypt", False), ("decrypt", True)):
        figure = benchmark(f"files.{act}.{name}", unit="ms for 64 MiB", against=against, target=target)
        figure(partial(_pair, baseline, decrypting))
