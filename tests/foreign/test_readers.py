"""Readers of other packages' values: fixed ones open, changed ones do not, and no error gives anything away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import consentguard
from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.foreign import READERS, ForeignSecretsError, ForeignValueError, Reader, reader
from consentguard.crypto.foreign.encoding import stretched
from tests.foreign.known import KNOWN, SEALED, SITE, TEXT, Known, case

OURS = Path(str(consentguard.__file__)).parent
BY_NAME = {known.name: known for known in KNOWN}
every_known = pytest.mark.parametrize("known", KNOWN, ids=case)
every_sealed = pytest.mark.parametrize("known", SEALED, ids=case)


def refused(known_reader: Reader, stored: object) -> ForeignValueError:
    """The error with which a value is refused."""
    with pytest.raises(ForeignValueError) as caught:
        known_reader.read(stored)
    return caught.value


def flipped(token: bytes) -> Iterator[bytes]:
    """The token with each bit of it flipped."""
    for place in range(len(token)):
        for bit in range(8):
            yield token[:place] + bytes([token[place] ^ 1 << bit]) + token[place + 1 :]


@every_known
def test_a_value_of_long_ago_is_read(known: Known) -> None:
    """What the packages stored once opens with the settings of their sites, with no package of theirs in the way."""
    assert known.reader().read(known.stored) == known.plain


def test_every_reader_is_held_to_a_value() -> None:
    """A reader that is added brings a stored value along."""
    assert set(BY_NAME) == set(READERS)


@every_known
@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, bytes.decode])
def test_the_form_in_which_a_driver_hands_it_out_is_no_matter(known: Known, form: Callable[[bytes], object]) -> None:
    """Bytes, a memoryview as PostgreSQL's drivers give it, and text where the value is text."""
    if form is bytes.decode and isinstance(known.stored, bytes) and not known.stored.isascii():
        assert refused(known.reader(), known.stored.decode("latin-1"))
    else:
        assert known.reader().read(form(known.token)) == known.plain


@pytest.mark.parametrize("name", READERS)
def test_null_stays_null(name: str) -> None:
    """Nothing is read into a NULL, though some packages stored an empty text or a zero so."""
    assert BY_NAME[name].reader().read(None) is None


@every_sealed
def test_every_flipped_bit_is_noticed(known: Known) -> None:
    """Where a format has a code, nothing but the very value that was stored opens."""
    its_reader = known.reader()
    for changed in flipped(known.token):
        assert refused(its_reader, changed)


@every_sealed
def test_every_truncation_is_noticed(known: Known) -> None:
    """A value that lost its end or its beginning does not open."""
    its_reader = known.reader()
    for cut in range(len(known.token)):
        assert refused(its_reader, known.token[:cut])
        assert cut == 0 or refused(its_reader, known.token[cut:])


@every_sealed
def test_a_changed_value_is_never_taken_for_another_plaintext(known: Known) -> None:
    """Where plain values are taken as they are, a changed one is refused, or at worst handed back unopened."""
    its_reader = known.reader(allow_plain=True)
    for changed in flipped(known.token):
        try:
            read = its_reader.read(changed)
        except ForeignValueError:
            continue
        assert read is changed


@every_known
def test_the_secrets_of_another_site_open_nothing(known: Known) -> None:
    """One error, which says what to look at."""
    others = {"keys": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "padding": "pkcs5"}
    secrets = {name: others.get(name, "another") for name in known.secrets}
    error = refused(reader(known.name, secrets, allow_plain=True), known.stored)
    assert error.message == f"a stored value of {known.name} cannot be opened"
    assert "the secrets are not those of the site" in error.hint


@every_known
def test_a_plain_value_is_refused_unless_asked_for(known: Known) -> None:
    """Several packages leave in clear what was there before them, and read it without a word."""
    error = refused(known.reader(), TEXT)
    assert error.message == f"a stored value is not one of {known.name}"
    for plain in (TEXT, "", b"", 7, b"\0\xff"):
        assert known.reader(allow_plain=True).read(plain) is plain
        assert refused(known.reader(), plain)


