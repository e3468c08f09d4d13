"""Encrypted streams: Tink opens ours and we open Tink's, any place is read alone, and nothing changed opens."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.streaming import HEADER_BYTES, TAG_BYTES, Layout, stream_bytes
from tests.core.stream_kit import ASSOCIATED, KEY, SEGMENT, TEXT, THREE, encrypted, reader, reader_of, refused
from tests.core.tink_peer import TinkStreams

TINK = TinkStreams(KEY, SEGMENT)
SIZES = [0, 1, 7, 8, 9, 55, 56, 57, 104, 105, 500]
"""Around the borders of the first segments."""

sizes = st.integers(0, 300) | st.sampled_from([8 + 48 * count + more for count in range(5) for more in (-1, 0, 1)])


def segments(stream: bytes) -> list[bytes]:
    borders = [HEADER_BYTES, *range(SEGMENT, len(stream), SEGMENT), len(stream)]
    return [stream[start:end] for start, end in pairwise(borders)]


@pytest.mark.parametrize("size", SIZES)
def test_tink_opens_our_streams(size: int) -> None:
    """Whatever becomes of this package, what it encrypted is read by another."""
    plaintext = TEXT[:size]
    assert TINK.decrypt(encrypted(plaintext), ASSOCIATED) == plaintext


@pytest.mark.parametrize("size", SIZES)
def test_we_open_the_streams_of_tink(size: int) -> None:
    """A whole in one read, and its size by its end."""
    plaintext = TEXT[:size]
    stream = TINK.encrypt(plaintext, ASSOCIATED)
    assert reader(stream).readall() == plaintext
    assert reader(stream).seek(0, io.SEEK_END) == size


def test_a_stream_is_what_its_documentation_says() -> None:
    """Built by hand: header, a key by HKDF, and nonces of prefix, number and whether a segment is the last."""
    stream = encrypted(THREE)
    header, parts = stream[:HEADER_BYTES], segments(stream)
    assert header[0] == HEADER_BYTES == 40
    key = HKDF(algorithm=SHA256(), length=32, salt=header[1:33], info=ASSOCIATED).derive(KEY)
    nonces = [header[33:] + bytes(rest) for rest in ([0, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 2, 1])]
    opened = [AESGCM(key).decrypt(nonce, part, None) for nonce, part in zip(nonces, parts, strict=True)]
    assert opened == [THREE[:8], THREE[8:56], THREE[56:]]


KNOWN = (
    "28000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526"
    "f80d4cde6740ff174160d80d2178eb6eefb53970658655ec"
    "3441868fb6c1ae77b32bf29d84f02b48f78a"
)
"""Header and two segments, of 8 bytes and of 2."""


def test_a_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With salt and prefix fixed, the same bytes in each release; Tink opens them."""
    monkeypatch.setattr(os, "urandom", lambda count: bytes(range(count)))
    known = bytes.fromhex(KNOWN)
    assert encrypted(b"ten bytes.") == known
    assert reader(known).readall() == TINK.decrypt(known, ASSOCIATED) == b"ten bytes."


@given(st.lists(st.binary(max_size=120), max_size=6))
def test_how_it_is_written_makes_no_difference(pieces: list[bytes]) -> None:
    """Pieces of any size are the same plaintext, and the length of the stream is foreseen."""
    stream, plaintext = encrypted(*pieces), b"".join(pieces)
    assert reader(stream).readall() == plaintext
    assert len(stream) == stream_bytes(len(plaintext), SEGMENT)
    assert Layout(len(stream), SEGMENT).plaintext_bytes == len(plaintext)


@given(sizes, st.lists(st.tuples(st.integers(0, 320), st.integers(0, 320)), max_size=5))
def test_any_place_is_read_as_a_slice(size: int, places: list[tuple[int, int]]) -> None:
    """Forwards and backwards, over the borders of segments and beyond the end."""
    plaintext = TEXT[:size]
    with io.BufferedReader(reader(encrypted(plaintext))) as file:
        for start, count in places:
            file.seek(start)
            assert file.read(count) == plaintext[start : start + count]
        assert file.seek(-min(size, 10), io.SEEK_END) == max(0, size - 10)
        assert file.read() == plaintext[max(0, size - 10) :]


def test_a_read_opens_no_segment_but_its_own() -> None:
    """What stands before and after may even be broken."""
    stream = bytearray(encrypted(THREE))
    for place in (HEADER_BYTES, len(stream) - 1):
        stream[place] ^= 1
    with io.BufferedReader(reader(bytes(stream))) as file:
        file.seek(8)
        assert file.read(48) == THREE[8:56]
        with pytest.raises(TamperedError):
            file.read(1)


