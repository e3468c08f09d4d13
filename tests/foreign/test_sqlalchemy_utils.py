"""What SQLAlchemy-Utils' own types and engines stored a moment ago, and what a format without a code can promise."""

from __future__ import annotations

import base64
import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy_utils import EncryptedType, StringEncryptedType
from sqlalchemy_utils.types.encrypted.encrypted_type import AesEngine, AesGcmEngine, FernetEngine

from consentguard.crypto.foreign import ForeignValueError, reader

KEY = "ñ, a key of any length"
PADDINGS = ("naive", "pkcs5", "oneandzeroes", "zeroes")
ENGINES: dict[str, tuple[Any, dict[str, str]]] = {
    "AesGcmEngine": (AesGcmEngine, {"name": "sqlalchemy-utils:aes-gcm"}),
    "FernetEngine": (FernetEngine, {"name": "sqlalchemy-utils:fernet"}),
    **{padding: (AesEngine, {"name": "sqlalchemy-utils:aes", "padding": padding}) for padding in PADDINGS},
}
every_engine = pytest.mark.parametrize("engine", ENGINES)
every_padding = pytest.mark.parametrize("padding", PADDINGS)


def engine_of(engine: str) -> Any:
    """The package's engine, ready to encrypt."""
    made = ENGINES[engine][0]()
    if engine in PADDINGS:
        made._set_padding_mechanism(engine)
    made._update_key(KEY)
    return made


def reader_of(engine: str, **more: Any) -> Any:
    """Our reader of what that engine stores."""
    name, padding = ENGINES[engine][1]["name"], ENGINES[engine][1].get("padding")
    return reader(name, {"key": KEY} | ({"padding": padding} if padding else {}), **more)


@every_engine
@settings(max_examples=50, deadline=None)
@given(text=st.text())
@example("x" * 15)
@example("x" * 16)
@example("ends in \0 and \x01")
def test_what_an_engine_encrypts_is_read(engine: str, text: str) -> None:
    """Every text comes back, but for the stars at its end that the package's oldest padding takes off."""
    expected = text.rstrip("*") if engine == "naive" else text
    assert reader_of(engine).read(engine_of(engine).encrypt(text)) == expected


@every_engine
@pytest.mark.parametrize("wrapper", [StringEncryptedType, EncryptedType])
@pytest.mark.filterwarnings("ignore:The 'EncryptedType' class:DeprecationWarning")
def test_columns_are_read_as_the_text_in_them(engine: str, wrapper: Any) -> None:
    """In columns of text and of bytes; what is no text was written down as one by the package."""
    written: list[tuple[Any, object, str]] = [
        (sa.String(), "", ""),
        (sa.Integer(), 0, "0"),
        (sa.Boolean(), False, "false"),
        (sa.Date(), dt.date(2026, 3, 4), "2026-03-04"),
        (sa.DateTime(), dt.datetime(2026, 3, 4, 12, 30), "2026-03-04T12:30:00"),  # noqa: DTZ001 - as it is stored
        (sa.LargeBinary(), b"abc", "b'abc'"),
    ]
    padding = engine if engine in PADDINGS else None
    types = [wrapper(kind, KEY, ENGINES[engine][0], padding) for kind, _, _ in written]
    table = sa.Table("site", sa.MetaData(), *(sa.Column(f"c{place}", kind) for place, kind in enumerate(types)))
    database = sa.create_engine("sqlite://")
    with database.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), {f"c{place}": value for place, (_, value, _) in enumerate(written)})
        (stored,) = connection.execute(sa.text("SELECT * FROM site")).fetchall()
    database.dispose()
    assert [reader_of(engine).read(value) for value in stored] == [text for _, _, text in written]


def test_the_padding_is_the_packages_own_unless_it_is_named() -> None:
    """A column that names no padding has stars, and so has the reader."""
    stored = engine_of("naive").encrypt("a text")
    assert reader("sqlalchemy-utils:aes", {"key": KEY}).read(stored) == "a text"


@every_padding
def test_padding_is_checked_strictly(padding: str) -> None:
    """What the package would cut short or pass over in silence is refused."""
    whole_block, zeros, bit = b"x" * 16, bytes(16), b"x\x80" + bytes(14)
    for padded in (
        b"",
        whole_block,
        zeros,
        b"x" * 15 + b"\x80" + zeros,
        b"\xff" + bit[1:],
        b"x" * 15 + b"\x11",
        b"x" * 14 + b"\1\2",
    ):
        with pytest.raises(ForeignValueError):
            reader_of(padding).read(encrypted(padded))


def encrypted(padded: bytes) -> bytes:
    """Blocks of any content, encrypted as the package does."""
    encryptor = engine_of("pkcs5").cipher.encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize())


def test_a_text_that_the_package_itself_lost_is_read() -> None:
    """Its padding by one bit takes the last byte of 'À' along, and then it reads nothing at all."""
    engine = engine_of("oneandzeroes")
    stored = engine.encrypt("voilÀ")
    with pytest.raises(ValueError, match="Invalid decryption key"):
        engine.decrypt(stored)
    assert reader_of("oneandzeroes").read(stored) == "voilÀ"


@every_padding
@settings(max_examples=50, deadline=None)
@given(text=st.text(), data=st.data())
def test_a_changed_value_without_a_code_is_refused_or_a_text(padding: str, text: str, data: st.DataObject) -> None:
    """Nothing can tell that it was changed; but never does anything else come of it than our error or a text."""
    stored = engine_of(padding).encrypt(text)
    place = data.draw(st.integers(0, len(stored) - 1))
    changed = (
        stored[:place] + data.draw(st.sampled_from("Aa0+/=*")) + data.draw(st.sampled_from(["", stored[place + 1 :]]))
    )
    with suppress(ForeignValueError):
        assert isinstance(reader_of(padding).read(changed), str)
