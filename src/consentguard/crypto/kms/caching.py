"""Keeps what a key management service unwrapped, for a limited time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import takewhile
from threading import Lock
from typing import NamedTuple

from consentguard.crypto.kms.port import Kms, KmsError, associated_data

Name = tuple[bytes, bytes]


class _Kept(NamedTuple):
    secret: bytes
    ends: float


class CachingKms:
    """A service that is asked for each secret once in `ttl` seconds, for data keys that are read often.

    A secret is found again by what was unwrapped and its context. At most `most` are kept: the one that would end
    first makes room. One that has ended is forgotten and asked for anew; while the service is down that raises, and a
    secret is never handed out after its time. `clock` counts seconds and never runs backwards. Threads may share it.
    """

    def __init__(self, kms: Kms, *, ttl: float, most: int = 1000, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises KmsError unless `ttl` and `most` are positive."""
        if ttl <= 0 or most <= 0:
            raise KmsError("a cache of secrets needs a positive number of seconds and of secrets")
        self._kms, self._ttl, self._most, self._clock = kms, ttl, most, clock
        self._kept: dict[Name, _Kept] = {}  # in the order in which they end
        self._lock = Lock()  # never held while the service is asked

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.wrap`; nothing is kept."""
        try:
            return self._kms.wrap(secret, context)
        finally:
            del secret

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.unwrap`, or what was kept of an earlier call."""
        name = (wrapped, associated_data(context))
        with self._lock:
            self._forget_ended()
            kept = self._kept.get(name)
        return kept.secret if kept else self._keep(name, self._kms.unwrap(wrapped, context))

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """As `Kms.generate`; the secret is kept."""
        secret, wrapped = self._kms.generate(context)
        return self._keep((wrapped, associated_data(context)), secret), wrapped

    def _keep(self, name: Name, secret: bytes) -> bytes:
        with self._lock:
            self._kept.pop(name, None)
            self._forget_ended()
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = _Kept(secret, self._clock() + self._ttl)
        return secret

    def _forget_ended(self) -> None:
        now = self._clock()
        for name in list(takewhile(lambda name: self._kept[name].ends <= now, self._kept)):
            del self._kept[name]