@every_known
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_column_only_our_error_comes_of_it(known: Known, data: st.DataObject) -> None:
    """Texts, bytes and what looks like a value of the package: refused, or handed back where that is asked for."""
    begun = st.integers(0, len(known.token) - 1).map(lambda size: known.token[:size])
    stored = data.draw(
        st.text() | st.text('gA+/=-_{}[]":, ') | st.binary() | st.builds(bytes.__add__, begun, st.binary())
    )
    if known.sealed and stored != known.token:
        assert refused(known.reader(), stored)
    for allow_plain in (False, True):
        try:
            read = known.reader(allow_plain=allow_plain).read(stored)
        except ForeignValueError:
            continue
        assert isinstance(read, (str, dict, list)) or read is stored


@every_known
def test_no_error_and_no_frame_of_ours_gives_anything_away(known: Known) -> None:
    """Neither key nor plaintext is in a message, a cause, or the locals that a report of a crash prints."""
    silent = [*known.secrets.values(), *(line for text in known.secrets.values() for line in text.splitlines())]
    silent = [text for text in silent if text not in ("naive", "pkcs5", "oneandzeroes", "zeroes")]
    for stored in (known.token[:-1], TEXT):
        error = refused(known.reader(), stored)
        assert error.__cause__ is None
        assert error.__context__ is None
        said = str(error) + "".join(locals_of_ours(error.__traceback__))
        assert not [text for text in (*silent, TEXT) if text in said]
    assert not [text for text in silent if text in repr(known.reader())]
    assert isinstance(refused(known.reader(), TEXT), DecryptionError)


def locals_of_ours(traceback: TracebackType | None) -> Iterator[str]:
    """What a report of a crash would print of the frames of our source."""
    while traceback:
        if Path(traceback.tb_frame.f_code.co_filename).is_relative_to(OURS):
            yield repr(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next


@pytest.mark.parametrize(
    ("name", "secrets", "said"),
    [
        ("nobody's", {}, 'there is no reader "nobody\'s"'),
        ("fernet", {}, "the reader fernet: `keys` is missing"),
        ("django-fernet-encrypted-fields", {"salt_key": "s3cr3t"}, "`secret_key` is missing"),
        ("fernet", {"keys": "s3cr3t", "salt": "s3cr3t"}, "`salt` is unknown"),
        ("fernet", {"keys": "s3cr3t"}, "`keys` are not Fernet keys"),
        ("fernet", {"keys": ""}, "`keys` are not Fernet keys"),
        ("fernet", {"keys": b"s3cr3t"}, "`keys` is no text"),
        ("fernet", {"keys": "s3cr3t\udcff"}, "`keys` is no text"),
        ("django-fernet-fields", {"fernet_keys": ""}, "`fernet_keys` is empty"),
        ("django-cryptography", {"secret_key": "s3cr3t", "field_key": "s3cr3t"}, "`field_key` is not the hex digits"),
        ("django-cryptography", {"secret_key": "s3cr3t", "field_key": "00"}, "`field_key` is not the hex digits"),
        ("sqlalchemy-utils:aes", {"key": "s3cr3t", "padding": "s3cr3t"}, "`padding` is none of the package's"),
    ],
)
def test_a_reader_says_which_secrets_it_needs(name: str, secrets: dict[str, str], said: str) -> None:
    """Whatever is missing, too much or malformed is named, and never shown."""
    with pytest.raises(ForeignSecretsError) as caught:
        reader(name, secrets)
    error = caught.value
    assert said in error.message
    assert error.hint
    assert "s3cr3t" not in str(error) + "".join(locals_of_ours(error.__traceback__))
    assert error.__context__ is None


def test_the_hint_names_all_that_a_reader_needs_and_takes() -> None:
    """Whoever forgot one setting reads of the others too."""
    with pytest.raises(ForeignSecretsError) as caught:
        reader("django-cryptography", {})
    assert caught.value.hint == "it needs `secret_key` and takes `cryptography_key`, `cryptography_salt`, `field_key`"


def test_a_secret_is_stretched_once_in_a_process() -> None:
    """Neither each value nor each reader pays for a hundred thousand rounds again."""
    known = BY_NAME["django-fernet-encrypted-fields"]
    known.reader().read(known.stored)
    before = stretched.cache_info().misses
    for _ in range(3):
        assert reader(known.name, SITE).read(known.stored) == TEXT
    assert stretched.cache_info().misses == before
