"""`EncryptedStorage`: a file field works as before, and what is stored opens under its own name alone."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage, storages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import models, transaction
from django.db.migrations.writer import MigrationWriter
from django.http import FileResponse, HttpRequest
from django.test import RequestFactory, override_settings
from django.test.utils import isolate_apps
from django.urls import path

from consentguard.crypto import installed
from consentguard.crypto.cipher import DecryptionError
from consentguard.crypto.files import FileSealer
from consentguard.crypto.keyring import Keyring, KeyringError
from consentguard_django.storage import EncryptedStorage, EncryptedStorageError, rotate
from tests.django.databases import connect, disconnect

TEXT = b"Ada Lovelace\n" * 20_000
MIB = 2**20


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """A keyring of the process."""
    made = Keyring.generate()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture
def inner(tmp_path: Path) -> FileSystemStorage:
    """Where the ciphertext stands."""
    return FileSystemStorage(tmp_path / "media")


@pytest.fixture
def storage(inner: FileSystemStorage) -> EncryptedStorage:
    return EncryptedStorage(inner, label="documents", view="document")


def test_what_was_saved_comes_back(storage: EncryptedStorage, inner: FileSystemStorage) -> None:
    """At any place, with the plaintext's size; the storage inside holds none of it."""
    name = storage.save("scans/ada.txt", ContentFile(TEXT))
    assert (name, storage.exists(name), storage.listdir("scans")) == ("scans/ada.txt", True, ([], ["ada.txt"]))
    with storage.open(name) as file:
        assert (file.size, file.read(12), file.seek(-4, 2), file.read()) == (len(TEXT), b"Ada Lovelace", ANY, b"ace\n")
        assert b"".join(file.chunks()) == TEXT
        assert next(iter(file)) == b"Ada Lovelace\n"
    assert storage.size(name) == len(TEXT)
    assert b"Lovelace" not in Path(inner.path(name)).read_bytes()
    assert storage.get_modified_time(name) == inner.get_modified_time(name)
    storage.delete(name)
    assert not inner.exists(name)


@pytest.mark.parametrize("given", [b"", b"x", "Ωñ漢字", TEXT * 5])
def test_any_content_is_kept(storage: EncryptedStorage, given: bytes | str) -> None:
    """Also none, and a text, which Django's own storages take too."""
    name = storage.save("file", ContentFile(given))
    with storage.open(name) as file:
        assert file.read() == (given.encode() if isinstance(given, str) else given)


def test_a_file_belongs_to_its_name_and_its_storage(storage: EncryptedStorage, inner: FileSystemStorage) -> None:
    """Whoever may write to the disk puts nobody's file in another's place."""
    name, other = storage.save("ada.txt", ContentFile(TEXT)), storage.save("bob.txt", ContentFile(b"Bob"))
    Path(inner.path(other)).write_bytes(Path(inner.path(name)).read_bytes())
    elsewhere = EncryptedStorage(inner, label="photos")
    for opened, moved in ((storage, other), (elsewhere, name)):
        with pytest.raises(DecryptionError, match="cannot be opened"), opened.open(moved) as file:
            file.read()


def test_a_file_that_was_cut_off_is_noticed_before_it_is_sent(
    storage: EncryptedStorage, inner: FileSystemStorage
) -> None:
    """Between two segments too: a response asks for the length first."""
    name = storage.save("large", ContentFile(bytes(2 * MIB)))
    with Path(inner.path(name)).open("rb+") as file:
        file.truncate(5 + MIB)
    with pytest.raises(DecryptionError):
        storage.size(name)
    with storage.open(name) as opened, pytest.raises(DecryptionError):
        FileResponse(opened)


class Racing(FileSystemStorage):
    """Another process takes the name between the question whether it is free and the storing."""

    taken: tuple[str, ...] = ("ada.txt",)

    def _save(self, name: str, content: File[Any]) -> str:
        if name in self.taken:
            Path(self.path(name)).parent.mkdir(exist_ok=True)
            Path(self.path(name)).write_bytes(b"another's")
        return super()._save(name, content)


