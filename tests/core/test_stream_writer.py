"""The file that encrypts what is written to it: complete when it is closed, and in no other way."""

from __future__ import annotations

import gc
import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from consentguard.crypto.stream_files import DecryptingReader, EncryptingWriter
from consentguard.crypto.streaming import HEADER_BYTES, Encryptor, StreamCipher, new_header
from tests.core.stream_kit import ASSOCIATED, KEY, SEGMENT, TEXT, THREE, reader, refused

MIB = 2**20


class Kept(io.BytesIO):
    """Keeps what was written when it is closed."""

    content = b""

    def close(self) -> None:
        self.content = self.content or self.getvalue()
        super().close()


def writer(destination: io.BytesIO, ended: Callable[[bool], object] = bool) -> EncryptingWriter:
    header = new_header()
    encryptor = Encryptor(StreamCipher(KEY, ASSOCIATED, header), SEGMENT)
    return EncryptingWriter(encryptor, destination, start=header, finish=ended)


def test_a_writer_completes_its_stream_when_it_is_closed() -> None:
    """And closes the destination, and tells that it is whole: once."""
    kept, told = Kept(), []
    with writer(kept, told.append) as file:
        assert file.write(memoryview(THREE)) == len(THREE)
        assert file.writable()
    file.close()
    assert (kept.closed, told) == (True, [True])
    assert reader(kept.content).readall() == THREE
    with pytest.raises(ValueError, match="closed"):
        file.write(b"more")


def test_a_writer_that_an_error_ends_leaves_what_never_opens() -> None:
    """What was written is authentic, and yet no file."""
    kept, told = Kept(), []
    with pytest.raises(TypeError), writer(kept, told.append) as file:
        file.writelines([THREE, "a text"])  # type: ignore[list-item]
    assert (kept.closed, told) == (True, [False])
    assert refused(kept.content)


def test_a_writer_that_nobody_closes_leaves_what_never_opens() -> None:
    """As one whose process ends."""
    kept, told = Kept(), []
    writer(kept, told.append).write(THREE)
    gc.collect()
    assert (kept.closed, told) == (True, [False])
    assert refused(kept.content)


class Full(Kept):
    """A disk that is full after so many bytes: it says so, or takes a part alone."""

    def __init__(self, room: int, silent: bool = False) -> None:
        super().__init__()
        self.room, self.silent = room, silent

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.room and not self.silent:
            raise OSError(28, "no space left")
        return super().write(data[: self.room - self.tell()])


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("room", [0, HEADER_BYTES, SEGMENT, 3 * SEGMENT])
def test_a_destination_that_fails_leaves_what_never_opens(room: int, silent: bool) -> None:
    """Also when the writer is closed afterwards; it is told that it is not whole."""
    full, told = Full(room, silent), []

    def write() -> None:
        file = writer(full, told.append)
        try:
            file.write(TEXT)
        finally:
            file.close()

    with pytest.raises(OSError, match=r"no space|only a part"):
        write()
    gc.collect()
    assert (full.closed, told) == (True, [False])
    assert len(full.content) < HEADER_BYTES or refused(full.content)


class Flaky(Kept):
    """Fails once, in the middle."""

    failed = False

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() > SEGMENT and not self.failed:
            self.failed = True
            raise OSError("for a moment")
        return super().write(data)


def test_a_stream_with_a_gap_is_never_completed() -> None:
    """Though the destination would take the rest."""
    flaky, told = Flaky(), []
    file = writer(flaky, told.append)
    with pytest.raises(OSError, match="for a moment"):
        file.write(TEXT)
    assert len(flaky.getvalue()) > SEGMENT
    file.close()
    assert told == [False]
    assert refused(flaky.content)


class Lost(Kept):
    """Cannot be closed."""

    def close(self) -> None:
        super().close()
        raise OSError("not kept")


def test_what_the_destination_did_not_keep_is_not_whole() -> None:
    """Some store nothing before they are closed."""
    told: list[bool] = []
    with pytest.raises(OSError, match="not kept"), writer(Lost(), told.append) as file:
        file.write(b"short")
    assert told == [False]


def test_a_traceback_keeps_no_plaintext() -> None:
    """Reports of crashes print the locals of each frame: none of ours holds what was written."""
    with pytest.raises(OSError, match="no space") as caught, writer(Full(SEGMENT)) as file:
        file.write(b"Ada Lovelace" * 20)
    ours = [entry for entry in caught.traceback if "consentguard" in str(entry.path) and "tests" not in str(entry.path)]
    assert ours
    assert "Lovelace" not in "".join(repr(entry.frame.f_locals) for entry in ours)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """64 MiB are written and read with less than 5 MiB, though the piece that is written is a sixteenth of it."""
    path, piece, header = tmp_path / "large", bytes(4 * MIB), new_header()
    cipher = StreamCipher(KEY, ASSOCIATED, header)
    tracemalloc.start()
    try:
        with EncryptingWriter(Encryptor(cipher, MIB), path.open("wb"), start=header, finish=bool) as file:
            for _ in range(16):
                file.write(piece)
        with io.BufferedReader(DecryptingReader(cipher, MIB, path.open("rb"), begin=0, what="it")) as opened:
            read = sum(iter(lambda: len(opened.read(MIB)), 0))
        assert read == 64 * MIB
        assert tracemalloc.get_traced_memory()[1] < 5 * MIB
    finally:
        tracemalloc.stop()