def test_places_that_there_are_not() -> None:
    """Before the beginning there is none; beyond the end there is nothing to read."""
    file = reader(encrypted(THREE))
    file.seek(2)
    assert file.seek(1, io.SEEK_CUR) == file.tell() == 3
    with pytest.raises(ValueError, match="-1"):
        file.seek(-1)
    file.seek(1000)
    assert file.read(1) == b""


def flipped(stream: bytes) -> Iterator[bytes]:
    for place in range(len(stream)):
        for bit in range(8):
            yield stream[:place] + bytes([stream[place] ^ 1 << bit]) + stream[place + 1 :]


def test_a_stream_with_any_bit_flipped_is_refused() -> None:
    """Header, ciphertext and tags; the header's own length stands for the format, and is looked at by who reads it."""
    stream = encrypted(THREE)
    assert all(map(refused, list(flipped(stream))[8:]))


def test_a_stream_that_was_cut_off_anywhere_is_refused() -> None:
    """Also between two segments, where every one that is left is authentic."""
    stream = encrypted(THREE)
    assert all(refused(stream[:length]) for length in range(HEADER_BYTES, len(stream)))


def test_the_size_of_a_stream_that_was_cut_off_is_not_believed() -> None:
    """Whoever asks for the end, such as for a Content-Length, learns it before the first byte is sent."""
    cut = reader(encrypted(THREE)[: 2 * SEGMENT])
    assert cut.read(8) == THREE[:8]
    with pytest.raises(TamperedError):
        cut.seek(0, io.SEEK_END)


@pytest.mark.parametrize("more", [b"\0", b"\0" * TAG_BYTES, b"\0" * SEGMENT])
def test_a_stream_with_something_appended_is_refused(more: bytes) -> None:
    """What was its last segment is none any more."""
    assert refused(encrypted(THREE) + more)


def test_segments_in_another_order_are_refused() -> None:
    """Swapped, twice, left out, or from another stream of the same key and file."""
    stream, other = encrypted(TEXT), encrypted(TEXT)
    header, (first, *rest), (_, *others) = stream[:HEADER_BYTES], segments(stream), segments(other)
    assert not refused(header + first + b"".join(rest))
    swapped = [rest[1], rest[0], *rest[2:]]
    for changed in (swapped, [rest[0], *rest], rest[1:], [others[0], *rest[1:]], [*rest[:-1], others[-1]]):
        assert refused(header + first + b"".join(changed))
    assert refused(other[:HEADER_BYTES] + first + b"".join(rest))


def test_a_stream_of_something_else_is_refused() -> None:
    """Under other associated data."""
    assert refused(encrypted(THREE), b"another file")


@given(st.binary(min_size=HEADER_BYTES, max_size=300))
def test_bytes_that_nobody_encrypted_are_refused(found: bytes) -> None:
    """Whatever stands there, the only error is ours."""
    assert refused(found)


def test_nothing_is_handed_out_that_was_not_authenticated() -> None:
    """A buffer stays as it was, also when what was read before is still held."""
    stream = bytearray(encrypted(THREE))
    stream[SEGMENT + 1] ^= 1
    file, buffer = reader(bytes(stream)), bytearray(8)
    assert (file.readinto(buffer), bytes(buffer)) == (8, THREE[:8])
    for _ in range(2):
        with pytest.raises(TamperedError):
            file.readinto(buffer)
    assert bytes(buffer) == THREE[:8]


def test_a_stream_with_more_segments_than_there_are_numbers_is_refused() -> None:
    """A file system may hold one that is mostly a hole: it is no stream, and no error of another kind."""
    assert Layout(2**32 * SEGMENT, SEGMENT).is_possible
    assert not Layout(2**32 * SEGMENT + TAG_BYTES, SEGMENT).is_possible


def test_an_error_gives_nothing_away() -> None:
    """It names the file, and neither a cause nor a number that would help to forge one."""
    with pytest.raises(TamperedError) as caught:
        reader(encrypted(THREE)[:-1]).readall()
    assert str(caught.value) == "the stream cannot be opened"
    assert caught.value.__cause__ is caught.value.__context__ is None


class Sparing(io.BytesIO):
    """Gives less than it is asked for, as a socket does."""

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return super().readinto(buffer[:5])


def test_a_source_that_gives_little_at_a_time_is_read_on() -> None:
    """A short read is no end."""
    stream = encrypted(THREE)
    assert reader_of(Sparing(stream), stream).readall() == THREE
