"""The place of digests before a sealed value: found again, whatever was declared after the value was stored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.errors import TamperedError
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Exact, Prefix, Truncated
from consentguard.crypto.index.layout import Layout, clearing_sql, head_length

LAYOUT = Layout((Exact(), Prefix(3, bits=12)))
A, B = (b"A" * 16, b"pq"), (b"B" * 16, None)
HEADS = {
    "nothing": ((None, None), b""),
    "a": ((A, None), b"\x10\x12" + b"A" * 16 + b"pq"),
    "b": ((None, B), b"\x11\x12" + b"B" * 16 + b"\x00\x00"),
    "both": ((A, B), b"\x12\x24" + b"A" * 16 + b"B" * 16 + b"pq" + b"\x00\x00"),
}


@pytest.mark.parametrize(("slots", "head"), HEADS.values(), ids=HEADS)
def test_digests_stand_in_the_order_of_their_indexes(slots: tuple[object, object], head: bytes) -> None:
    """Those of both slots of one index side by side, zeros where a value has none."""
    assert LAYOUT.compose(*slots) == head  # type: ignore[arg-type]
    assert head_length(head + b"\x01sealed") == len(head)


@given(st.binary(min_size=16, max_size=16), st.none() | st.binary(min_size=2, max_size=2), st.booleans())
def test_an_index_more_moves_none_of_those_before(one: bytes, other: bytes | None, both: bool) -> None:
    """A value that was stored without it is still read."""
    longer = Layout((*LAYOUT.indexes, Truncated(8)))
    second = (one, other) if both else None
    before = LAYOUT.compose((one, other), second)
    after = longer.compose((one, other, b"x"), (*second, b"x") if second else None)
    assert after[2:].startswith(before[2:])
    assert head_length(before + b"\x01") == len(before)


@pytest.mark.parametrize("slots", [slots for slots, _ in HEADS.values() if any(slots)], ids=["a", "b", "both"])
def test_a_value_that_is_cut_off_within_its_digests_is_refused(slots: tuple[object, object]) -> None:
    """At every byte, and where nothing is left of the sealed value."""
    head = LAYOUT.compose(*slots)  # type: ignore[arg-type]
    for end in range(1, len(head) + 1):
        with pytest.raises(TamperedError, match="cut off"):
            head_length(head[:end])


@pytest.mark.parametrize("stored", [b"", b"\x01sealed", b"\x0fabc", b"\x13abc", b"plain text"])
def test_what_has_no_digests_has_no_head(stored: bytes) -> None:
    """It is left to the cipher to say what it is."""
    assert head_length(stored) == 0


def test_a_digest_for_each_index_is_needed() -> None:
    """One too few would move all that follow."""
    with pytest.raises(ValueError, match="shorter"):
        LAYOUT.compose((b"A" * 16,), None)


@pytest.mark.parametrize(
    ("indexes", "words"),
    [
        ((), "not 0"),
        ((Exact(), Exact("exact")), "twice"),
        ((Exact(), Exact("casefold"), Exact("email"), Truncated(128)), "1 to 63 bytes, not 64"),
    ],
    ids=["none", "twice", "long"],
)
def test_indexes_that_cannot_stand_together_are_refused(indexes: tuple[Exact, ...], words: str) -> None:
    """With what can be done."""
    with pytest.raises(SearchError, match=words):
        Layout(indexes)


def test_a_database_that_is_not_known_is_refused() -> None:
    """With those that are."""
    for write in (lambda: LAYOUT.generated(Exact(), "a", "v", "oracle"), lambda: clearing_sql("v", "oracle")):
        with pytest.raises(SearchError, match="postgresql"):
            write()
