"""The stored values of a column brought up to date: under the enabled key, with the digests of the slots in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from consentguard.crypto.cipher import HEADER_BYTES, VERSION, key_id_of
from consentguard.crypto.column import Column
from consentguard.crypto.data_keys import KeyBatch, SubjectKeys
from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError
from consentguard.crypto.index.layout import BEFORE_DIGESTS, has_digests, is_cleared, without_digests
from consentguard.errors import ConsentGuardError
from consentguard.ports import Renewed, StoreError

_UNCHANGED = "it was stored by other means, or the type of its column was changed since"


class ColumnResealer:
    """`consentguard.ports.Resealer` of a column. `load` gives the value that a plaintext is of, for its indexes.

    Values under data subjects' keys keep them: it is those keys that are wrapped anew. Their digests are brought up to
    date as all others.
    """

    def __init__(
        self, column: Column, load: Callable[[bytes], object], subject_keys: Callable[[], SubjectKeys]
    ) -> None:
        self._column, self._load, self._subject_keys = column, load, subject_keys
        self._by_subject = bool(column.declared.subject)
        self.length = column.begins_with

    @property
    def goal(self) -> str:
        """The enabled key, the slots, and the indexes."""
        slots, key_id = self._column.keyring.slots, self._column.keyring.enabled.id
        indexes = ",".join(index.name for index in self._column.declared.indexes)
        return f"{self._column.declared.context} key={key_id} a={slots.a} b={slots.b} indexes={indexes}"

    def is_settled(self, beginning: bytes) -> bool:
        """Whether a value that begins so is up to date, or was erased for good."""
        if beginning == self._column.begins:
            return True
        return is_cleared(beginning) if self._by_subject else self._was_destroyed(_sealed(beginning))

    def key_id(self, beginning: bytes) -> int | None:
        """The key of the keyring that a value is under."""
        sealed = _sealed(beginning)
        return key_id_of(sealed) if len(sealed) == HEADER_BYTES and sealed[0] == VERSION else None

    def renew(self, stored: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as it would be stored now, bound to what `rows` say; the very same where nothing has to change."""
        renewed, header = Renewed(list(stored), {}), None if self._column.layout else self._column.begins
        waiting = [
            place
            for place, value in enumerate(stored)
            if value is not None and (header is None or not isinstance(value, bytes) or not value.startswith(header))
        ]
        if self._column.declared.is_bound or self._column.layout is not None:
            self._renew_each(renewed, waiting, rows)
        else:
            self._renew_together(renewed, waiting)
        return renewed

    def _renew_together(self, renewed: Renewed, waiting: Iterable[int]) -> None:
        """Values that are neither bound nor searched."""
        places, plain = list[int](), list[bytes]()
        for place in waiting:
            try:
                plain.append(self._column.open(renewed.values[place]))
                places.append(place)
            except ErasedError:
                continue
            except DecryptionError as error:
                renewed.refused[place] = error.with_traceback(None)
        for place, sealed in zip(places, self._column.seal_many(plain), strict=True):
            renewed.values[place] = sealed

    def _renew_each(self, renewed: Renewed, waiting: Sequence[int], rows: Sequence[str | None]) -> None:
        batch = self._batch([renewed.values[place] for place in waiting]) if self._by_subject else None
        for place in waiting:
            try:
                renewed.values[place] = self._resealed(renewed.values[place], rows[place], batch)
            except ErasedError:
                renewed.values[place] = _unindexed(renewed.values[place])  # as in a copy from before it was shredded
            except StoreError:
                raise
            except ConsentGuardError as error:
                renewed.refused[place] = error.with_traceback(None)  # whose frames know the plaintext

    def _resealed(self, value: object, row: str | None, batch: KeyBatch | None) -> object:
        plain = self._column.open(value, row, batch)
        if self._column.layout is None:
            return self._column.seal(plain, None, row)
        try:
            loaded = self._load(plain)
        except (ValueError, ArithmeticError):
            del plain
        else:
            return value if self._column.is_current(value, loaded) else self._column.seal(plain, loaded, row)
        raise TamperedError(f"a value of {self._column.declared.context} cannot be read", hint=_UNCHANGED)

    def _batch(self, stored: Sequence[object]) -> KeyBatch:
        """The keys of data subjects that these values need, loaded together."""
        batch = KeyBatch(self._subject_keys)
        for value in stored:
            with suppress(TamperedError):
                self._column.note(value, batch)
        batch.load()
        return batch

    def _was_destroyed(self, sealed: bytes) -> bool:
        key_id = self.key_id(sealed)
        return key_id is not None and self._column.keyring.was_destroyed(key_id)


def _sealed(beginning: bytes) -> bytes:
    return beginning[BEFORE_DIGESTS:] if has_digests(beginning) else beginning


def _unindexed(value: object) -> object:
    return without_digests(value) if isinstance(value, bytes) else value
