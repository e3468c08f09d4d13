"""Data keys of data subjects: random, wrapped by the keyring, and gone for good once they are destroyed."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consentguard.crypto.cipher import GCM_NONCE_BYTES
from consentguard.crypto.errors import KeysNotLoadedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedPseudonyms
from consentguard.ports import DataKeys
from consentguard.records import DataKey, NewDataKey, SubjectRef

SECRET_BYTES = 32
_NONE_HELD: Mapping[SubjectRef, SubjectKey] = {}
Found = Mapping[int, "SubjectKey | None"]
"""Keys by their ids: None for a destroyed one; one that is unknown is not there."""


class SubjectKey:
    """A data subject's key, ready to seal and open: for up to 2**32 values (NIST SP 800-38D section 8.3)."""

    __slots__ = ("_associated", "decrypt", "encrypt", "id")

    def __init__(self, key_id: int, secret: bytes) -> None:
        cipher = AESGCM(secret)
        self.id, self.encrypt, self.decrypt = key_id, cipher.encrypt, cipher.decrypt
        self._associated: tuple[str, str, bytes] = ("", "", b"")

    def __repr__(self) -> str:
        return f"<SubjectKey {self.id}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is never pickled")

    def associated(self, kind: str, subject: str) -> bytes:
        """The part of the associated data that says which key and whose: made once for all values of a row."""
        found = self._associated
        if found[1] != subject or found[0] != kind:
            found = self._associated = kind, subject, framed(str(self.id), kind, subject)
        return found[2]


