"""The files that file fields name: read and deleted in the storage of their field, and no name in an error."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, default_storage

from consentguard.ports import Files, FilesError
from consentguard_django.host import DjangoHost

COLUMN = ("clinic.Consultation", "scan")


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Files:
    """Those of the test site, in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path
    return DjangoHost().files()


def test_a_file_is_read_and_deleted(files: Files, tmp_path: Path) -> None:
    """By the label and the name that the data map has; again it does no harm."""
    name = default_storage.save("scans/ada.txt", ContentFile(b"Ada"))
    with files.open(*COLUMN, name) as file:
        assert file.read() == b"Ada"
    files.delete(*COLUMN, name)
    assert not (tmp_path / name).exists()
    files.delete(*COLUMN, name)


def test_no_error_says_whose_a_file_was(files: Files) -> None:
    """One that is gone, and one that lies outside of the storage."""
    for name in ("ada-lovelace.txt", "../ada-lovelace.txt"):
        with pytest.raises(FilesError) as caught:
            files.open(*COLUMN, name)
        assert not [line for line in traceback.format_exception_only(caught.value) if "ada" in line]
        assert caught.value.__suppress_context__
    with pytest.raises(FilesError, match="deleted"):
        files.delete(*COLUMN, "../ada-lovelace.txt")


def test_a_storage_that_fails_may_be_asked_again(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises."""

    def fail(self: object, name: str) -> None:
        raise ConnectionError(name)

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.delete", fail)
    with pytest.raises(FilesError, match=r"ConnectionError"):
        files.delete(*COLUMN, "ada-lovelace.txt")


@pytest.mark.parametrize(
    "column", [("clinic.Consultation", "notes"), ("clinic.Consultation", "gone"), ("gone.Table", "scan")]
)
def test_what_is_no_file_field_is_refused(files: Files, column: tuple[str, str]) -> None:
    """A column of another kind, and one that is no more."""
    with pytest.raises(FilesError):
        files.delete(*column, "ada.txt")


def test_a_storage_that_says_that_a_file_is_gone_has_deleted_it(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """As object stores of other people do."""
    elsewhere = InMemoryStorage()

    def gone(name: str) -> None:
        raise FileNotFoundError(name)

    monkeypatch.setattr(elsewhere, "delete", gone)
    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.delete", lambda self, name: elsewhere.delete(name))
    files.delete(*COLUMN, "ada.txt")
