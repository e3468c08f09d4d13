"""TC strings of the IAB's framework: the examples of its public documentation are read as they are explained there."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consentguard.consent.tcf import LONGEST, TcString, TcStringError

CORE = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA"
DISCLOSED = (
    "IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQAIAgEAACEAAAAAgAQBAAAAAAAGBAAgAAAA"
    "AAAFAAECAAAgAAQARAEQAAAAAJAAIAAgAAAYQEAAAQmAgBC3ZAYzUw"
)
"""The example of the IAB Tech Lab's page on the format of the string, version 2, core and disclosed vendors."""
OF_THE_TOOL = "COrVd1pOrVd1pACABCENAHCAAAAAAAAAAAAiQAAAAAAAA"
"""The example of the IAB's own command-line tool: CMP 2, no purpose at all, the tenth of December 2019 in UTC."""


@pytest.mark.parametrize("text", [CORE, f"{CORE}.{DISCLOSED}"], ids=["core", "with vendors"])
def test_the_example_of_the_format_is_read(text: str) -> None:
    """CMP 27 under policy 2, purposes 1 to 3, to the tenth of a second; segments about vendors change nothing."""
    read = TcString.read(text)
    assert (read.version, read.cmp_id, read.policy) == (2, 27, 2)
    assert read.purposes == {1, 2, 3}
    assert read.created == read.updated == dt.datetime(2020, 2, 20, 23, 57, 39, 300_000, tzinfo=dt.UTC)


def test_the_example_of_the_tool_is_read() -> None:
    """Nothing was consented to, and that is no error."""
    read = TcString.read(OF_THE_TOOL)
    assert (read.version, read.cmp_id, read.policy, read.purposes) == (2, 2, 2, frozenset())
    assert read.created.date() == dt.date(2019, 12, 10)


def test_the_first_bit_is_purpose_1_and_the_last_is_purpose_24() -> None:
    """The order of the bits is that of the numbers; one that is set there is no other's."""
    for bit, purpose in ((152, 1), (175, 24)):
        bits = int.from_bytes(b"\x08" + bytes(31)) | 1 << (255 - bit)
        assert TcString.read(_written(bits.to_bytes(32))).purposes == {purpose}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA",  # version 1
        CORE[:20],
        CORE[:-20],
        f" {CORE}",
        f"{CORE}=",
        f"{CORE}\n",
        "CO!vFyGB",
        "é" * 40,
        "C" * (LONGEST + 1),
        "C" + "A" * 28,
    ],
)
def test_what_is_no_string_of_version_2_is_refused_without_being_quoted(text: str) -> None:
    """With a typed error that says what is wrong: a string is data about a person."""
    with pytest.raises(TcStringError) as raised:
        TcString.read(text)
    assert len(text) < 5 or text[:5] not in str(raised.value)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,80}(\.[A-Za-z0-9_-]{0,20})?", fullmatch=True) | st.just(CORE))
@example("C" * 29)
@example("C" + "_" * 60)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that a browser may send raises anything else."""
    try:
        read = TcString.read(text)
    except TcStringError:
        return
    assert read.version == 2
    assert read.purposes <= set(range(1, 25))


def _written(core: bytes) -> str:
    return base64.urlsafe_b64encode(core).decode().rstrip("=")
