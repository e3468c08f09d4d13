"""Pickles: plain values come out of them, and nothing that one asks for is ever run."""

from __future__ import annotations

import copyreg
import datetime as dt
import os
import pickle
import uuid
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentguard.crypto.foreign import ForeignValueError
from consentguard.crypto.foreign.pickled import plain_value

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC) | st.timezones())
    | st.decimals(allow_nan=False)
    | st.uuids()
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


class Colour(Enum):
    """A class of a site's own."""

    RED = "red"


class Call:
    """Calls something when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", [4, 5])
@settings(deadline=None)
@given(value=DOCUMENTS)
def test_plain_values_come_out_as_they_went_in(protocol: int, value: object) -> None:
    """With their types, and with their zones, in every protocol that today's Pythons write of themselves."""
    read = plain_value(pickle.dumps(value, protocol))
    assert repr(read) == repr(value)


@settings(deadline=None)
@given(value=SCALARS)
def test_so_do_those_of_older_pythons(value: object) -> None:
    """Python 3.7 and before wrote protocol 3, which forgets the fold of a time."""
    payload = pickle.dumps(value, 3)
    assert repr(plain_value(payload)) == repr(pickle.loads(payload))  # noqa: S301 - made in the line above


BOGOTA = b"cpytz\n_p\n(\x8c\x0eAmerica/BogotatR"
BOGOTA_THEN = b"cpytz\n_p\n(\x8c\x0eAmerica/BogotaJ\xb0\xb9\xff\xffK\0\x8c\x03-05tR"


def moment_in(zone: bytes) -> bytes:
    """The pickle of a moment, with the pickle of its zone put in."""
    return b"\x80\x04cdatetime\ndatetime\nC\x0a\x07\xea\x03\x04\x0c\x1e\x0f\0\0\xfa" + zone + b"\x86R."


@pytest.mark.parametrize(("zone", "hours"), [(b"cpytz\n_UTC\n)R", 0), (BOGOTA, -5), (BOGOTA_THEN, -5)])
def test_a_moment_in_a_zone_of_pytz_is_read(zone: bytes, hours: int) -> None:
    """Django before 4.0 gave them to every moment; pytz need not be there any more."""
    read = plain_value(moment_in(zone))
    assert isinstance(read, dt.datetime)
    assert read.utcoffset() == dt.timedelta(hours=hours)
    assert read.replace(tzinfo=dt.UTC) == dt.datetime(2026, 3, 4, 12, 30, 15, 250, tzinfo=dt.UTC)


def refused(payload: bytes) -> bool:
    """Whether the pickle is refused, in words that do not repeat what is in it."""
    with pytest.raises(ForeignValueError) as caught:
        plain_value(payload)
    return caught.value.message == "a stored value is a pickle of something else than a plain value"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_pickle_is_refused_and_runs_nothing(protocol: int, tmp_path: Path) -> None:
    """The same bytes make a folder when they are unpickled without care."""
    folder = tmp_path / "made by a pickle"
    payload = pickle.dumps(Call(os.mkdir, str(folder)), protocol)
    assert refused(payload)
    assert refused(pickle.dumps({"deep": ["inside", Call(os.mkdir, str(folder))]}, protocol))
    assert not folder.exists()
    pickle.loads(payload)  # noqa: S301 - this is the danger
    assert folder.exists()


@pytest.mark.parametrize(
    "value",
    [
        Call(eval, "1"),
        Call(getattr, ZoneInfo, "clear_cache"),
        Call(getattr, dt.datetime, "now"),
        Call(getattr, ZoneInfo, "_unpickle"),
        Call(ZoneInfo, "../../etc/passwd"),
        Call(Decimal, "no number"),
        Call(dt.timedelta, 10**9),
        Call(dt.timezone, dt.timedelta(0)),
        Call(uuid.UUID, "no uuid"),
        Colour.RED,
        Colour,
        dt.date,
        uuid.UUID,
        ZoneInfo("America/Bogota"),
        dt.UTC,
        {1, 2},
        frozenset(),
        (1, 2),
        bytearray(b"a"),
        1j,
        range(3),
        object(),
        len,
        Path("a"),
    ],
    ids=repr,
)
def test_what_is_no_plain_value_is_refused(value: object) -> None:
    """By itself, and inside a document."""
    assert refused(pickle.dumps(value))
    assert refused(pickle.dumps([value]))


NEVER_WRITTEN = {
    "nothing": b"",
    "an empty stack": b".",
    "an unknown protocol": b"\x80\x09N.",
    "no end": b"N",
    "a memo of gigabytes": b"Nr\xff\xff\xff\xff.",
    "bytes without end": b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "a list in itself": b"\x80\x04]\x94h\0a.",
    "a list in a list in a list": b"\x80\x04" + b"]" * 200_000 + b"a" * 199_999 + b".",
    "a number as text": b"I7\n.",
    "a persistent object": b"Pname\n.",
    "an extension": b"\x80\x04\x82\x01.",
    "a UUID of text": b"\x80\x04cuuid\nUUID\n)\x81}\x8c\x03int\x8c\x01asb.",
    "a UUID below zero": b"\x80\x04cuuid\nUUID\n)\x81}\x8c\x03int\x8a\x01\xffsb.",
    "the state of a class": b"\x80\x04cuuid\nUUID\n}\x8c\x03int\x8c\x01asb.",
    "a method of a class": b"\x80\x04cdatetime\ndate\nN}\x8c\x05today\x8c\x01as\x86b.",
    "a method of a zone": b"\x80\x04czoneinfo\nZoneInfo\nN}\x8c\x03key\x8c\x01as\x86b.",
    "defaults of a function": b"\x80\x04cpytz\n_p\nN}\x8c\x0c__defaults__K\x07\x85s\x86b.",
    "a zone by another way": moment_in(b"cbuiltins\ngetattr\ncdatetime\ndate\n\x8c\x05today\x86R\x8c\x03UTCK\x01\x86R"),
}


@pytest.mark.parametrize("payload", NEVER_WRITTEN.values(), ids=NEVER_WRITTEN)
def test_what_no_pickler_writes_is_refused(payload: bytes) -> None:
    """Cut off, endless, of gigabytes by its own account, or setting attributes of what it found."""
    assert refused(payload)
    honest = [uuid.UUID(int=7), dt.datetime(2026, 3, 4, tzinfo=ZoneInfo("America/Bogota"))]
    assert plain_value(pickle.dumps(honest)) == honest
    assert repr(plain_value(moment_in(BOGOTA))).endswith("tzinfo=zoneinfo.ZoneInfo(key='America/Bogota'))")


def test_a_registered_extension_is_refused() -> None:
    """A number may stand for a class where a library has registered it, and is looked up past every allow-list."""
    copyreg.add_extension("posix", "getcwd", 77)
    try:
        pickle.loads(b"\x80\x04\x82\x4d.")  # noqa: S301 - from here on the class is found by its number alone
        assert refused(b"\x80\x04\x82\x4d)R.")
    finally:
        copyreg.remove_extension("posix", "getcwd", 77)
        copyreg.clear_extension_cache()


@settings(deadline=None)
@given(st.binary() | st.binary().map(lambda tail: b"\x80\x04" + tail + b"."))
def test_whatever_bytes_are_unpickled_only_our_error_comes_of_it(payload: bytes) -> None:
    """Or a plain value."""
    with suppress(ForeignValueError):
        plain_value(payload)
