"""`EncryptedStorage`, which encrypts files on their way into another storage and decrypts them on their way out."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.deconstruct import deconstructible

from consentguard.crypto.files import SEGMENT_BYTES, FileSealer
from consentguard.crypto.installed import current
from consentguard.errors import ConsentGuardError
from consentguard_django.purposes import every_row

if TYPE_CHECKING:
    _File = File[bytes]
else:
    _File = File

_TRIES = 3


class EncryptedStorageError(ConsentGuardError, NotImplementedError):
    """The storage is asked for what an encrypted file has not: a URL of its own, text, or to be written to in place."""


@deconstructible(path="consentguard_django.storage.EncryptedStorage")
class EncryptedStorage(Storage):
    """Keeps files encrypted in another storage: the default one, one of STORAGES by its alias, or an instance.

    A file is bound to `label` and to its name; whoever renames an alias keeps the label that it had, which is the alias
    unless said otherwise. `view` is the name of a URL pattern with a file's name as its only argument: without one, no
    file has a URL. `segment_bytes` is as in `FileSealer`. Raises TypeError for an instance without a label.
    """

    def __init__(
        self, inner: Storage | str | None = None, *, label: str = "", view: str = "", segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        alias = inner or "default"
        if not (label or isinstance(alias, str)):
            raise TypeError("EncryptedStorage(storage, label=...): a storage without an alias needs a label that stays")
        self._inner, self._view = alias, view
        self._sealer = FileSealer(current, label or str(alias), segment_bytes)

    @property
    def inner(self) -> Storage:
        """The storage that holds the ciphertext. Raises EncryptedStorageError when that is an encrypted one too."""
        inner = storages[self._inner] if isinstance(self._inner, str) else self._inner
        if isinstance(inner, EncryptedStorage):
            hint = "let `inner` name a storage that is not encrypted"
            raise EncryptedStorageError("an encrypted storage stands within another, or within itself", hint=hint)
        return inner

    def size(self, name: str) -> int:
        """The size of the plaintext, read from the authenticated end of the file. Raises as `open`."""
        with self.open(name) as file:
            return int(file.size)

    def url(self, name: str | None) -> str:
        """The URL of the view that serves the file. Raises EncryptedStorageError when there is none."""
        if not self._view:
            hint = 'serve it by a view of yours, and name that: EncryptedStorage(..., view="document")'
            raise EncryptedStorageError("an encrypted file has no URL: what the storage serves is sealed", hint=hint)
        return reverse(self._view, args=[name])

    def is_current(self, name: str) -> bool:
        """Whether a file is encrypted under the enabled key. Raises KeyringError."""
        with self.inner.open(name) as source:
            return self._sealer.is_current(source)

    def get_valid_name(self, name: str) -> str:
        """As the inner storage has it."""
        return self.inner.get_valid_name(name)

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        """As the inner storage has it."""
        return self.inner.get_alternative_name(file_root, file_ext)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """As the inner storage has it."""
        return self.inner.get_available_name(name, max_length)

    def generate_filename(self, filename: Any) -> str:
        """As the inner storage has it."""
        return self.inner.generate_filename(filename)

    def delete(self, name: str) -> None:
        """Delete the file from the inner storage."""
        self.inner.delete(name)

    def exists(self, name: str) -> bool:
        """Whether the inner storage has the file."""
        return self.inner.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The folders and files of the inner storage."""
        return self.inner.listdir(path)

    def get_accessed_time(self, name: str) -> datetime:
        """As the inner storage has it."""
        return self.inner.get_accessed_time(name)

    def get_created_time(self, name: str) -> datetime:
        """As the inner storage has it."""
        return self.inner.get_created_time(name)

    def get_modified_time(self, name: str) -> datetime:
        """As the inner storage has it."""
        return self.inner.get_modified_time(name)

    def reader(self, name: str) -> io.BufferedReader:
        """The plaintext of a file, to read at any place. Raises DecryptionError, KeyringError, FileNotFoundError."""
        return self._sealer.reader(name, self.inner.open(name))

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        return DecryptedFile(self, name, mode)

    def _save(self, name: str, content: File[Any]) -> str:
        """Store a file under the name that it is bound to: another process may have taken the first one meanwhile."""
        for _ in range(_TRIES):
            saved = self.inner.save(name, self._encrypted(name, content))
            if saved == name:
                return name
            self.inner.delete(saved)
            content.seek(0)
            name = saved
        hint = "wrap a storage that keeps the name that get_available_name gives"
        raise EncryptedStorageError("the inner storage stores a file under another name each time", hint=hint)

    def _encrypted(self, name: str, content: File[Any]) -> File[bytes]:
        """The ciphertext of an upload, made while the inner storage reads it; it has no path from which to be moved."""
        pieces, size = self._sealer.encrypt(name, map(_as_bytes, content.chunks())), _size(content)
        made = _Ciphertext(pieces, None if size is None else self._sealer.encrypted_bytes(size))
        return File(cast(IO[bytes], made), name)


