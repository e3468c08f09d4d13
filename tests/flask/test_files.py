"""`EncryptedFiles`: whole under their name or not at all, wherever fsspec puts them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from flask import Flask, send_file
from flask import request as current
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from consentguard.crypto import installed
from consentguard.crypto.cipher import DecryptionError
from consentguard.crypto.files import FileSealer
from consentguard.crypto.keyring import Keyring
from consentguard_flask.files import EncryptedFiles, FileNameError

TEXT = b"Ada Lovelace\n" * 20_000
NAME = "scans/2026/ada.txt"


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """A keyring of the process."""
    made = Keyring.generate()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture(params=["folder", "url", "memory", "dirfs"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EncryptedFiles]:
    """Files in a folder, by a path and by a URL, in memory, and below a folder of another file system."""
    places = {
        "folder": str(tmp_path / "files"),
        "url": (tmp_path / "files").as_uri(),
        "memory": "memory://files",
        "dirfs": DirFileSystem(str(tmp_path / "files"), fsspec.filesystem("file")),
    }
    yield EncryptedFiles(places[request.param], label="documents")
    MemoryFileSystem.store.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def local(folder: Path) -> EncryptedFiles:
    """Files in a folder."""
    return EncryptedFiles(str(folder), label="documents")


def write(files: EncryptedFiles, content: bytes = TEXT, name: str = NAME) -> None:
    with files.open(name, "wb") as file:
        file.write(content)


def read(files: EncryptedFiles, name: str = NAME) -> bytes:
    with files.open(name) as file:
        return file.read()


def stored(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_was_written_comes_back(files: EncryptedFiles) -> None:
    """Replaced, measured, and deleted, on each kind of file system."""
    assert not files.exists(NAME)
    write(files, b"before")
    write(files)
    assert (files.exists(NAME), files.exists("scans"), files.size(NAME)) == (True, False, len(TEXT))
    assert read(files) == TEXT
    files.delete(NAME)
    assert not files.exists(NAME)
    with pytest.raises(FileNotFoundError):
        files.open(NAME)


def test_the_file_system_holds_no_plaintext(local: EncryptedFiles, folder: Path) -> None:
    """And a file beside it is under another name's key stream: put in its place, it does not open."""
    write(local)
    write(local, b"Bob", "scans/bob.txt")
    assert stored(folder) == ["scans/2026/ada.txt", "scans/bob.txt"]
    assert b"Lovelace" not in (folder / NAME).read_bytes()
    (folder / NAME).replace(folder / "scans/bob.txt")
    with pytest.raises(DecryptionError):
        read(local, "scans/bob.txt")


def test_a_half_written_file_never_appears(local: EncryptedFiles, folder: Path) -> None:
    """What was there is there until the new one is complete, and nothing is left of one that failed."""
    write(local, b"before")
    with local.open(NAME, "wb") as file:
        file.write(TEXT)
        assert read(local) == b"before"
    assert read(local) == TEXT
    with pytest.raises(TypeError), local.open(NAME, "wb") as file:
        file.writelines([b"half", "a text"])  # type: ignore[list-item]
    assert (read(local), stored(folder)) == (TEXT, [NAME])


def test_a_move_that_fails_leaves_what_was_there(files: EncryptedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as for want of a right: the error is told, and the new file is taken away."""
    write(files, b"before")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(type(files._files), "mv", refuse)
    with pytest.raises(PermissionError):
        write(files)
    assert read(files) == b"before"
    assert [path for path in files._files.find(files._root) if path.endswith(".part")] == []


def test_a_library_reads_what_it_needs(files: EncryptedFiles) -> None:
    """Whoever takes a file takes this one, at any place of it: here an archive of which one member is read."""
    with files.open("all.zip", "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ada.txt", TEXT)
        archive.writestr("bob.txt", b"Bob")
    with files.open("all.zip") as found, zipfile.ZipFile(found) as archive:
        assert archive.read("bob.txt") == b"Bob"


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../ada.txt", "scans/../../ada.txt", "a//b", "./a", "a/", "a\\b", "*", "a?", "a[1]"]
)
def test_a_name_leads_below_the_place_and_to_one_file(local: EncryptedFiles, name: str) -> None:
    """A visitor who may name a file reads, writes and deletes none elsewhere."""
    for act in (local.open, local.exists, local.delete, local.size, local.rotate, lambda name: local.open(name, "wb")):
        with pytest.raises(FileNameError):
            act(name)


def test_a_folder_s_name_is_no_file_s(local: EncryptedFiles, folder: Path) -> None:
    """What was written would stand within it, under a name that nobody knows."""
    write(local)
    with pytest.raises(FileNameError, match="folder"):
        local.open("scans", "wb")
    assert stored(folder) == [NAME]


@pytest.mark.parametrize("mode", ["r", "ab", "r+b"])
def test_a_file_is_opened_to_be_read_or_replaced(local: EncryptedFiles, mode: str) -> None:
    """A part of an encrypted file cannot be changed."""
    with pytest.raises(ValueError, match="'rb' or 'wb'"):
        local.open(NAME, mode)  # type: ignore[call-overload]


def test_a_file_is_rotated_in_its_place(files: EncryptedFiles, ring: Keyring) -> None:
    """Once, under the same name."""
    write(files)
    assert not files.rotate(NAME)
    installed.install(ring.with_new_key())
    assert files.rotate(NAME)
    assert read(files) == TEXT
    assert not files.rotate(NAME)


def test_a_broken_file_is_not_rotated(local: EncryptedFiles, folder: Path, ring: Keyring) -> None:
    """It stays as it is, so that it can be restored from a backup, and nothing stands beside it."""
    write(local)
    cut = (folder / NAME).read_bytes()[:-1]
    (folder / NAME).write_bytes(cut)
    installed.install(ring.with_new_key())
    with pytest.raises(DecryptionError):
        local.rotate(NAME)
    assert ((folder / NAME).read_bytes(), stored(folder)) == (cut, [NAME])


def test_small_segments_are_named_by_the_file(local: EncryptedFiles, folder: Path) -> None:
    """Files with larger ones are read all the same."""
    small = EncryptedFiles(str(folder), label="documents", segment_bytes=2**12)
    write(small)
    assert read(local) == TEXT
    assert (folder / NAME).read_bytes()[0] == 2


def test_a_flask_view_takes_a_file_and_sends_it(local: EncryptedFiles) -> None:
    """As the page on encrypted files shows it."""
    app = Flask(__name__)

    @app.post("/documents")
    def upload() -> str:
        with local.open(NAME, "wb") as file:
            current.files["scan"].save(file)  # type: ignore[arg-type]
        return NAME

    @app.get("/documents/<path:name>")
    def document(name: str) -> object:
        return send_file(local.open(name), download_name="ada.txt", as_attachment=True)  # type: ignore[arg-type]

    client = app.test_client()
    with client.post("/documents", data={"scan": (io.BytesIO(TEXT), "ada.txt")}) as answer:
        assert answer.status_code == 200
    with client.get(f"/documents/{NAME}") as answer:
        assert answer.data == TEXT
        assert answer.headers["Content-Disposition"] == "attachment; filename=ada.txt"


def test_files_are_those_of_the_core(local: EncryptedFiles, folder: Path) -> None:
    """One format, whichever adapter wrote it."""
    write(local)
    with FileSealer(installed.current, "documents").reader(NAME, io.BytesIO((folder / NAME).read_bytes())) as file:
        assert file.read() == TEXT
