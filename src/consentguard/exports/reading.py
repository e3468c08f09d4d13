"""Reads an archive and holds it against its own manifest: nothing of one that was changed or cut short is believed."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from consentguard.exports import layout
from consentguard.exports.contents import Row
from consentguard.exports.errors import ArchiveError
from consentguard.exports.layout import Contents, Packed

MOST_MANIFEST = 64 * 1024 * 1024
"""Bytes of a manifest at most: one for each of some hundred thousand files."""
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of a row at most."""
_AT_ONCE = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_ASK_AGAIN = "ask whoever made it for another copy"


class Archive:
    """An archive that is open for reading. `contents` is its manifest, `sha256` the manifest's own digest in hex."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        names = [entry.filename for entry in file.infolist()]
        if layout.MANIFEST not in names:
            raise ArchiveError(f"there is no {layout.MANIFEST} in it", hint="give an archive that consentguard made")
        written = self._manifest()
        self.sha256 = hashlib.sha256(written).hexdigest()
        self.contents = _contents(written)
        listed = [member.name for member in self.contents.members]
        if sorted(names) != sorted([*listed, layout.MANIFEST]):
            raise ArchiveError("it lacks members that its manifest lists, or has others besides", hint=_ASK_AGAIN)

    def verify(self) -> int:
        """Read every member, and hold its length and its SHA-256 against the manifest; how many there are.

        Raises ArchiveError for the first that differs.
        """
        for member in self.contents.members:
            self._verify(member)
        return len(self.contents.members)

    def rows(self, label: str) -> Iterator[Row]:
        """The rows of a table, one by one. Raises ArchiveError for what is no JSON."""
        held = next((held for held in self.contents.tables if held.label == label), None)
        for number in range(1, held.files + 1 if held else 1):
            yield from self._lines(layout.data(label, number))

    def _lines(self, name: str) -> Iterator[Row]:
        with self._open(name) as file:
            while line := file.readline(LONGEST_LINE + 1):
                try:
                    yield msgspec.json.decode(line, type=dict[str, object])
                except msgspec.DecodeError:
                    raise ArchiveError(f"a line of {name} is no JSON object", hint=_ASK_AGAIN) from None

    def _manifest(self) -> bytes:
        with self._open(layout.MANIFEST) as file:
            written = file.read(MOST_MANIFEST + 1)
        if len(written) > MOST_MANIFEST:
            raise ArchiveError("its manifest is too large to be one", hint=_ASK_AGAIN)
        return written

    def _verify(self, member: Packed) -> None:
        digest, size = hashlib.sha256(), 0
        with self._open(member.name) as file:
            while size <= member.size and (piece := file.read(_AT_ONCE)):
                digest.update(piece)
                size += len(piece)
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise ArchiveError(f"{_shown(member.name)} is not what the manifest says: it was changed", hint=_ASK_AGAIN)

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._file.open(name) as file:
                yield file
        except KeyError:
            raise ArchiveError(f"there is no {_shown(name)} in it", hint=_ASK_AGAIN) from None
        except _BROKEN:
            raise ArchiveError(f"{_shown(name)} is broken", hint=_ASK_AGAIN) from None


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """An archive of this format. Raises ArchiveError for a file that is none, or that cannot be read."""
    try:
        file = zipfile.ZipFile(path)
    except _BROKEN:
        raise ArchiveError("the file is no zip file, or it was cut short", hint=_ASK_AGAIN) from None
    with file:
        yield Archive(file)


def _contents(written: bytes) -> Contents:
    try:
        known = msgspec.json.decode(written, type=_Known)
        if (known.format, known.version) != (layout.FORMAT, layout.VERSION):
            raise ArchiveError(
                f"it is of the format {known.format!r}, version {known.version}",
                hint=f"this version of consentguard reads {layout.FORMAT!r}, version {layout.VERSION}",
            )
        return msgspec.json.decode(written, type=Contents)
    except msgspec.DecodeError:
        raise ArchiveError("its manifest is not one of consentguard's", hint=_ASK_AGAIN) from None


class _Known(msgspec.Struct):
    format: str
    version: int


def _shown(name: str) -> str:
    """A member's name for a message: a file's own name may say something about somebody."""
    return f"a file below {name.partition('/')[0]}/" if name.startswith("files/") else name
