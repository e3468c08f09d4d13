"""The files of the site's file fields, each in the storage of its field."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from django.core.exceptions import FieldDoesNotExist
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db.models import FileField

from consentguard.ports import FilesError
from consentguard_django.stores.selecting import model_of


class DjangoFiles:
    """`consentguard.ports.Storage`, by the labels and columns of the data map."""

    def open(self, label: str, column: str, name: str) -> BinaryIO:
        """A file, for reading; of an encrypted storage its plaintext. Raises FilesError."""
        with _told("read", label, column):
            return cast(BinaryIO, _field(label, column).storage.open(name, "rb"))

    def delete(self, label: str, column: str, name: str) -> None:
        """Delete a file; nothing where it is gone already. Raises FilesError."""
        with _told("deleted", label, column), suppress(FileNotFoundError):
            _field(label, column).storage.delete(name)

    def save(self, label: str, column: str, name: str, content: bytes) -> str:
        """Keep a file, and say under which name: another one where this is taken. Raises FilesError."""
        with _told("kept", label, column):
            field = _field(label, column)
            return str(field.storage.save(name, ContentFile(content), max_length=field.max_length))

    def names(self, label: str, column: str) -> Iterator[str]:
        """Every file in the storage of a column, whatever names it. Raises FilesError."""
        with _told("listed", label, column), suppress(FileNotFoundError):
            yield from _below(_field(label, column).storage, "")


def _below(storage: Storage, folder: str) -> Iterator[str]:
    folders, files = storage.listdir(folder)
    yield from (posixpath.join(folder, name) for name in files)
    for each in folders:
        yield from _below(storage, posixpath.join(folder, each))


def _field(label: str, column: str) -> FileField:
    """The file field of a column. Raises FilesError where it holds no file."""
    with suppress(FieldDoesNotExist):
        field = model_of(label)._meta.get_field(column)
        if isinstance(field, FileField):
            return field
    raise FilesError(f'"{label}.{column}" is no file field', hint="name an object of your own in the setting `files`")


@contextmanager
def _told(what: str, label: str, column: str) -> Iterator[None]:
    """Raise whatever a storage raises as a FilesError, which does not hold the file's name: it may be somebody's."""
    try:
        yield
    except FilesError:
        raise
    except Exception as error:  # noqa: BLE001 - a storage raises what it likes
        hint = "try it again; check that the storage can be reached, and what the site may do there"
        kind = type(error).__name__
        raise FilesError(f'a file of "{label}.{column}" could not be {what} ({kind})', hint=hint) from None