def test_a_file_is_bound_to_the_name_that_it_got_in_the_end(tmp_path: Path) -> None:
    """When two are stored at once under one name, both open, and nothing else stays."""
    storage = EncryptedStorage(Racing(tmp_path), label="documents")
    name = storage.save("ada.txt", ContentFile(TEXT))
    assert name != "ada.txt"
    with storage.open(name) as file:
        assert file.read() == TEXT
    assert sorted(storage.listdir("")[1]) == sorted(["ada.txt", name])
    assert (tmp_path / "ada.txt").read_bytes() == b"another's"


class Once(io.BytesIO):
    """Content that is read once, as an answer of another server is."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")


def test_content_that_is_read_once_is_stored_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """It has no size to tell, and cannot be read again for another name."""
    storage = EncryptedStorage(Racing(tmp_path), label="documents")
    with storage.open(storage.save("bob.txt", File(Once(TEXT)))) as file:
        assert file.read() == TEXT
    with pytest.raises(io.UnsupportedOperation):
        storage.save("ada.txt", File(Once(TEXT)))
    assert sorted(storage.listdir("")[1]) == ["ada.txt", "bob.txt"]


class Renaming(InMemoryStorage):
    """Never keeps the name that it is given."""

    def _save(self, name: str, content: File[Any]) -> str:
        return super()._save(self.get_alternative_name(name, ""), content)


def test_a_storage_that_never_keeps_a_name_is_refused() -> None:
    """A file could not be bound to it; nothing is left behind."""
    storage = EncryptedStorage(Renaming(), label="documents")
    with pytest.raises(EncryptedStorageError, match="another name each time"):
        storage.save("ada.txt", ContentFile(TEXT))
    assert storage.listdir("") == ([], [])


def test_an_upload_is_never_moved_nor_written_in_the_clear(storage: EncryptedStorage, inner: FileSystemStorage) -> None:
    """Django's own temporary file stays where it is, and the memory that is used does not grow with it."""
    with TemporaryUploadedFile("large.bin", "application/octet-stream", 16 * MIB, None) as upload:
        for _ in range(16):
            upload.write(b"plain" + bytes(MIB - 5))
        tracemalloc.start()
        try:
            name = storage.save("large.bin", upload)
            assert tracemalloc.get_traced_memory()[1] < 5 * MIB
        finally:
            tracemalloc.stop()
        assert Path(upload.temporary_file_path()).exists()
    assert b"plain" not in Path(inner.path(name)).read_bytes()
    assert storage.size(name) == 16 * MIB


