"""A zip file that is written as it is sent: nothing of it is kept on a disk, and little of it in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

AT_ONCE = 64 * 1024
"""How many bytes are handed on at once."""
LEVEL = 4
"""How hard zlib tries: on rows of text level 6 takes half as long again, and saves one byte in a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file that was written into the zip: its name there, its length, and its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class _Sink:
    """Where `zipfile` writes: a pipe that cannot go back, as it sees it."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing: whoever sends takes what there is."""

    def take(self) -> bytes:
        """What was written since."""
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self.waiting = 0
        return taken


class Parcel:
    """Packs members one after the other; each method gives the bytes of the zip file that are ready to be sent.

    `zipfile` writes to what cannot be wound back with lengths behind the data (APPNOTE.TXT 4.3.9), which every
    unpacker of the last twenty years reads.
    """

    def __init__(self, made_at: dt.datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._made_at = made_at
        self.members: list[Member] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pack a member whose content comes in pieces."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._entry(name), "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
                if self._sink.waiting >= AT_ONCE:
                    yield self._sink.take()
        self.members.append(Member(name=name, size=size, sha256=digest.hexdigest()))

    def end(self) -> Iterator[bytes]:
        """Write the list of members, which makes it a zip file."""
        self._zip.close()
        yield self._sink.take()

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._made_at.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry._compresslevel = LEVEL  # type: ignore[attr-defined]  # public only from Python 3.13 on
        entry.external_attr = 0o600 << 16
        return entry