class SubjectKeys:
    """The data keys of one table, unwrapped when a batch of values needs them, with one query for the batch.

    A key that was destroyed opens nothing from the next batch on, because each batch asks the table. With a `ttl`
    (seconds) what was found is believed for as long: fewer queries, and a destroyed key lingers in other processes
    until then. `clock` tells seconds that only grow.
    """

    def __init__(
        self, keyring: Keyring, store: DataKeys, *, ttl: float = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.keyring, self._store, self._ttl, self._clock = keyring, store, ttl, clock
        self._wrappers = {key.id: AESGCM(keyring.derive("data keys", key=key)) for key in keyring.usable}
        self._pseudonyms = KeyedPseudonyms(keyring)
        self._kept: dict[int, tuple[float, SubjectKey | None]] = {}
        self._held: ContextVar[Mapping[SubjectRef, SubjectKey]] = ContextVar(f"data keys {id(self)}")
        self.epoch = 0

    def load(self, ids: Iterable[int]) -> Found:
        """The keys with these ids. Raises KeysNotLoadedError in an event loop, UnknownKeyError, TamperedError."""
        wanted, now = set(ids), self._clock()
        kept = {key_id: self._kept[key_id] for key_id in wanted & self._kept.keys()}
        found = {key_id: key for key_id, (until, key) in kept.items() if now < until}
        if missing := sorted(wanted - found.keys()):
            refuse_in_event_loop()
            fresh = {key.id: self._unwrapped(key) for key in self._store.find(missing)}
            if self._ttl > 0:
                self._kept |= {key_id: (now + self._ttl, key) for key_id, key in fresh.items()}
            found |= fresh
        return found

    def for_writing(self, subjects: Iterable[SubjectRef]) -> Mapping[SubjectRef, SubjectKey]:
        """The key of each data subject, made where there is none, in the caller's transaction.

        Raises KeysNotLoadedError in an event loop, unless `held` has them; UnknownKeyError, TamperedError, StoreError.
        """
        wanted, held = set(subjects), self._held.get(_NONE_HELD)
        if wanted <= held.keys():
            return held
        refuse_in_event_loop()
        names = {self._pseudonyms.of(subject): subject for subject in wanted}
        found = self._store.of(list(names))
        if len(found) < len(names):
            self._store.put([self._new(name) for name in sorted(names.keys() - {key.subject for key in found})])
            found = self._store.of(list(names))
        return {names[key.subject or ""]: unwrapped for key in found if (unwrapped := self._unwrapped(key))}

    @contextmanager
    def held(self, subjects: Iterable[SubjectRef]) -> Iterator[None]:
        """A block in which the keys of these data subjects are at hand for writing: for many rows, one query."""
        token = self._held.set({**self._held.get(_NONE_HELD), **self.for_writing(subjects)})
        try:
            yield
        finally:
            self._held.reset(token)

    def destroy(self, subjects: Iterable[SubjectRef]) -> int:
        """Destroy the keys of these data subjects, in the caller's transaction; how many there were.

        Nothing that was sealed under one can be opened again by who has no copy of the table. Raises StoreError.
        """
        gone = self._store.destroy([self._pseudonyms.of(subject) for subject in subjects])
        self.forget()
        return len(gone)

    def forget(self) -> None:
        """Believe nothing any more that was found before."""
        self._kept.clear()
        self.epoch += 1

    def rewrapped(self, key: DataKey) -> DataKey:
        """The same key, wrapped under the enabled key of the ring. Raises UnknownKeyError, TamperedError."""
        key_id = self.keyring.enabled.id
        return replace(key, key_id=key_id, wrapped=self._wrap(self._secret(key), key.subject or ""))

    def _new(self, pseudonym: str) -> NewDataKey:
        wrapped = self._wrap(os.urandom(SECRET_BYTES), pseudonym)
        now = dt.datetime.now(dt.UTC)
        return NewDataKey(subject=pseudonym, key_id=self.keyring.enabled.id, wrapped=wrapped, created_at=now)

    def _wrap(self, secret: bytes, pseudonym: str) -> bytes:
        nonce = os.urandom(GCM_NONCE_BYTES)
        return nonce + self._wrappers[self.keyring.enabled.id].encrypt(nonce, secret, framed("data key", pseudonym))

    def _unwrapped(self, key: DataKey) -> SubjectKey | None:
        return None if key.state == "destroyed" else SubjectKey(key.id, self._secret(key))

    def _secret(self, key: DataKey) -> bytes:
        wrapper = self._wrappers.get(key.key_id or 0)
        if wrapper is None:
            hint = "restore that key; `consentguard keys list` shows those that there are"
            raise UnknownKeyError(f"data key {key.id} is wrapped under the unknown key {key.key_id}", hint=hint)
        wrapped = key.wrapped or b""
        try:
            bound = framed("data key", key.subject or "")
            return wrapper.decrypt(wrapped[:GCM_NONCE_BYTES], wrapped[GCM_NONCE_BYTES:], bound)
        except (ValueError, InvalidTag):
            mistake = TamperedError(f"data key {key.id} cannot be unwrapped")
        raise mistake


class KeyBatch:
    """The keys of the values of one result: noted as rows arrive, loaded together when the first value is opened."""

    __slots__ = ("_epoch", "_found", "_noted", "_source")

    def __init__(self, source: Callable[[], SubjectKeys]) -> None:
        self._source = source
        self._noted: set[int] = set()
        self._found: dict[int, SubjectKey | None] = {}
        self._epoch = -1

    def note(self, key_id: int) -> None:
        """Remember that a value is sealed under that key."""
        self._noted.add(key_id)

    def load(self) -> None:
        """Load every key noted so far that is not there yet. Raises as `SubjectKeys.load`."""
        keys = self._source()
        if self._epoch != keys.epoch:
            self._found, self._epoch = {}, keys.epoch
        self._found.update(keys.load(self._noted - self._found.keys()))

    def get(self, key_id: int) -> SubjectKey | None:
        """The key with that id; None for a destroyed one. Raises KeyError for an unknown one, and as `load`."""
        if key_id not in self._found or self._epoch != self._source().epoch:
            self._noted.add(key_id)
            self.load()
        return self._found[key_id]


def refuse_in_event_loop() -> None:
    """Raises KeysNotLoadedError where an event loop runs in this thread: a query would stop everything else in it."""
    asyncio = sys.modules.get("asyncio")  # where nobody has loaded it, no loop runs
    if asyncio is None or asyncio._get_running_loop() is None:
        return
    hint = "load them before: `await aprefetch(rows)` for reading, `async with` its `held` for writing"
    raise KeysNotLoadedError("a value needs a data subject's key, which is not loaded, in an event loop", hint=hint)