class ObjectStore(InMemoryStorage):
    """Reads as clients of object stores do: from the beginning, in parts of an exact size, after telling the length."""

    def _save(self, name: str, content: File[Any]) -> str:
        content.seek(0)
        self.told, self.parts = content.size, list(iter(lambda: content.read(MIB // 2), b""))
        return super()._save(name, ContentFile(b"".join(self.parts)))


def test_an_object_store_gets_what_it_asks_for() -> None:
    """Each part is full but the last, and the length that was told is that of the ciphertext."""
    inner = ObjectStore()
    storage = EncryptedStorage(inner, label="documents")
    name = storage.save("ada.txt", ContentFile(TEXT * 5))
    assert [len(part) for part in inner.parts[:-1]] == [MIB // 2] * (len(inner.parts) - 1)
    assert inner.told == sum(map(len, inner.parts)) > len(TEXT) * 5
    with storage.open(name) as file:
        assert file.read() == TEXT * 5


def test_a_ciphertext_is_made_once() -> None:
    """Made again, from content that changed meanwhile, it would repeat a nonce: going back is refused."""

    class GoingBack(InMemoryStorage):
        def _save(self, name: str, content: File[Any]) -> str:
            content.read(1)
            content.seek(0)
            return name

    with pytest.raises(io.UnsupportedOperation):
        EncryptedStorage(GoingBack(), label="documents").save("ada.txt", ContentFile(TEXT))


def test_a_path_out_of_the_storage_is_refused(storage: EncryptedStorage) -> None:
    """As the storage inside has it."""
    with pytest.raises(SuspiciousFileOperation):
        storage.save("../ada.txt", ContentFile(TEXT))


@pytest.mark.parametrize("mode", ["r", "wb", "ab"])
def test_a_file_is_opened_to_be_read_as_bytes(storage: EncryptedStorage, mode: str) -> None:
    """Anything else is refused, also by a file that is opened again."""
    name = storage.save("ada.txt", ContentFile(TEXT))
    with pytest.raises(EncryptedStorageError, match=mode):
        storage.open(name, mode)
    with storage.open(name) as file, pytest.raises(EncryptedStorageError, match=mode):
        file.open(mode)


def test_a_file_is_opened_again_after_it_was_closed(storage: EncryptedStorage) -> None:
    """As Django's own are, by whoever reads an image's size and then the image."""
    file = storage.open(storage.save("ada.txt", ContentFile(TEXT)))
    file.read(5)
    assert file.open().read(3) == b"Ada"
    file.close()
    with file.open() as again:
        assert again.read(3) == b"Ada"


def serve(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse(storages["private"].open(name), as_attachment=True)


urlpatterns = [path("documents/<path:name>", serve, name="document")]
BACKENDS = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "private": {"BACKEND": "consentguard_django.storage.EncryptedStorage", "OPTIONS": {"view": "document"}},
    "within": {"BACKEND": "consentguard_django.storage.EncryptedStorage", "OPTIONS": {"inner": "private"}},
    "itself": {"BACKEND": "consentguard_django.storage.EncryptedStorage", "OPTIONS": {"inner": "itself"}},
}


@override_settings(STORAGES=BACKENDS, ROOT_URLCONF=__name__)
def test_a_view_serves_a_file_of_a_storage_in_the_settings(django_db_blocker: Any) -> None:
    """Its URL is the view's; length, type and name are the plaintext's."""
    storage = storages["private"]
    name = storage.save("scans/ada.txt", ContentFile(TEXT))
    assert storage.url(name) == "/documents/scans/ada.txt"
    response = serve(RequestFactory().get("/"), name)
    assert b"".join(response) == TEXT
    assert response["Content-Length"] == str(len(TEXT))
    assert response["Content-Disposition"] == 'attachment; filename="ada.txt"'
    with django_db_blocker.unblock():  # the end of a request closes connections that were open before it
        response.close()
    assert FileSealer(installed.current, "default").is_current(storages["default"].open(name))


@override_settings(STORAGES=BACKENDS)
@pytest.mark.parametrize("alias", ["within", "itself"])
def test_a_storage_within_an_encrypted_one_is_refused(alias: str) -> None:
    """Itself first of all, where the default one is encrypted and names no other."""
    with pytest.raises(EncryptedStorageError, match="within"):
        storages[alias].exists("ada.txt")


def test_a_file_has_no_url_without_a_view(inner: FileSystemStorage) -> None:
    """The storage inside would serve the ciphertext; the error says what to do, and is of the kind that Django has."""
    with pytest.raises(NotImplementedError, match="has no URL") as caught:
        EncryptedStorage(inner, label="documents").url("ada.txt")
    assert "view=" in str(caught.value)
    with pytest.raises(NotImplementedError):
        EncryptedStorage(inner, label="documents").path("ada.txt")


def test_a_storage_without_an_alias_needs_a_label(inner: FileSystemStorage) -> None:
    """Where it is written."""
    with pytest.raises(TypeError, match="label"):
        EncryptedStorage(inner)
    with pytest.raises(ValueError, match="segments"):
        EncryptedStorage("files", segment_bytes=1000)


def test_a_migration_names_the_storage_and_no_key(inner: FileSystemStorage, ring: Keyring) -> None:
    """As it was written in the model."""
    field = models.FileField(storage=EncryptedStorage("private", view="document"))
    text, imports = MigrationWriter.serialize(field)
    assert "consentguard_django.storage.EncryptedStorage('private', view='document')" in text
    assert ring.derive("files", "private").hex() not in text
    assert "import consentguard_django.storage" in imports


def test_without_a_keyring_nothing_is_stored(storage: EncryptedStorage) -> None:
    """And the error says how to make one."""
    installed.install_lazily(lambda: Keyring.from_environment({}))
    with pytest.raises(KeyringError, match="no keyring"):
        storage.save("ada.txt", ContentFile(TEXT))


@pytest.fixture
def documents(storage: EncryptedStorage, tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    """The objects of a model with an encrypted file, in a database of its own."""
    with isolate_apps("tests.django.people"):

        class Document(models.Model):
            scan = models.FileField(storage=storage, upload_to="scans", max_length=60)

            class Meta:
                app_label = "people"

    with django_db_blocker.unblock():
        connection = connect("files", f"sqlite:{tmp_path}/files.sqlite3")
        try:
            with connection.schema_editor() as editor:
                editor.create_model(Document)
            yield Document._base_manager.using("files")
        finally:
            disconnect("files")


def content(found: Any) -> bytes:
    """What the file of a row holds."""
    with found.scan.open() as file:
        return bytes(file.read())


def test_a_file_field_works_as_before(documents: Any) -> None:
    """Saved, read, measured, opened again, replaced and deleted."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    found = documents.get(pk=made.pk)
    assert (found.scan.name, found.scan.size) == ("scans/ada.txt", len(TEXT))
    assert content(found) == TEXT
    with found.scan.open() as file:
        assert file.read(3) == b"Ada"
    found.scan.save("ada.txt", ContentFile(b"another"))
    assert content(documents.get()) == b"another"
    found.scan.delete()
    assert not documents.get().scan


def test_files_that_are_there_already_are_encrypted(
    documents: Any, storage: EncryptedStorage, inner: FileSystemStorage
) -> None:
    """As the page on encrypted files says; before, none is handed out as if it had been encrypted."""
    old = inner.save("scans/ada.txt", ContentFile(TEXT))
    made = documents.create(scan=old)
    with pytest.raises(DecryptionError, match="is not an encrypted one"):
        content(made)
    with inner.open(old) as plain:
        new = storage.save(f"sealed/{old}", plain, max_length=100)
    documents.filter(pk=made.pk).update(scan=new)
    inner.delete(old)
    assert content(documents.get()) == TEXT
    assert (inner.listdir("scans")[1], inner.listdir("sealed/scans")[1]) == ([], ["ada.txt"])


def test_a_file_is_rotated_under_a_new_name(documents: Any, storage: EncryptedStorage, ring: Keyring) -> None:
    """Once: under the enabled key it stays as it is. Its row has the new name, and the old file is gone."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    assert not rotate(made.scan)
    installed.install(ring.with_new_key())
    assert rotate(made.scan)
    found = documents.get()
    assert found.scan.name == made.scan.name != "scans/ada.txt"
    assert found.scan.name.endswith(".txt")
    assert content(found) == TEXT
    assert storage.is_current(found.scan.name)
    assert storage.listdir("scans")[1] == [Path(found.scan.name).name]
    assert not rotate(found.scan)


def test_rows_that_share_a_file_are_rotated_together(documents: Any, storage: EncryptedStorage, ring: Keyring) -> None:
    """A row that was copied names the file of the first, and must not be left without it."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    documents.create(scan=made.scan.name)
    installed.install(ring.with_new_key())
    rotate(made.scan)
    assert [content(found) for found in documents.all()] == [TEXT, TEXT]


def test_a_file_that_was_replaced_meanwhile_stays(documents: Any, storage: EncryptedStorage, ring: Keyring) -> None:
    """What somebody stored while the old one was encrypted anew is theirs, and nothing is left behind."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    stale = documents.get()
    made.scan.save("bob.txt", ContentFile(b"Bob"))
    installed.install(ring.with_new_key())
    assert not rotate(stale.scan)
    assert content(documents.get()) == b"Bob"
    assert sorted(storage.listdir("scans")[1]) == ["ada.txt", "bob.txt"]


def test_a_rotation_that_is_rolled_back_loses_nothing(documents: Any, storage: EncryptedStorage, ring: Keyring) -> None:
    """The old file is deleted when the transaction commits, and not before."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    installed.install(ring.with_new_key())
    with transaction.atomic(using="files"):
        rotate(made.scan)
        transaction.set_rollback(True, using="files")
    found = documents.get()
    assert (found.scan.name, content(found)) == ("scans/ada.txt", TEXT)


def test_a_broken_file_is_not_rotated(documents: Any, inner: FileSystemStorage, ring: Keyring) -> None:
    """It keeps its place, so that it can be restored from a backup."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    with Path(inner.path(made.scan.name)).open("rb+") as file:
        file.truncate(1000)
    installed.install(ring.with_new_key())
    with pytest.raises(DecryptionError):
        rotate(made.scan)
    assert documents.get().scan.name == "scans/ada.txt"


def test_only_encrypted_files_are_rotated(documents: Any, inner: FileSystemStorage) -> None:
    """A slip is told."""
    made = documents.create(scan=ContentFile(TEXT, "ada.txt"))
    made.scan.storage = inner
    with pytest.raises(TypeError, match="EncryptedStorage"):
        rotate(made.scan)
