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
from threading import Lock
from typing import NoReturn
from weakref import WeakSet

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consentguard.crypto.cipher import GCM_NONCE_BYTES
from consentguard.crypto.errors import DecryptionError, KeysNotLoadedError, TamperedError, UnknownKeyError
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedPseudonyms
from consentguard.ports import DataKeys
from consentguard.records import DataKey, NewDataKey, SubjectRef

VERSION = 2
"""The first byte of a value under a data subject's key: AES-256-GCM with a random nonce, for it seals few."""
_VERSION = bytes((VERSION,))
SECRET_BYTES = 32
_WRAPPED = framed("data key")
"""What the associated data of a wrapped key begins with; the pseudonym whose key it is follows."""
_NONE_HELD: Mapping[SubjectRef, SubjectKey] = {}
Found = Mapping[bytes, "SubjectKey | None"]
"""Keys by the header of their values: None for a destroyed one; one that is unknown is not there."""


class SubjectKey:
    """A data subject's key, ready to seal and open: for up to 2**32 values (NIST SP 800-38D section 8.3).

    `header` is what each of its values begins with: the version and the key's id. `bound` is a data subject and the
    part of the associated data that names the key and them: in one, so that threads never see half of it.
    """

    __slots__ = ("bound", "cipher", "header")

    def __init__(self, begins: bytes, secret: bytes) -> None:
        self.cipher, self.header, self.bound = AESGCM(secret), begins, ("", begins)

    def __repr__(self) -> str:
        return f"<SubjectKey {int.from_bytes(self.header[1:], 'big')}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is never pickled")

    def bind(self, row: str) -> bytes:
        """Make `bound` that of a data subject: once for all values of their row, since it takes as long as opening."""
        named = self.header + row.encode()
        self.bound = (row, named)
        return named


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
        self._kept: dict[bytes, tuple[float, SubjectKey | None]] = {}
        self._held: ContextVar[Mapping[SubjectRef, SubjectKey]] = ContextVar(f"data keys {id(self)}")
        self._batches: WeakSet[KeyBatch] = WeakSet()
        self._lock = Lock()
        _OF_THIS_PROCESS.add(self)

    def load(self, headers: Iterable[bytes]) -> Found:
        """The keys of values that begin so.

        Raises KeysNotLoadedError in an event loop, UnknownKeyError, TamperedError.
        """
        return self._asked(headers) if self._ttl <= 0 else self._believed(set(headers))

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
            missing = sorted(names.keys() - {key.subject for key in found})
            found = [*found, *self._store.put([self._new(name) for name in missing])]
        return {names[key.subject or ""]: SubjectKey(header(key.id), self._secret(key)) for key in found}

    @contextmanager
    def held(self, subjects: Iterable[SubjectRef]) -> Iterator[None]:
        """A block in which the keys of these data subjects are at hand for writing: for many rows, one query."""
        with self.holding(self.for_writing(subjects)):
            yield

    @contextmanager
    def holding(self, keys: Mapping[SubjectRef, SubjectKey]) -> Iterator[None]:
        """The same with keys that `for_writing` gave, in a thread that may wait for a database: without a query."""
        token = self._held.set({**self._held.get(_NONE_HELD), **keys})
        try:
            yield
        finally:
            self._held.reset(token)

    def destroy(self, subjects: Iterable[SubjectRef]) -> int:
        """Destroy the keys of these data subjects, in the caller's transaction; how many there were.

        Nothing that was sealed under one can be opened again by who has no copy of the table. Raises StoreError.
        """
        today = dt.datetime.now(dt.UTC).date()
        gone = self._store.destroy([self._pseudonyms.of(subject) for subject in subjects], today)
        for keys in list(_OF_THIS_PROCESS):
            keys.forget()
        return len(gone)

    def forget(self) -> None:
        """Believe nothing any more that was found before, nor let a batch that was loaded."""
        self._kept = {}
        with self._lock:  # a set that grows while it is gone through is an error
            batches = list(self._batches)
        for batch in batches:
            batch.keys.clear()

    def fill(self, batch: KeyBatch) -> None:
        """Load the keys that a batch noted, which has them until a key is destroyed here. Raises as `load`."""
        with self._lock:
            self._batches.add(batch)
        batch.keys.update(self.load(batch.noted - batch.keys.keys()))

    def rewrapped(self, key: DataKey) -> DataKey:
        """The same key, wrapped under the enabled key of the ring. Raises UnknownKeyError, TamperedError."""
        key_id = self.keyring.enabled.id
        return replace(key, key_id=key_id, wrapped=self._wrap(self._secret(key), key.subject or ""))

    def _asked(self, headers: Iterable[bytes]) -> dict[bytes, SubjectKey | None]:
        ids = [int.from_bytes(each[1:], "big") for each in headers if each[0] == VERSION]
        if not ids:
            return {}
        refuse_in_event_loop()
        return {
            (begins := header(key.id)): SubjectKey(begins, self._secret(key)) if key.state == "enabled" else None
            for key in self._store.find(ids)
        }

    def _believed(self, headers: set[bytes]) -> Found:
        now = self._clock()
        kept = {each: self._kept[each] for each in headers & self._kept.keys()}
        found = {each: key for each, (until, key) in kept.items() if now < until}
        fresh = self._asked(headers - found.keys())
        if fresh:  # and nothing is kept in memory for longer than it is believed
            alive = {each: known for each, known in self._kept.items() if now < known[0]}
            self._kept = alive | {each: (now + self._ttl, key) for each, key in fresh.items()}
        return found | fresh

    def _new(self, pseudonym: str) -> NewDataKey:
        wrapped = self._wrap(os.urandom(SECRET_BYTES), pseudonym)
        now = dt.datetime.now(dt.UTC)
        return NewDataKey(subject=pseudonym, key_id=self.keyring.enabled.id, wrapped=wrapped, created_at=now)

    def _wrap(self, secret: bytes, pseudonym: str) -> bytes:
        nonce = os.urandom(GCM_NONCE_BYTES)
        return nonce + self._wrappers[self.keyring.enabled.id].encrypt(nonce, secret, _WRAPPED + pseudonym.encode())

    def _secret(self, key: DataKey) -> bytes:
        wrapped, bound = key.wrapped or b"", _WRAPPED + (key.subject or "").encode()
        try:
            wrapper = self._wrappers[key.key_id or 0]
            return wrapper.decrypt(wrapped[:GCM_NONCE_BYTES], wrapped[GCM_NONCE_BYTES:], bound)
        except KeyError:
            hint = "restore that key; `consentguard keys list` shows those that there are"
            message = f"data key {key.id} is wrapped under the unknown key {key.key_id}"
            mistake: DecryptionError = UnknownKeyError(message, hint=hint)
        except (ValueError, InvalidTag):
            mistake = TamperedError(f"data key {key.id} cannot be unwrapped")
        raise mistake


