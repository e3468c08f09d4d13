"""Between a plain column and an encrypted one: its values sealed, opened, and held against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

from consentguard.crypto.column import Column
from consentguard.crypto.data_keys import KeyBatch, SubjectKeys
from consentguard.crypto.errors import TamperedError
from consentguard.errors import ConsentGuardError
from consentguard.ports import Renewed, StoreError
from consentguard.records import SubjectRef

DIFFERS = "it is another than the plain value"
_UNREADABLE = "it was stored by other means, or the type of its column was changed since"


class ColumnCopier:
    """`consentguard.ports.Copier` of a column.

    `dump` makes bytes of a plain value, None of what is NULL to it, and `load` makes a value of bytes. `read` gives the
    plain value of what the plain column holds, where that is none itself, such as another package's.
    """

    def __init__(
        self,
        column: Column,
        subject_keys: Callable[[], SubjectKeys],
        *,
        dump: Callable[[object], bytes | None],
        load: Callable[[bytes], object],
        read: Callable[[object], object] | None = None,
    ) -> None:
        self._column, self._subject_keys = column, subject_keys
        self._dump, self._load, self._read = dump, load, read

    def seal(self, plain: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as the encrypted column stores it; None where that takes it for NULL."""
        with self._keys_for(rows):
            return _each(self._sealed, list(zip(plain, rows, strict=True)))

    def open(self, stored: Sequence[object], rows: Sequence[str | None]) -> Renewed:
        """Each value as the plain column has it."""
        batch = self._batch(stored)
        return _each(lambda value, row: self._opened(value, row, batch), list(zip(stored, rows, strict=True)))

    def compare(
        self, plain: Sequence[object], stored: Sequence[object], rows: Sequence[str | None]
    ) -> Mapping[int, str]:
        """Why what is stored is no copy of a plain value, by the place of each that is none."""
        batch = self._batch(stored)
        compared = _each(
            lambda value, sealed, row: self._is_same(value, sealed, row, batch),
            list(zip(plain, stored, rows, strict=True)),
        )
        why = {place: error.message for place, error in compared.refused.items()}
        return why | {place: DIFFERS for place, same in enumerate(compared.values) if same is False}

    def _sealed(self, value: object, row: str | None) -> bytes | None:
        plain = self._bytes_of(value)
        return None if plain is None else self._column.seal(plain, self._indexed(plain), row)

    def _opened(self, stored: object, row: str | None, batch: KeyBatch | None) -> object:
        return None if stored is None else self._loaded(self._column.open(stored, row, batch))

    def _is_same(self, value: object, stored: object, row: str | None, batch: KeyBatch | None) -> bool:
        """By bytes, or else by value: 1.50 is 1.5, and the names of a document have no order."""
        plain = None if value is None else self._bytes_of(value)
        opened = None if stored is None else self._column.open(stored, row, batch)
        if plain == opened:
            return True
        return plain is not None and opened is not None and self._loaded(plain) == self._loaded(opened)

    def _bytes_of(self, value: object) -> bytes | None:
        if self._read is None:
            return self._dump(value)
        found = self._read(value)
        if isinstance(found, str):
            found = self._loaded(self._text_as_loaded(found).encode())
        return self._dump(found)

    def _text_as_loaded(self, text: str) -> str:
        """A text that another package wrote of a value; of truth, as this column writes it."""
        truth = {"true": "1", "false": "0"}.get(text.casefold())
        is_boolean = False
        if truth is not None:
            with suppress(ValueError, ArithmeticError, ConsentGuardError):
                is_boolean = self._load(b"1") is True
        return truth if truth is not None and is_boolean else text

    def _indexed(self, plain: bytes) -> object:
        return self._loaded(plain) if self._column.layout is not None else None

    def _loaded(self, plain: bytes) -> object:
        try:
            return self._load(plain)
        except (ValueError, ArithmeticError):
            del plain  # a traceback keeps the locals of its frames
        raise TamperedError(f"a value of {self._column.declared.context} cannot be read", hint=_UNREADABLE)

    def _keys_for(self, rows: Sequence[str | None]) -> AbstractContextManager[None]:
        """The keys of the data subjects whose values are sealed, at hand or made with one query."""
        kind = self._column.declared.subject
        return self._subject_keys().held({SubjectRef(kind, row) for row in rows if row}) if kind else nullcontext()

    def _batch(self, stored: Sequence[object]) -> KeyBatch | None:
        if not self._column.declared.subject:
            return None
        batch = KeyBatch(self._subject_keys)
        for value in stored:
            with suppress(TamperedError):
                self._column.note(value, batch)
        batch.load()
        return batch


def _each(make: Callable[..., object], given: Sequence[tuple[object, ...]]) -> Renewed:
    """What is made of each; where that raises, what went in stays, beside the reason."""
    made = Renewed([values[0] for values in given], {})
    for place, values in enumerate(given):
        try:
            made.values[place] = make(*values)
        except StoreError:
            raise
        except ConsentGuardError as error:
            made.refused[place] = error.with_traceback(None)  # whose frames know the plaintext
    return made
