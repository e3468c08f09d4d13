"""Digests: those of HMAC-SHA256, as long as declared, and told from chance by nothing."""

from __future__ import annotations

import hmac
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.index.digest import IndexDigest, width_of
from consentguard.crypto.index.errors import SearchError

KEY = bytes(range(32))
PUBLISHED = [
    (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
    (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
    (b"\x0c" * 20, "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
]


@pytest.mark.parametrize(("key", "text", "code"), PUBLISHED)
def test_a_digest_is_the_beginning_of_hmac_sha256(key: bytes, text: str, code: str) -> None:
    """The test cases 1, 2 and 5 of RFC 4231. HMAC itself fills a short key up with zeros (RFC 2104)."""
    assert IndexDigest(key.ljust(32, b"\x00"), 128).of(text).hex() == code


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 128))
def test_it_keeps_the_first_bits_and_no_other(term: str, bits: int) -> None:
    """The bits behind them are zero; a digest of nothing but zeros ends in a one."""
    digest = IndexDigest(KEY, bits).of(term)
    whole = int.from_bytes(hmac.digest(KEY, term.encode(), "sha256")[:16], "big")
    first = (whole >> (128 - bits)) << (-bits % 8)
    assert digest == (first or 1).to_bytes(width_of(bits), "big")


def test_no_digest_is_all_zero() -> None:
    """In a stored value that means that there is none; of one bit, half would be."""
    digest = IndexDigest(KEY, 1)
    assert {digest.of(str(number)) for number in range(40)} == {b"\x80", b"\x01"}


def test_digests_fall_evenly() -> None:
    """Of 256 values each comes 64 times in 16384 terms, give or take what chance gives (chi-squared, 0.1 %)."""
    digest = IndexDigest(KEY, 8)
    counts = Counter(digest.of(f"term {number}") for number in range(16384))
    first, also_zero = counts.pop(b"\x01"), 2  # it stands for zero, too
    chance = sum((count - 64) ** 2 / 64 for count in counts.values()) + (first / also_zero - 64) ** 2 / 64
    assert len(counts) == 254
    assert chance < 330


def test_shorter_digests_coincide_as_often_as_planned() -> None:
    """3000 terms under 20 bits have about 3000 * 2999 / 2 / 2**20 = 4.3 pairs; under 128 bits none."""
    pairs = {}
    for bits in (12, 20, 128):
        digest = IndexDigest(KEY, bits)
        counts = Counter(digest.of(f"term {number}") for number in range(3000))
        pairs[bits] = sum(count * (count - 1) // 2 for count in counts.values())
    assert 1000 < pairs[12] < 1200
    assert 0 < pairs[20] < 12
    assert pairs[128] == 0


@pytest.mark.parametrize(("length", "bits"), [(31, 8), (33, 8), (0, 8), (32, 0), (32, 129), (32, -1)])
def test_another_key_or_length_is_refused(length: int, bits: int) -> None:
    """And the key is in no frame of ours that a traceback keeps."""
    with pytest.raises(SearchError, match="1 to 128 bits") as caught:
        IndexDigest(b"\x07" * length, bits)
    assert "key" not in caught.traceback[-1].frame.f_locals


def test_half_a_surrogate_pair_is_refused_and_not_shown() -> None:
    """It has no UTF-8; Python's own error would carry the text along."""
    with pytest.raises(SearchError, match="surrogate") as caught:
        IndexDigest(KEY, 8).of("secret\ud800")
    assert caught.value.__context__ is None
    assert "secret" not in f"{caught.value!r}{caught.value}"


def test_a_digest_shows_no_key() -> None:
    """Whatever prints it."""
    assert KEY.hex() not in repr(IndexDigest(KEY, 8))
    assert not any(value == KEY for value in map(IndexDigest(KEY, 8).__getattribute__, IndexDigest.__slots__))
