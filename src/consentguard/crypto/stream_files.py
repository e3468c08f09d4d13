"""Encrypted streams as files: one to write plaintext to, and one to read it from at any place."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import IO, TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.streaming import Encryptor, Layout, StreamCipher

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Source(Protocol):
    """A binary file to read from at any place, as those of `io` are."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...

    def seek(self, offset: int, whence: int = ..., /) -> int: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


class EncryptingWriter(io.BufferedIOBase):
    """A file to write plaintext to, whose ciphertext goes to `destination` behind `start`.

    `close` completes the stream. `abort` leaves it without its last segment, so that it never opens; so does a `with`
    block that ends with an error, a write that failed, and a writer that nobody closed. Either closes the destination,
    and then tells `finish` whether the stream is whole.
    """

    def __init__(
        self, encryptor: Encryptor, destination: IO[bytes], *, start: bytes, finish: Callable[[bool], object]
    ) -> None:
        self._encryptor, self._destination, self._finish = encryptor, destination, finish
        self._has_gap = True
        self._put(start)
        self._has_gap = False

    def writable(self) -> bool:
        """It is, and neither readable nor seekable."""
        return True

    def write(self, piece: ReadableBuffer, /) -> int:
        """Encrypt a piece; all of it is taken. Raises what the destination does, and ValueError when closed."""
        if self.closed:
            raise ValueError("write to a closed file")
        view = memoryview(piece)
        del piece  # a traceback keeps the locals of its frames, and reports of crashes print them
        self._has_gap = True
        for sealed in self._encryptor.update(view):
            self._put(sealed)
        self._has_gap = False
        return view.nbytes

    def close(self) -> None:
        """Complete the stream; one that a failed write left with a gap is aborted. Raises what the destination does."""
        if self.closed:
            return
        if self._has_gap:
            self.abort()
            return
        try:
            self._put(self._encryptor.finalize())
        except BaseException:
            self.abort()
            raise
        self._end(whole=True)

    def abort(self) -> None:
        """Leave the stream incomplete, and close."""
        if not self.closed:
            self._end(whole=False)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        self.abort()

    def _put(self, sealed: bytes) -> None:
        if self._destination.write(sealed) not in {len(sealed), None}:
            raise OSError("the destination took only a part of a segment")

    def _end(self, *, whole: bool) -> None:
        super().close()
        try:
            self._destination.close()
        except BaseException:
            self._finish(False)
            raise
        self._finish(whole)


class DecryptingReader(io.RawIOBase):
    """A file to read plaintext from, at any place: only the segments that a read needs are opened, one at a time.

    `source` can be sought in; its stream begins at byte `begin`, and closing the reader closes it. `what` names it in
    an error. No byte is given out that was not authenticated, and the end is believed only when the last segment was
    opened as the last: a read to the end, and a seek to it, notice a stream that was cut off. Both raise TamperedError.
    """

    def __init__(self, cipher: StreamCipher, segment_bytes: int, source: Source, *, begin: int, what: str) -> None:
        self._cipher, self._source, self._begin, self._what = cipher, source, begin, what
        source.seek(0, io.SEEK_END)
        self._layout = Layout(source.tell() - begin, segment_bytes)
        if not self._layout.is_possible:
            raise self._mistake()
        self._position = 0
        self._sealed = memoryview(bytearray(min(segment_bytes, self._layout.stream_bytes)))
        self._number, self._plaintext = -1, b""
        self._end_is_authentic = False

    def readable(self) -> bool:
        """It is, and not writable."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill a buffer from one segment; 0 bytes at the end. Raises TamperedError and what the source does."""
        room = memoryview(buffer).cast("B")
        if self._position >= self._layout.plaintext_bytes:
            self._authenticate_end()
            return 0
        number, place = self._layout.find(self._position)
        self._load(number)
        taken = memoryview(self._plaintext)[place : place + len(room)]
        room[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)

    def readall(self) -> bytes:
        """What is left. Raises TamperedError and what the source does."""
        return b"".join(iter(partial(self.read, self._layout.segment_bytes), b""))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; from the end only when that is authentic. Raises TamperedError, and ValueError before 0."""
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            self._authenticate_end()
            offset += self._layout.plaintext_bytes
        if offset < 0:
            raise ValueError(f"a file has no place {offset}")
        self._position = offset
        return offset

    def close(self) -> None:
        """Close the source too."""
        if not self.closed:
            self._number, self._plaintext = -1, b""
            super().close()
            self._source.close()

    def _authenticate_end(self) -> None:
        if not self._end_is_authentic:
            self._load(self._layout.last)

    def _load(self, number: int) -> None:
        """Hold the plaintext of a segment, and of none while that is tried."""
        if number == self._number:
            return
        self._number, self._plaintext = -1, b""
        sealed, last = self._read(number), number == self._layout.last
        try:
            self._plaintext = self._cipher.open(number, sealed, last=last)
        except InvalidTag:
            mistake = self._mistake()
        else:
            self._number = number
            self._end_is_authentic |= last
            return
        raise mistake

    def _read(self, number: int) -> memoryview:
        """A segment of the source, or what there is of it."""
        start, count = self._layout.sealed(number)
        self._source.seek(self._begin + start)
        return self._sealed[: fill(self._source, self._sealed[:count])]

    def _mistake(self) -> TamperedError:
        return TamperedError(f"{self._what} cannot be opened")


def fill(source: Source, room: memoryview) -> int:
    """Read until there is no more room, or no more to read: some files give less than they have. How many bytes."""
    filled = 0
    while count := source.readinto(room[filled:]):
        filled += count
    return filled