_OF_THIS_PROCESS: WeakSet[SubjectKeys] = WeakSet()
"""All that may have loaded a key which one of them destroys."""


class KeyBatch:
    """The keys of the values of one result: noted as rows arrive, loaded together when the first value is opened.

    `noted` are the headers of values that will be opened; `keys` those that were loaded, by header, None for a
    destroyed one.
    """

    __slots__ = ("__weakref__", "_source", "keys", "noted")

    def __init__(self, source: Callable[[], SubjectKeys]) -> None:
        self._source = source
        self.noted: set[bytes] = set()
        self.keys: dict[bytes, SubjectKey | None] = {}

    def load(self) -> None:
        """Load every key noted so far that is not there yet. Raises as `SubjectKeys.load`."""
        self._source().fill(self)

    def get(self, begins: bytes) -> SubjectKey | None:
        """The key of values that begin so; None for a destroyed one.

        Raises KeyError for an unknown one, and as `SubjectKeys.load`.
        """
        if begins not in self.keys:
            self.noted.add(begins)
            self.load()
        return self.keys[begins]


def header(key_id: int) -> bytes:
    """What a value under that data key begins with."""
    return _VERSION + key_id.to_bytes(4, "big")


def refuse_in_event_loop() -> None:
    """Raises KeysNotLoadedError where an event loop runs in this thread: a query would stop everything else in it."""
    asyncio = sys.modules.get("asyncio")  # where nobody has loaded it, no loop runs
    if asyncio is None or asyncio._get_running_loop() is None:
        return
    hint = "load them before: `await aprefetch(rows)` for reading, `async with` its `held` for writing"
    raise KeysNotLoadedError("a value needs a data subject's key, which is not loaded, in an event loop", hint=hint)
