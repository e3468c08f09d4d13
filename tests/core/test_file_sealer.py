"""Encrypted files: what binds them, which key opens them, and that what follows their start is Tink's format."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from consentguard.crypto.errors import DecryptionError, ErasedError, TamperedError, UnknownKeyError
from consentguard.crypto.files import START_BYTES, FileSealer
from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import Keyring, KeyringError
from consentguard.testing.keys import keyring
from tests.core.tink_peer import TinkStreams

RING = keyring()
NAME = "scans/1.pdf"
SEALER = FileSealer(lambda: RING, "documents")
SMALL = FileSealer(lambda: RING, "documents", 2**12)
PLAINTEXT = bytes(range(256)) * 40
BOUND = {"1": framed("1", "1", "documents", NAME), "2": framed("2", "1", "documents", NAME)}


def encrypted(sealer: FileSealer = SEALER, name: str = NAME) -> bytes:
    return b"".join(sealer.encrypt(name, [PLAINTEXT[:100], PLAINTEXT[100:]]))


def decrypted(file: bytes, sealer: FileSealer = SEALER, name: str = NAME) -> bytes:
    with sealer.reader(name, io.BytesIO(file)) as opened:
        return opened.read()


def sealer_of(ring: Keyring, label: str = "documents") -> FileSealer:
    return FileSealer(lambda: ring, label)


@pytest.fixture(params=[(SEALER, "1", 2**20), (SMALL, "2", 2**12)], ids=["1 MiB", "4 KiB"])
def format_(request: pytest.FixtureRequest) -> tuple[FileSealer, bytes, bytes, TinkStreams]:
    """A sealer, what its files begin with, their associated data, and Tink with the raw key of its label."""
    sealer, version, segment_bytes = request.param
    tink = TinkStreams(RING.derive("files", "documents"), segment_bytes)
    return sealer, bytes([int(version), 0, 0, 0, 1]), BOUND[version], tink


def test_tink_opens_what_follows_the_start(format_: tuple[FileSealer, bytes, bytes, TinkStreams]) -> None:
    """Version and key id in five bytes, then a stream that needs nothing of ours but the key."""
    sealer, start, bound, tink = format_
    file = encrypted(sealer)
    assert file[:START_BYTES] == start
    assert tink.decrypt(file[START_BYTES:], bound) == PLAINTEXT


def test_a_stream_of_tink_behind_a_start_is_a_file(format_: tuple[FileSealer, bytes, bytes, TinkStreams]) -> None:
    """The other way; and the segments are those that the file names, whatever new files get."""
    _, start, bound, tink = format_
    assert decrypted(start + tink.encrypt(PLAINTEXT, bound)) == PLAINTEXT


def test_a_file_is_written_as_it_is_encrypted() -> None:
    """By the one way that pushes and the other that pulls; its size is foreseen."""

    class Kept(io.BytesIO):
        def close(self) -> None: ...

    kept = Kept()
    with SMALL.writer(NAME, kept) as file:
        file.write(PLAINTEXT)
    assert decrypted(kept.getvalue()) == PLAINTEXT
    assert len(kept.getvalue()) == len(encrypted(SMALL)) == SMALL.encrypted_bytes(len(PLAINTEXT))


@pytest.mark.parametrize(
    ("sealer", "name"),
    [
        (SEALER, "scans/2.pdf"),
        (SEALER, ""),
        (sealer_of(RING, "photos"), NAME),
        (sealer_of(RING, "documentsscans"), "/1.pdf"),
        (sealer_of(keyring()), NAME),
    ],
)
def test_a_file_opens_under_its_own_name_alone(sealer: FileSealer, name: str) -> None:
    """Nor in another storage, nor under another key of the same id."""
    with pytest.raises(TamperedError, match="cannot be opened"):
        decrypted(encrypted(), sealer, name)


def test_storages_have_keys_of_their_own() -> None:
    """Were the associated data ignored, a file would still not open elsewhere."""
    assert RING.derive("files", "documents") != RING.derive("files", "photos")


def starts() -> Iterator[bytes]:
    file = encrypted()
    for place in range(START_BYTES + 40):
        for bit in range(8):
            yield file[:place] + bytes([file[place] ^ 1 << bit]) + file[place + 1 :]
    yield from (file[:length] for length in range(START_BYTES + 40 + 16))
    yield bytes([2]) + file[1:]


def test_a_start_that_was_changed_or_cut_off_is_refused() -> None:
    """Version, key id and header, each bit; a version that asks for another format; and no file at all."""
    for changed in starts():
        with pytest.raises(DecryptionError):
            decrypted(changed)


def test_a_file_from_before_is_named_as_such() -> None:
    """Plaintext that a storage held before it was encrypted is never handed out as if it had been authentic."""
    with pytest.raises(TamperedError, match=r"'scans/1\.pdf' of the storage 'documents' is not an encrypted") as caught:
        decrypted(PLAINTEXT)
    assert "before the storage was encrypted" in caught.value.hint


def test_an_old_key_still_opens_and_a_new_one_encrypts() -> None:
    """Until each file is encrypted anew, which it can tell by its first bytes."""
    rotated = sealer_of(RING.with_new_key())
    old, new = encrypted(), encrypted(rotated)
    assert decrypted(old, rotated) == decrypted(new, rotated) == PLAINTEXT
    assert [rotated.is_current(io.BytesIO(file)) for file in (old, new, b"")] == [False, True, False]


def test_a_key_that_is_not_there_is_told_from_one_that_was_destroyed() -> None:
    """The one may be restored; the other is gone with what it encrypted."""
    rotated = RING.with_new_key().with_new_key()
    file = encrypted(sealer_of(rotated))
    with pytest.raises(UnknownKeyError, match="unknown key 3"):
        decrypted(file)
    ring = rotated.with_new_key().destroying(3)
    with pytest.raises(ErasedError, match="key 3, which was destroyed"):
        decrypted(file, sealer_of(ring))


def test_a_file_that_does_not_open_is_closed() -> None:
    """Whoever asked for it never got hold of it."""
    source = io.BytesIO(PLAINTEXT)
    with pytest.raises(TamperedError):
        SEALER.reader(NAME, source)
    assert source.closed


def test_a_reader_closes_its_file_and_has_no_other_way_to_it() -> None:
    """A server that sends a file by its descriptor would send the ciphertext."""
    source = io.BytesIO(encrypted())
    opened = SEALER.reader(NAME, source)
    with pytest.raises(OSError, match="fileno"):
        opened.fileno()
    opened.close()
    assert source.closed


def test_a_storage_has_a_label_and_segments_that_there_are() -> None:
    """A slip is told where it is written."""
    with pytest.raises(ValueError, match="label"):
        sealer_of(RING, "")
    with pytest.raises(ValueError, match="100"):
        FileSealer(lambda: RING, "documents", 100)


def test_a_traceback_keeps_no_key() -> None:
    """Reports of crashes print the locals of each frame."""
    with pytest.raises(TamperedError) as caught:
        decrypted(encrypted()[:-1])
    shown = "".join(repr(entry.frame.f_locals) for entry in caught.traceback)
    for secret in (RING.derive("files", "documents"), RING.enabled.secret):
        assert repr(secret) not in shown


def test_without_a_keyring_nothing_is_written() -> None:
    """The first piece of a file is asked for in vain."""

    def none() -> Keyring:
        raise KeyringError("there is no keyring")

    with pytest.raises(KeyringError):
        next(FileSealer(none, "documents").encrypt(NAME, [PLAINTEXT]))