class DecryptedFile(_File):
    """A file of an encrypted storage, to read at any place. Raises as `EncryptedStorage.reader`."""

    def __init__(self, storage: EncryptedStorage, name: str, mode: str = "rb") -> None:
        self._storage, self.mode = storage, _read_only(mode)
        super().__init__(storage.reader(name), name)

    def open(self, mode: str | None = None, *_: Any, **__: Any) -> DecryptedFile:
        """Go back to the beginning, also after the file was closed."""
        _read_only(mode or "rb")
        if self.closed:
            self.file = self._storage.reader(str(self.name))
        self.seek(0)
        return self


class _Ciphertext(io.BufferedIOBase):
    """Pieces of ciphertext as a file that is read once: some storages go to its beginning before they do.

    `size` is their size in bytes, or None where it is not known.
    """

    def __init__(self, pieces: Iterator[bytes], size: int | None) -> None:
        self._pieces, self.size = pieces, size
        self._held, self._position = bytearray(), 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, fewer at the end alone. Raises what the upload does."""
        wanted = None if size is None or size < 0 else size
        while wanted is None or len(self._held) < wanted:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._held += piece
        taken = bytes(self._held[:wanted])
        del self._held[: len(taken)]
        self._position += len(taken)
        return taken

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Stay at the beginning. Raises UnsupportedOperation for anything else."""
        if offset or whence or self._position:
            raise io.UnsupportedOperation("a ciphertext is made once: it is at its beginning only before it is read")
        return 0


def rotate(file: FieldFile) -> bool:
    """Encrypt a model's file anew under the enabled key; False where it is under it, or was replaced meanwhile.

    A new file is stored under a name of its own. When it is complete, one statement puts its name in the place of the
    old in every row of the field's column, and the old file is deleted when the transaction commits. Raises TypeError
    for a file of another storage, DecryptionError, KeyringError and what the inner storage does.
    """
    storage, old, column = file.storage, str(file.name), file.field.name
    if not isinstance(storage, EncryptedStorage):
        raise TypeError("rotate() takes a file of an EncryptedStorage")
    if storage.is_current(old):
        return False
    new = _copy(storage, old, file.field.max_length)
    using = file.instance._state.db
    rows = every_row(file.field.model._base_manager.using(using).all())
    if not rows.filter(**{column: old}).update(**{column: new}):
        storage.delete(new)
        return False
    setattr(file.instance, column, new)
    transaction.on_commit(partial(storage.delete, old), using=using)
    return True


def _copy(storage: EncryptedStorage, name: str, max_length: int | None) -> str:
    """Store a file's content once more, under a name that is nobody's even where files may be overwritten."""
    root, extension = posixpath.splitext(name)
    with storage.open(name) as content:
        return storage.save(f"{root}_{get_random_string(7)}{extension}", content, max_length)


def _read_only(mode: str) -> str:
    if mode != "rb":
        hint = 'open it with mode "rb"; `save` stores another file'
        raise EncryptedStorageError(f"an encrypted file cannot be opened with mode {mode!r}", hint=hint)
    return mode


def _size(content: File[Any]) -> int | None:
    """How many bytes an upload has, where it can tell: of a text it cannot."""
    with suppress(AttributeError, OSError):
        file: object = content.file
        return None if isinstance(file, io.TextIOBase) else content.size
    return None


def _as_bytes(piece: bytes | str) -> bytes:
    """Django's own storages take texts too."""
    return piece.encode() if isinstance(piece, str) else piece
