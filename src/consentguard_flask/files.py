"""`EncryptedFiles`, encrypted files on whatever fsspec reaches: a folder, an object store, another server."""

from __future__ import annotations

import io
import posixpath
import shutil
from contextlib import ExitStack
from functools import partial
from secrets import token_hex
from typing import Literal, overload

from fsspec import AbstractFileSystem
from fsspec.core import has_magic, url_to_fs

from consentguard.crypto.files import SEGMENT_BYTES, FileSealer
from consentguard.crypto.installed import current
from consentguard.crypto.stream_files import EncryptingWriter
from consentguard.errors import ConsentGuardError


class FileNameError(ConsentGuardError, ValueError):
    """A file's name could lead elsewhere than below the files' own folder, or to several files."""


class EncryptedFiles:
    """Files that are encrypted wherever they stand: `EncryptedFiles("s3://bucket/uploads", label="uploads")`.

    `place` is a URL that fsspec knows, a folder's path, or a file system of fsspec that has such a folder as its root.
    A file is bound to `label`, which stays when the place is renamed, and to its name: a relative path with `/`. Keys
    are those of the process's keyring. `segment_bytes` is as in `FileSealer`. Every method raises FileNameError for a
    name such as `../other`, and what the file system does.
    """

    def __init__(self, place: str | AbstractFileSystem, *, label: str, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._files: AbstractFileSystem
        self._root: str
        self._files, self._root = url_to_fs(place) if isinstance(place, str) else (place, "")
        self._sealer = FileSealer(current, label, segment_bytes)

    @overload
    def open(self, name: str, mode: Literal["rb"] = "rb") -> io.BufferedReader: ...

    @overload
    def open(self, name: str, mode: Literal["wb"]) -> EncryptingWriter: ...

    def open(self, name: str, mode: Literal["rb", "wb"] = "rb") -> io.BufferedReader | EncryptingWriter:
        """A file to read from at any place, or a new one to write to.

        What is written stands under its name as a whole, when the file is closed, or never: a `with` block that ends
        with an error leaves what was there. Raises KeyringError, and ValueError for another mode. Reading raises
        FileNotFoundError and DecryptionError.
        """
        if mode not in {"rb", "wb"}:
            raise ValueError(f"an encrypted file is opened with mode 'rb' or 'wb', not {mode!r}")
        place = self._place(name)
        return self._sealer.reader(name, self._files.open(place, "rb")) if mode == "rb" else self._writer(name, place)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return bool(self._files.isfile(self._place(name)))

    def delete(self, name: str) -> None:
        """Delete a file. Raises FileNotFoundError."""
        self._files.rm_file(self._place(name))

    def size(self, name: str) -> int:
        """The bytes of the plaintext, by the authenticated end of the file. Raises as reading does."""
        with self.open(name) as file:
            return file.seek(0, io.SEEK_END)

    def rotate(self, name: str) -> bool:
        """Encrypt a file anew under the enabled key; False where it is under it. Raises as reading and writing do.

        It takes the place of the old one when it is complete. Let nobody else write that file meanwhile: no file system
        of fsspec could tell which of the two came last.
        """
        with self._files.open(self._place(name), "rb") as source:
            if self._sealer.is_current(source):
                return False
        with self.open(name) as old, self.open(name, "wb") as new:
            shutil.copyfileobj(old, new, self._sealer.segment_bytes)
        return True

    def _place(self, name: str) -> str:
        """Where a file stands. Raises FileNameError."""
        steps = name.split("/")
        if {"", ".", ".."} & set(steps) or "\\" in name or has_magic(name):
            hint = "a name is a relative path, such as scans/1.pdf, without `..`, `\\`, `*`, `?` and `[`"
            raise FileNameError(f"{name!r} is no name of a file", hint=hint)
        return posixpath.join(self._root, name)

    def _writer(self, name: str, place: str) -> EncryptingWriter:
        """A file that is written beside its place, under a name of its own."""
        if self._files.isdir(place):
            raise FileNameError(f"{name!r} is the name of a folder", hint="choose another, or put the file into it")
        folder = posixpath.dirname(place)
        self._files.makedirs(folder, exist_ok=True)
        waiting = posixpath.join(folder, f".{token_hex(16)}.part")
        return self._sealer.writer(name, self._files.open(waiting, "wb"), partial(self._finish, waiting, place))

    def _finish(self, waiting: str, place: str, whole: bool) -> None:
        """Put what was written in its place, or away."""
        with ExitStack() as undo:
            undo.callback(self._drop, waiting)
            if whole:
                self._files.mv(waiting, place)
                undo.pop_all()

    def _drop(self, waiting: str) -> None:
        if self._files.isfile(waiting):
            self._files.rm_file(waiting)
